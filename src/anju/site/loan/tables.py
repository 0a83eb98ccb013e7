"""An answer as tables for a terminal, Chinese first."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.cells import cell_len
from rich.console import Console

Answer = dict[str, Any]
_KINDS = {
    "instalment": "还款 instalment",
    "holiday": "延期 holiday",
    "prepayment": "提前还款 prepayment",
    "payoff": "结清 payoff",
    "capitalised": "转本金 capitalised",
    "waived": "减免 waived",
    "stub": "首段利息 stub",
}
_THEN = {
    "reduce_payment": "减少月供 lower instalment",
    "shorten": "缩短期限 shorter",
    "shorten_relevel": "缩短并重算 shorter, levelled",
    None: "结清 payoff",
}
_OBJECTIVES = {"cost": "总成本 cost", "burden": "月供 burden", "time": "时间 time"}
_OUTCOMES = {"pass": "通过 pass", "amber": "提示 amber", "review": "复核 review", "refuse": "拒绝 refuse"}


def as_table(answer: Answer) -> str:
    """The answer for a person."""
    out = io.StringIO()
    width = max(shutil.get_terminal_size((120, 24)).columns, 80)
    console = Console(file=out, width=width, color_system=None, highlight=False, markup=False, emoji=False)
    _PAGES[answer["kind"]](console, answer)
    for note in answer.get("notes", ()):
        console.out(f"注意 note: {note['zh']} {note['en']}")
    return out.getvalue()


def _grid(columns: Iterable[tuple[str, str]], rows: Iterable[Iterable[str]]) -> str:
    """Columns as (title, "left" | "right"), aligned by the width of letters on a terminal (Chinese take two)."""
    titles = list(columns)
    lines = [[title for title, _ in titles], *(list(row) for row in rows)]
    sizes = [[cell_len(cell) for cell in line] for line in lines]
    widths = [max(size) for size in zip(*sizes, strict=True)]
    return "\n".join(
        "  ".join(
            " " * (width - size) + cell if side == "right" else cell + " " * (width - size)
            for cell, size, width, (_, side) in zip(line, size_of, widths, titles, strict=True)
        ).rstrip()
        for line, size_of in zip(lines, sizes, strict=True)
    )


def display(yuan: str | None) -> str:
    """Yuan with thousands commas; - for none."""
    if yuan is None:
        return "-"
    whole, _, cents = yuan.partition(".")
    return f"{int(whole):,}.{cents}" if whole.lstrip("-") != "0" else yuan


def _head(answer: Answer) -> str:
    terms = answer["terms"]
    conventions = terms["conventions"]
    said = " · ".join(f"{name}={value}" for name, value in conventions.items())
    rates = ", ".join(f"{each['from']} {each['rate']}%" for each in terms["rate_path"])
    return (
        f"贷款 loan: {display(terms['principal'])} 元 · {terms['months']} 个月 months · {terms['method_zh']}"
        f" {terms['method_en']}\n放款 payout: {terms['start_on']} · 还款日 due day: {terms['due_day']}"
        f" ({terms['first_due_on'] or terms['first_due']}) · 利率 rate: {rates}\n约定 conventions: {said}"
    )


def _schedule(console: Console, answer: Answer) -> None:
    sums = answer["totals"]
    console.out(_head(answer))
    if "combined" in answer:
        _combined(console, answer)
        return
    console.out(
        f"期数 instalments: {sums['instalments']} · 首期 first: {display(sums['first'])} · 末期 last:"
        f" {display(sums['last'])} · 利息 interest: {display(sums['interest'])} · 费用 fees: {display(sums['fee'])}"
        f" · 合计 total: {display(sums['amount'])}\n"
    )
    right = "right"
    columns = [("期 no.", right), ("日期 date", "left"), ("种类 kind", "left"), ("应还 amount", right),
               ("本金 principal", right), ("利息 interest", right), ("余额 balance", right), ("利率 rate", right)]  # fmt: skip
    console.out(
        _grid(
            columns,
            (
                (
                    str(each["seq"]),
                    each["on"],
                    _KINDS[each["kind"]],
                    *(display(each[name]) for name in ("amount", "principal", "interest", "balance_after")),
                    f"{each['rate']}%",
                )
                for each in answer["rows"]
            ),
        )
    )


def _combined(console: Console, answer: Answer) -> None:
    """All loans together, by day."""
    sums, others = answer["combined"]["totals"], answer["also"]
    amounts = [each["terms"]["principal"] for each in (answer, *others)]
    console.out(
        f"\n合并 combined: {' + '.join(map(display, amounts))} 元 · 利息 interest: {display(sums['interest'])}"
        f" · 合计 total: {display(sums['amount'])}\n"
    )
    columns = [("日期 date", "left"), ("应还 amount", "right"), ("本金 principal", "right"), ("利息 interest", "right"),
               ("余额 balance", "right"), ("各笔 parts", "left")]  # fmt: skip
    names = ("amount", "principal", "interest", "balance_after")
    rows = (
        (
            each["on"],
            *(display(each[name]) for name in names),
            " + ".join(display(part["amount"]) for part in each["parts"]),
        )
        for each in answer["combined"]["rows"]
    )
    console.out(_grid(columns, rows))


def _side_by_side(console: Console, titles: list[str], lines: Iterable[tuple[str, list[str]]]) -> None:
    columns = [("", "left"), *((title, "right") for title in titles)]
    console.out(_grid(columns, ((name, *cells) for name, cells in lines)))


def _amounts(names: Mapping[str, str], plans: list[Answer]) -> Iterable[tuple[str, list[str]]]:
    return ((title, [display(each[name]) for each in plans]) for name, title in names.items())


def _prepay(console: Console, answer: Answer) -> None:
    before, options = answer["before"], answer["options"]
    console.out(_head(answer))
    console.out(
        f"{answer['on']} 当日余额 balance: {display(before['balance'])} · 应计利息 accrued: {display(answer['accrued'])}"
        f" · 剩余 left: {before['periods_left']} 期 · 到期 end: {before['end_on']}\n"
    )
    _side_by_side(
        console,
        [_THEN[each["event"].get("then")] for each in options],
        [
            *_amounts(
                {
                    "principal": "归还本金 principal",
                    "interest": "当日利息 interest",
                    "fee": "违约金 penalty",
                    "total": "当日应付 to pay",
                },
                options,
            ),
            ("新月供 instalment", [display(each["after"]["instalment"]) for each in options]),
            ("剩余期数 left", [str(each["after"]["periods_left"]) for each in options]),
            ("到期 end", [each["after"]["end_on"] or "-" for each in options]),
            ("节省利息 saved", [display(each["interest_saved"]) for each in options]),
            ("净节省 net", [display(each["net_saved"]) for each in options]),
            ("少还期数 fewer", [str(each["months_saved"]) for each in options]),
            ("回本日 break-even", [each["break_even_on"] or "-" for each in options]),
        ],
    )


_PLAN_LINES = {
    "first": "首月 first",
    "last": "末月 last",
    "interest": "利息 interest",
    "fees": "费用 fees",
    "subsidy": "贴息 subsidy",
    "net_cost": "净成本 net cost",
    "net_first": "贴息后首月 net first",
}


def _compare(console: Console, answer: Answer) -> None:
    plans = answer["plans"]
    for index, each in enumerate(plans, start=1):
        console.out(f"{index}. {each['why_zh']} {each['why_en']}：{each['zh']}\n   {each['en']}")
    if plans:
        lines = [
            *_amounts(_PLAN_LINES, plans),
            ("综合年化 all-in", [f"{each['cost']['nominal']}%" for each in plans]),
            (
                "审批（工作日）days",
                [f"{each['working_days_min']}-{each['working_days_max']}" for each in plans],
            ),
        ]
        for index, shift in enumerate(plans[0]["rate_shifts"]):
            title = f"首月 first {shift['shift_bp']} bp"
            lines.append((title, [display(each["rate_shifts"][index]["first"]) for each in plans]))
        for index, drop in enumerate(plans[0]["income_drops"]):
            title = f"收入降 income -{drop['drop_percent']}%"
            lines.append((title, [each["income_drops"][index]["housing_share"] for each in plans]))
            lines.append(
                ("  最低收入 least", [display(each["income_drops"][index]["least_income"]) for each in plans])
            )
        for index, layer in enumerate(plans[0]["layers"]):
            title = f"{layer['zh']} {layer['en']}"
            lines.append((title, [display(each["layers"][index]["total"]) for each in plans]))
        console.print()
        _side_by_side(console, [str(index) for index in range(1, len(plans) + 1)], lines)
    if answer["shortage"]:
        console.out(f"\n{answer['shortage']['zh']}\n{answer['shortage']['en']}")
    console.out(f"\n{answer['subsidy']['zh']} {answer['subsidy']['en']}")


def _split(console: Console, answer: Answer) -> None:
    for each in answer["answers"]:
        console.out(f"{_OBJECTIVES[each['objective']]}：{each['why']['zh']}\n  {each['why']['en']}")
    best = [each["best"] for each in answer["answers"]]
    console.print()
    titles = [_OBJECTIVES[each["objective"]] for each in answer["answers"]]
    names = {"provident": "公积金 fund", "loan": "合计 loan"} | _PLAN_LINES
    _side_by_side(console, titles, _amounts(names, best))


def _afford(console: Console, answer: Answer) -> None:
    limits = answer["limits"]
    console.out(
        f"月供上限 room: {display(limits['payment_room'])} · 最高可贷 largest loan: {display(limits['largest_loan'])}"
        f"（{limits['months']} 个月，{answer['rate']}%）\n"
        f"期限上限 longest: 按年龄 by age {limits['months_by_age']} · 按规定 by rule {limits['months_by_rule']}"
        f" · 最低首付 down payment: {limits['down_payment']}%"
    )
    fund = answer["provident"]
    if fund:
        console.out(
            f"\n公积金额度 fund limit: {display(fund['limit'])}（{fund['months']} 个月，{fund['rate']}%）"
        )
        for each in fund["parts"]:
            console.out(f"  {each['zh']} {each['en']}")
        for each in fund["findings"]:
            console.out(f"  {_OUTCOMES[each['outcome']]}：{each['zh']} {each['en']}")
    verdict = answer["verdict"]
    if verdict:
        console.out(f"\n结论 verdict: {_OUTCOMES[verdict['outcome']]}")
        for each in verdict["findings"]:
            console.out(f"  {_OUTCOMES[each['outcome']]}：{each['zh']} {each['en']}")
        for each in verdict["next_steps"]:
            console.out(f"  → {each['zh']} {each['en']}")
    for name in ("affordable", "least_down_payment", "least_term"):
        if answer[name]:
            reason = answer[name]["reason"]
            console.out(f"\n{reason['zh']}\n{reason['en']}")


def _explain(console: Console, answer: Answer) -> None:
    console.out(f"{answer['title_zh']} {answer['title_en']}")
    for each in answer["figures"]:
        console.out(f"\n{each['zh']}\n{each['en']}")


def _rate(console: Console, answer: Answer) -> None:
    console.out(
        f"{answer['on']}：{answer['rate']}%，自 since {answer['since']}\n{answer['why_zh']}\n{answer['why_en']}\n"
        f"{answer['clause_zh']} {answer['clause_en']}\n下一重定价日 next repricing: {answer['next_repricing_on'] or '-'}"
    )
    if answer["preview"]:
        console.out(f"{answer['preview']['why_zh']}\n{answer['preview']['why_en']}")
    console.print()
    columns = [("自 from", "left"), ("利率 rate", "right"), ("原因 why", "left")]
    rows = ((each["from"], f"{each['rate']}%", each["why_zh"]) for each in answer["path"])
    console.out(_grid(columns, rows))


_PAGES: Mapping[str, Callable[[Console, Answer], None]] = {
    "schedule": _schedule,
    "prepay": _prepay,
    "compare": _compare,
    "split": _split,
    "afford": _afford,
    "explain": _explain,
    "rate": _rate,
}
