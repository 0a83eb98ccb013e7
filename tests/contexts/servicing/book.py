"""Tapes and days for the tests of servicing."""

import csv
import io
import random
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from stdnum.cn import ric

from anju.contexts.catalogue.operations import load_products
from anju.contexts.servicing import operations
from anju.contexts.servicing.operations import ImportReport
from anju.core.csv_rows import csv_rows
from anju.core.rates import LprTable, ProvidentTable, RateTables
from anju.policy import path

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 9, 1)
BY = "system:test"


def _text(name: str) -> str:
    return path(name).read_text("utf-8")


TABLES = RateTables(
    LprTable.parse(csv_rows(_text("lpr.csv"))), ProvidentTable.parse(csv_rows(_text("provident_rates.csv")))
)


def at_of(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 20, tzinfo=ZONE)


def id_number(number: int, born: str = "19850315") -> str:
    body = f"110105{born}{number % 1000:03d}"
    body = body if number < 1000 else f"31011519{70 + number // 1000:02d}0315{number % 1000:03d}"
    return body + ric.calc_check_digit(body + "0")


NAMES = ("王伟", "李娜", "张敏", "刘洋", "陈静", "杨勇", "欧阳雪", "赵一诺")


def row(number: int = 1, **changes: str) -> dict[str, str]:
    """A good row; the changes are applied to it, and a change to None takes a column away."""
    good = {
        "loan_no": f"GD{number:05d}",
        "borrower_name": NAMES[number % len(NAMES)],
        "id_number": id_number(number),
        "phone": f"138{number:08d}",
        "principal": "1000000.00",
        "start_date": "2024-03-20",
        "months": "360",
        "method": "等额本息",
        "rate_type": "固定",
        "rate": "3.50",
        "lpr_tenor": "",
        "spread_bp": "",
        "repricing": "",
        "due_day": "20",
        "branch": "0101",
        "as_of_date": TODAY.isoformat(),
        "email": "",
        "account_manager": "",
        "product": "",
        "paid_periods": "",
        "days_past_due": "",
        "balance": "",
        "next_instalment": "",
    }
    return {**good, **changes}


def as_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    rows = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def load(
    rows: Iterable[Mapping[str, str]] | bytes, *, on: date = TODAY, name: str = "loans.csv", **more: object
) -> ImportReport:
    content = rows if isinstance(rows, bytes) else as_csv(rows)
    load_products()
    given = {"tables": TABLES, "create_branches": True, **more}
    return operations.loans_load(content=content, name=name, by=BY, at=at_of(on), **given)  # type: ignore[arg-type]


def payment(loan_no: str, amount: str, on: date | str, ref: str | None = None) -> dict[str, str]:
    ref = ref or f"R{loan_no}{on}{amount}"
    return {
        "payment_ref": ref,
        "loan_no": loan_no,
        "amount": amount,
        "paid_date": str(on),
        "channel": "counter",
    }


def pay(*rows: Mapping[str, str], on: date = TODAY) -> ImportReport:
    return operations.payments_load(content=as_csv(rows), name="payments.csv", by=BY, at=at_of(on))


def close(on: date) -> dict[str, dict[str, int]]:
    """The servicing steps of one day end."""
    at = at_of(on)
    return {
        "payments": operations.payments_post(on=on, at=at),
        "reprice": operations.loans_reprice(on=on, at=at, tables=TABLES),
        "bills": operations.bills_issue(on=on, at=at, tables=TABLES),
        "arrears": operations.arrears_age(on=on, at=at),
    }


def close_through(first: date, last: date) -> None:
    day = first
    while day <= last:
        close(day)
        day += timedelta(days=1)


def random_rows(draw: random.Random, count: int, as_of: date) -> list[dict[str, str]]:
    """Good rows of every kind: methods, rates, repricing, due days, short and long terms, open periods."""
    rows = []
    for number in range(1, count + 1):
        kind = draw.choice(("固定", "LPR", "LPR", "LPR", "公积金"))
        oldest = (as_of - date(2019, 9, 1)).days  # the LPR began in August 2019
        start = as_of - timedelta(days=draw.randint(0, oldest))
        changes = {
            "principal": f"{draw.randint(1, 500_000_000) / 100:.2f}",
            "start_date": start.isoformat(),
            "months": str(draw.choice((6, 12, 13, 24, 60, 61, 84, 120, 240, 360, 480))),
            "method": draw.choice(("等额本息", "等额本金")),
            "rate_type": kind,
            "rate": draw.choice(("3.5", "0", "4.9", "6.1234")) if kind == "固定" else "",
            "due_day": str(draw.choice((start.day, 1, 15, 20, 28, 29, 30, 31))),
            "first_due": draw.choice(("次月", "首个还款日")),
            "as_of_date": as_of.isoformat(),
            "home": draw.choice(("首套", "二套")),
            "cycle_months": "12",
        }
        if kind == "LPR":
            changes |= {
                "lpr_tenor": draw.choice(("1年", "5年")),
                "spread_bp": f"{draw.randint(-6_000, 12_000) / 100:.2f}",
                "repricing": draw.choice(("1月1日", "放款对应日")),
                "cycle_months": draw.choice(("12", "3", "6")),
            }
        rows.append(row(number, **changes))
    return rows
