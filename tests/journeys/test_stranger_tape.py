"""A tape nobody here wrote, with faults in it, through the command line and forty day ends, against a pencil.

# S2-04 S3-04 S3-05 S3-06 S3-07 S4-031 S4-049 S4-053
"""

import csv
import json
import os
import random
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from anju.site import postgres

from .pencil import CENT, Loan, id_number, live

AS_OF = date(2026, 9, 30)
DAYS = 40
LOANS = 150
HEADS = (
    "贷款合同编号", "借款人姓名", "身份证号", "手机号", "贷款金额", "放款日期", "贷款期限(月)", "还款方式",
    "利率类型", "年利率(%)", "还款日", "机构", "数据日期", "已还期数",
)  # fmt: skip
FAULTS = {
    3: ("手机号", "12345"),
    13: ("贷款金额", "abc"),
    17: ("贷款金额", "1000000.001"),
    29: ("放款日期", "2026-02-30"),
    33: ("年利率(%)", "45"),
    49: ("还款方式", "随便还"),
    51: ("还款日", "32"),
    77: ("贷款期限(月)", "500"),
    81: ("借款人姓名", ""),
    97: ("身份证号", "110101199001011230"),
    111: ("利率类型", "随缘"),
    123: ("数据日期", "去年"),
}


def _book(rnd: random.Random) -> list[Loan]:
    loans = []
    for number in range(LOANS):
        loan = Loan(
            loan_no=f"HT{number:05d}",
            id_number=id_number(rnd),
            principal=Decimal(rnd.randint(100_000, 3_000_000)),
            months=rnd.choice([120, 240, 360]),
            start_on=date(rnd.randint(2018, 2025), rnd.randint(1, 12), rnd.randint(1, 28)),
            due_day=rnd.randint(1, 31),
            rate=Decimal(rnd.choice(["3.5", "4.9", "2.6", "3.05", "4.165"])),
            level_payment=rnd.random() < 0.5,
        )
        loan.calculate()
        due_already = sum(due <= AS_OF for due in loan.dues())
        loan.paid = max(0, due_already - rnd.choice([0, 0, 0, 0, 1, 2]))
        loan.payments = list(_payments(loan, rnd))
        loans.append(loan)
    return loans


def _payments(loan: Loan, rnd: random.Random):
    """On time, late, in parts, late but curing, or not at all."""
    habit = rnd.choices(["on time", "late", "never", "in part", "cures"], [55, 15, 10, 8, 12])[0]
    if habit == "never":
        return
    lateness = {"on time": (-2, 0), "late": (1, 9), "cures": (4, 33), "in part": (0, 6)}[habit]
    for due, principal, interest in loan.rows[loan.paid :]:
        if due > AS_OF + timedelta(days=DAYS):
            return
        on = max(due + timedelta(days=rnd.randint(*lateness)), AS_OF + timedelta(days=rnd.randint(1, 20)))
        share = Decimal(rnd.choice(["0.4", "0.9", "1"])) if habit == "in part" else Decimal(1)
        if on <= AS_OF + timedelta(days=DAYS):
            yield on, ((principal + interest) * share).quantize(CENT)


def _write(folder: Path, loans: list[Loan]) -> None:
    with (folder / "loans.csv").open("w", encoding="gb18030", newline="") as file:
        rows = csv.DictWriter(file, HEADS)
        rows.writeheader()
        for number, loan in enumerate(loans):
            values = (
                loan.loan_no, f"张三{number}", loan.id_number, f"138{number:08d}", f"{loan.principal:.2f}",
                loan.start_on.isoformat(), loan.months, "等额本息" if loan.level_payment else "等额本金", "固定",
                loan.rate, loan.due_day, "朝阳支行", AS_OF.isoformat(), loan.paid,
            )  # fmt: skip
            row = dict(zip(HEADS, values, strict=True))
            if number in FAULTS:
                column, value = FAULTS[number]
                row[column] = value
            rows.writerow(row)
    with (folder / "payments.csv").open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["还款流水号", "贷款合同编号", "还款金额", "还款日期", "渠道"])
        for number, loan in enumerate(loans):
            for count, (on, amount) in enumerate(loan.payments):
                if number not in FAULTS:
                    lines.writerow([f"{loan.loan_no}-{count}", loan.loan_no, amount, on.isoformat(), "转账"])


@pytest.fixture
def anju(tmp_path: Path):
    """The command line on a data folder of its own; the JSON answer of a command."""
    environment = {**os.environ, "ANJU_DATA": str(tmp_path / "data")}

    def run(*arguments: str, code: int = 0) -> dict:
        done = subprocess.run(
            [sys.executable, "-m", "anju.site.cli", *arguments, "--json"],
            env=environment, cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_forty_days_of_a_strangers_tape(anju, tmp_path: Path) -> None:
    loans = _book(random.Random(20261122))
    _write(tmp_path, loans)
    loaded = anju("import", "loans", "loans.csv")
    assert (loaded["rows_new"], loaded["rows_bad"]) == (LOANS - len(FAULTS), len(FAULTS))
    anju("import", "payments", "payments.csv")
    anju("dayend", "--date", (AS_OF + timedelta(days=DAYS)).isoformat())

    good = [loan for number, loan in enumerate(loans) if number not in FAULTS]
    lives = {loan.loan_no: live(loan, AS_OF, DAYS) for loan in good}
    postgres.ensure(tmp_path / "data")
    with psycopg.connect(
        **postgres.libpq_params(postgres.connection_params(tmp_path / "data"))
    ) as connection:
        assert _quarantined(connection) == {f"HT{number:05d}" for number in FAULTS}
        assert _days_past_due(connection) == {number: life.days_past_due for number, life in lives.items()}
        assert _moves(connection) == {(no, *move) for no, life in lives.items() for move in life.moves}
        assert _reminders(connection) == {(no, *one) for no, life in lives.items() for one in life.reminders}
    postgres.release(tmp_path / "data")
    assert {move[1] for life in lives.values() for move in life.moves} == {1, 2, 3, 4}


def _quarantined(connection: psycopg.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT DISTINCT key FROM servicing_quarantinerow")}


def _days_past_due(connection: psycopg.Connection) -> dict[str, int]:
    sql = "SELECT loan_no, days_past_due FROM servicing_position p JOIN servicing_loan l ON l.id = p.loan_id"
    return dict(connection.execute(sql).fetchall())


def _moves(connection: psycopg.Connection) -> set[tuple[str, date, int]]:
    sql = """SELECT loan_no, m.on, m.to_rung FROM collections_rungmove m JOIN collections_case c ON c.id = m.case_id
             JOIN servicing_loan l ON l.id = c.loan_id WHERE m.to_rung > 0"""
    return set(connection.execute(sql).fetchall())


def _reminders(connection: psycopg.Connection) -> set[tuple[str, date, int]]:
    sql = """SELECT loan_no, key FROM notices_obligation o JOIN servicing_loan l ON l.id = o.subject_id
             WHERE notice_type LIKE 'reminder%'"""
    keys = ((loan_no, key.split(":")) for loan_no, key in connection.execute(sql))
    return {(loan_no, date.fromisoformat(key[2]), int(key[3])) for loan_no, key in keys}
