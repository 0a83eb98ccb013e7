"""``anju loan``: the loan arithmetic on the command line. Needs neither a database nor Django.

Every option comes from the table of fields that the API uses too (`anju.contexts.consulting.fields`), so the same
question means the same everywhere. docs/reference/loan.md lists fields, the event mini-language and the answer.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from anju.contexts.consulting.fields import COMMANDS, Field
from anju.contexts.consulting.words import wrong
from anju.core.errors import BadInput
from anju.core.working_time import BANK_ZONE
from anju.site.cli.base import wants_json

if TYPE_CHECKING:
    from anju.contexts.consulting.tables import Tables
    from anju.contexts.consulting.values import Values

Answer = dict[str, Any]
Body = Callable[["Values", "Tables", date], Answer]
FORMATS = ("table", "json", "csv", "xlsx")

_LOAN = "anju.contexts.consulting.answers_loan"
_HOMES = {
    "compare": "anju.contexts.consulting.answers_plans",
    "split": "anju.contexts.consulting.answers_plans",
    "afford": "anju.contexts.consulting.answers_afford",
}
"""Where answers live: a question imports what it needs, so that it starts quickly."""

HELP: Mapping[str, tuple[str, str, str]] = {
    "schedule": (
        "还款计划：每期本金、利息、余额，以及全部计息约定。",
        "The schedule: every instalment, and all conventions that led to it.",
        "anju loan schedule --principal 1000000 --rate 3.5 --months 360 --method level --start 2026-03-10\n"
        "  anju loan schedule --principal 1000000 --rate 3.5 --months 360 --event prepay:2028-05-20:100000:shorten",
    ),
    "compare": (
        "方案对比：至少三种可行方案及理由，或说明为何不足三种。",
        "Plans side by side: at least three with their reasons, or why there are fewer.",
        "anju loan compare --principal 1000000 --months 240 --months 360 --rate 3.05 --fund-limit 600000",
    ),
    "prepay": (
        "提前还款试算：三种方式并列，违约金与回本日；不填金额即结清。",
        "Prepayment: the three ways side by side, penalty and break-even; a payoff when no amount is given.",
        "anju loan prepay --principal 1000000 --rate 3.5 --months 360 --start 2026-03-10 --on 2028-03-20 --amount 100000",
    ),
    "afford": (
        "能贷多少：资格结论及理由、各项上限、最低首付、最短期限。",
        "What can be borrowed: verdict with reasons, limits, smallest down payment, shortest term.",
        "anju loan afford --born 1990-05-01 --income 25000 --rate 3.05 --price 3000000 --down 900000 --months 300",
    ),
    "split": (
        "组合贷最优拆分：按总成本、按月供、按时间。",
        "The best split of a combination loan: by cost, by burden, by time.",
        "anju loan split --principal 1500000 --months 360 --rate 3.05 --fund-limit 800000",
    ),
    "explain": (
        "解释：某一期或某一事件的每个数字如何得出。",
        "Explain every figure of an instalment or of an event.",
        "anju loan explain --principal 1000000 --rate 3.5 --months 360 --seq 25",
    ),
    "rate": (
        "利率：某日执行的利率、起始日、原因和下一重定价日。",
        "Which rate applies on a day, since when and why, and what comes next.",
        "anju loan rate --start 2020-05-25 --months 360 --lpr-spread-bp 55 --spread-change 2024-10-25:-30 --on 2026-03-01",
    ),
}


@click.group(
    help="贷款测算：还款计划、方案对比、提前还款、可贷额度、组合拆分、解释、利率。不需要数据库。\n\n"
    "The loan arithmetic: schedule, compare, prepay, afford, split, explain, rate. Needs no database."
)
def loan() -> None:
    """Group of the loan commands."""


def today() -> date:
    """The date at the bank, shifted as the rest of the house is (``ANJU_CLOCK_OFFSET_SECONDS``)."""
    shift = timedelta(seconds=float(os.environ.get("ANJU_CLOCK_OFFSET_SECONDS", "0")))
    return (datetime.now(BANK_ZONE) + shift).date()


def _option(field: Field) -> click.Option:
    words = f"{field.zh} / {field.en}"
    if field.choices:
        words += f" [{'|'.join(_shown(field))}]"
    if field.many:
        words += "（可重复 repeatable）"
    if field.default:
        words += f"；默认 default: {field.default}"
    if field.required:
        words += "（必填 required）"
    return click.Option(
        [field.option, field.name], help=words, multiple=field.many, metavar=field.form.upper()
    )


def _shown(field: Field) -> list[str]:
    """The shortest English word of each choice."""
    first: dict[str, str] = {}
    for word, meaning in field.choices.items():
        first.setdefault(meaning, word)
    return list(first.values())


def _common() -> list[click.Parameter]:
    return [
        click.Option(
            ["--format", "shape"],
            type=click.Choice(FORMATS),
            default="table",
            show_default=True,
            help="输出形式 / form of the answer",
        ),
        click.Option(
            ["--out"],
            type=click.Path(dir_okay=False, path_type=Path),
            help="写入文件，xlsx 必填 / file to write; needed for xlsx",
        ),
        click.Option(
            ["--tables", "folder"],
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="利率与政策文件所在目录，缺的用随程序发布的 / folder with rate and policy files; those missing as shipped",
        ),
    ]


def _command(name: str) -> click.Command:
    zh, en, example = HELP[name]

    def body(shape: str, out: Path | None, folder: Path | None, **given: Any) -> None:
        values = {key: _texts(value) for key, value in given.items() if value not in (None, ())}
        ask: Body = getattr(importlib.import_module(_HOMES.get(name, _LOAN)), f"{name}_answer")
        try:
            answer = ask(values, _tables(folder), today())
        except BadInput as error:
            # Amounts, rates and dates are no secret to whoever typed them (base.py leaves values out).
            error.details = {"value": str(error.value)}  # type: ignore[attr-defined]
            raise
        _deliver(answer, "json" if wants_json() else shape, out)

    return click.Command(
        name,
        callback=body,
        params=[*map(_option, COMMANDS[name]), *_common()],
        help=f"{zh}\n\n{en}\n\n\b\n  {example}",
    )


def _texts(value: str | tuple[str, ...]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


def _tables(folder: Path | None) -> Tables:
    from anju.contexts.consulting import tables

    return tables.shipped() if folder is None else tables.from_folder(folder)


def _deliver(answer: Answer, shape: str, out: Path | None) -> None:
    """Write the answer to a file or say it; a table is made only for people."""
    from anju.site.loan import files

    if shape == "xlsx":
        if out is None:
            raise wrong("out", "", "a file, with --format xlsx", "xlsx 须用 --out 指定文件")
        out.write_bytes(files.xlsx(answer))
        click.echo(f"已写出 / written: {out}")
        return
    text = (
        _as_table(answer) if shape == "table" else {"json": files.as_json, "csv": files.as_csv}[shape](answer)
    )
    if out is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    # Spreadsheets take a CSV file for the local code page unless it begins with the mark of UTF-8.
    out.write_text(text if text.endswith("\n") else text + "\n", "utf-8-sig" if shape == "csv" else "utf-8")
    click.echo(f"已写出 / written: {out}")


def _as_table(answer: Answer) -> str:
    from anju.site.loan import tables

    return tables.as_table(answer)


for _name in HELP:
    loan.add_command(_command(_name))
