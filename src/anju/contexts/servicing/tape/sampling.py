"""A realistic tape of made-up borrowers, the same for the same seed and date. No person in it exists.

Regions of the ID numbers are real ones, everything else is drawn. Figures of the day (balance, next instalment, days past due) are
computed by the house's own arithmetic, so a clean sample has no mirror difference; ``faults`` adds rows that must be refused.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from stdnum.cn import ric

from anju.contexts.servicing.operations.opening import Opening, Stated, Unrated, openings
from anju.contexts.servicing.tape.rows import LoanRow
from anju.core.basis_points import ppm_to_bp
from anju.core.dates import add_months
from anju.core.money import PPM_PER_BP, fen_to_text, ppm_to_percent_text
from anju.core.rates import RateTables
from anju.core.schedule import DueRule, due_on

LOAN_HEADER = (
    "loan_no", "borrower_name", "id_number", "phone", "email", "principal", "start_date", "months", "method", "rate_type",
    "rate", "lpr_tenor", "spread_bp", "repricing", "cycle_months", "due_day", "branch", "product", "home", "as_of_date",
    "balance", "next_instalment", "days_past_due", "paid_periods", "co_borrower_name", "co_borrower_id",
    "co_borrower_phone",
)  # fmt: skip
PAYMENT_HEADER = ("payment_ref", "loan_no", "amount", "paid_date", "channel")

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余"
    "叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂华文辉玲红建国志英玉兰春梅"
    "海燕雪晨浩宇轩佳怡梓涵子墨思远嘉欣一诺雨桐俊峰天宇晓东立新振华永康书瑶"
)
_REGIONS = (
    "110105",
    "310115",
    "440106",
    "440305",
    "330106",
    "320102",
    "510107",
    "420106",
    "610113",
    "350203",
)
_BRANCHES = ("0101", "0102", "0203", "0301")
_CHANNELS = ("auto_debit", "mobile_bank", "counter", "transfer")
_LPR_FROM = date(2019, 9, 1)


@dataclass(frozen=True, slots=True)
class Sample:
    """Cells of both files, without header lines."""

    loans: list[tuple[str, ...]]
    payments: list[tuple[str, ...]]


def sample_tape(
    *, loans: int, seed: int, as_of: date, until: date, tables: RateTables, faults: bool = False
) -> Sample:
    """``loans`` good rows at the close of ``as_of``, and payments from the day after to ``until``."""
    draw = random.Random(f"{seed}:{as_of.isoformat()}:{loans}")  # noqa: S311 -- made-up data, the same for the same seed
    used: set[str] = set()
    rows = [_loan(draw, number, as_of, used) for number in range(1, loans + 1)]
    stated = [Stated(as_of, row.paid_periods, None) for row in rows]
    opened = openings(rows, stated, tables)
    lines, payments = [], list[tuple[str, ...]]()
    for row, opening in zip(rows, opened, strict=True):
        if isinstance(opening, Unrated):
            raise ValueError(f"sample loan {row.loan_no}: {opening.en}")
        lines.append(_cells(row, opening))
        payments += _payments(draw, row, opening, until)
    if faults:
        lines, payments = _with_faults(draw, lines, payments)
    return Sample(
        lines, [(f"P{seed:04d}{number:08d}", *cells) for number, cells in enumerate(payments, start=1)]
    )


def _person(draw: random.Random, born: range, used: set[str]) -> tuple[str, str, str]:
    name = draw.choice(_SURNAMES) + "".join(draw.sample(_GIVEN, draw.choice((1, 2, 2, 2))))
    body = ""
    while not body or body in used:
        body = _id_body(draw, born)
    used.add(body)
    phone = f"1{draw.choice('3456789')}{draw.randint(0, 999_999_999):09d}"
    return name, body + ric.calc_check_digit(body + "0"), phone


def _id_body(draw: random.Random, born: range) -> str:
    birthday = date(draw.choice(born), draw.randint(1, 12), draw.randint(1, 28))
    return f"{draw.choice(_REGIONS)}{birthday:%Y%m%d}{draw.randint(1, 999):03d}"


def _loan(draw: random.Random, number: int, as_of: date, used: set[str]) -> LoanRow:
    kind = draw.choices(("lpr", "provident", "fixed"), (64, 26, 10))[0]
    oldest = (
        max(_LPR_FROM, date(as_of.year - 8, 1, 1))
        if kind == "lpr"
        else date(max(as_of.year - 11, 2016), 1, 1)
    )
    start = oldest + timedelta(days=draw.randint(0, max((as_of - oldest).days - 1, 0)))
    months = draw.choice((120, 180, 240, 240, 300, 360, 360, 360))
    home = draw.choices(("first", "second"), (82, 18))[0]
    name, id_number, phone = _person(draw, range(1966, 2001), used)
    pair = draw.random() < 0.35
    other = _person(draw, range(1966, 2001), used) if pair else ("", "", "")
    most = 1_200_000 if kind == "provident" else 4_800_000
    due_day = draw.choice((1, 5, 8, 10, 15, 18, 20, 20, 21, 25, 28, 31, min(start.day, 28)))
    row = LoanRow(
        row_no=number + 1,
        loan_no=f"GD{start.year}{number:07d}",
        borrower_name=name,
        id_number=id_number,
        phone=phone,
        principal_fen=draw.randint(15, most // 10_000) * 10_000_00 + draw.choice((0, 0, 0, 500_000, 123_45)),
        start_on=start,
        months=months,
        method="level_payment" if draw.random() < 0.78 else "level_principal",
        rate_kind=kind,
        due_day=due_day,
        branch=draw.choices(_BRANCHES, (40, 30, 20, 10))[0],
        fixed_ppm=draw.choice((41_500, 43_000, 46_550, 39_500)) if kind == "fixed" else None,
        tenor="5y" if kind == "lpr" else "",
        spread_ppm=_spread(draw, start, home) * PPM_PER_BP if kind == "lpr" else 0,
        repricing=""
        if kind == "fixed"
        else draw.choice(("january_1", "anniversary"))
        if kind == "lpr"
        else "january_1",
        cycle_months=12,
        lpr_since=None,
        home=home,
        first_due="next_month",
        first_due_on=None,
        product={"provident": "PF"}.get(kind, "CM") + ("1" if home == "first" else "2"),
        email=f"b{number:06d}@example.com" if draw.random() < 0.6 else "",
        account_manager="",
        as_of_on=as_of,
        balance_fen=None,
        next_instalment_fen=None,
        days_past_due=None,
        paid_periods=None,
        co_borrower_name=other[0],
        co_borrower_id=other[1],
        co_borrower_phone=other[2],
    )
    due = _periods_due(row, as_of)
    open_periods = draw.choices((0, 1, 2, 3, 5), (925, 45, 18, 8, 4))[0]
    row.paid_periods = max(due - open_periods, 0)
    return row


def _spread(draw: random.Random, start: date, home: str) -> int:
    if start < date(2022, 5, 15):
        return draw.choice((35, 55, 60, 95) if home == "first" else (60, 105, 128))
    return (
        draw.choice((-20, 0, -10, 15) if home == "first" else (20, 60, 0))
        if start.year < 2024
        else draw.choice((-45, -30, -40, 0))
    )


def _periods_due(row: LoanRow, on: date) -> int:
    rule = DueRule(row.start_on, row.due_day, "next_month")
    count = 0
    while count < row.months and due_on(rule, count + 1) <= on:
        count += 1
    return count


def _cells(row: LoanRow, opening: Opening) -> tuple[str, ...]:
    coming = opening.next_principal_fen + opening.next_interest_fen
    return (
        row.loan_no, row.borrower_name, row.id_number, row.phone, row.email, fen_to_text(row.principal_fen),
        row.start_on.isoformat(), str(row.months), "等额本息" if row.method == "level_payment" else "等额本金",
        {"fixed": "固定", "lpr": "LPR", "provident": "公积金"}[row.rate_kind],
        "" if row.fixed_ppm is None else ppm_to_percent_text(row.fixed_ppm), "5年" if row.tenor else "",
        str(ppm_to_bp(row.spread_ppm)) if row.rate_kind == "lpr" else "",
        {"january_1": "1月1日", "anniversary": "放款对应日"}[row.repricing] if row.rate_kind == "lpr" else "",
        "12" if row.rate_kind == "lpr" else "", str(row.due_day), row.branch, row.product,
        "首套" if row.home == "first" else "二套", row.as_of_on.isoformat(), fen_to_text(opening.outstanding_fen),
        fen_to_text(coming), str(opening.days_past_due), str(row.paid_periods), row.co_borrower_name, row.co_borrower_id,
        row.co_borrower_phone,
    )  # fmt: skip


def _payments(
    draw: random.Random, row: LoanRow, opening: Opening, until: date
) -> Iterator[tuple[str, str, str, str]]:
    """Loan number, amount, date, channel: most instalments on their day, some late, some in part, some not at all."""
    habit = draw.choices(("punctual", "late", "part", "silent"), (88, 7, 2, 3))[0]
    behind = sum(bill.principal_fen + bill.interest_fen for bill in opening.bills)
    if behind and draw.random() < 0.5:
        day = add_months(opening.on, 0) + timedelta(days=draw.randint(2, 12))
        yield from _dated(row, behind, day, until, draw)
    amount = opening.next_principal_fen + opening.next_interest_fen
    due = opening.next_due_on
    if due is None or habit == "silent":
        return
    for seq in range(opening.due_periods + 1, min(row.months, opening.due_periods + 12) + 1):
        due = due_on(DueRule(row.start_on, row.due_day, "next_month"), seq)
        if due > until:
            return
        late = draw.randint(1, 14) if habit == "late" else 0
        paid = amount // 2 if habit == "part" else amount
        yield from _dated(row, paid, due + timedelta(days=late), until, draw)


def _dated(
    row: LoanRow, fen: int, day: date, until: date, draw: random.Random
) -> Iterator[tuple[str, str, str, str]]:
    if day <= until and fen > 0:
        yield row.loan_no, fen_to_text(fen), day.isoformat(), draw.choice(_CHANNELS)


def _with_faults(
    draw: random.Random, lines: Sequence[tuple[str, ...]], payments: Sequence[tuple[str, ...]]
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """One bad row for each kind of fault, strewn among the good ones, and a few bad payments at the end."""
    spoiled = list(lines)
    for number, (column, value) in enumerate(FAULTS, start=1):
        cells = list(lines[draw.randrange(len(lines))])
        cells[0] = f"BAD{number:05d}" if column != "loan_no" else value or cells[0]
        if column != "loan_no":
            cells[LOAN_HEADER.index(column)] = value
        spoiled.insert(draw.randint(1, len(spoiled)), tuple(cells))
    bad = [
        ("NO-SUCH-LOAN", "100.00", payments[0][2] if payments else "2026-01-05", "counter"),
        (lines[0][0], "-5.00", "2026-01-05", "counter"),
        (lines[0][0], "12.345", "2026-01-05", "counter"),
        (lines[0][0], "100.00", "2999-01-01", "counter"),
    ]
    return spoiled, [*payments, *bad]


FAULTS = (
    ("id_number", "110101199003071234"), ("id_number", "1.10101E+17"), ("id_number", ""), ("phone", "12345678901"),
    ("phone", "1380013800"), ("principal", "-100000"), ("principal", "1000000.555"), ("principal", "一百万"),
    ("start_date", "2020-02-30"), ("start_date", "2999-01-01"), ("months", "481"), ("months", "12.5"), ("method", "随借随还"),
    ("rate_type", "阶段"), ("rate", "0.0395"), ("rate", "99"), ("lpr_tenor", "3年"), ("spread_bp", "abc"), ("due_day", "32"),
    ("email", "not-an-address"), ("borrower_name", "1"), ("branch", ""), ("product", "ZZ9"), ("loan_no", ""),
    ("paid_periods", "479"), ("balance", "1,00"),
)  # fmt: skip
"""Column and the value that spoils it. An empty ``loan_no`` stands for a number that the file has twice."""
