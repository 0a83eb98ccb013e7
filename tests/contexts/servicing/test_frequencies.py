"""Loans that are not due every month, and stubs of their own, are opened, billed day by day, changed, aged and imported by the
library's fold (docs/rules/other-schedules.md; S4-006, S4-008)."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from anju.contexts.catalogue.operations import load_products, shipped_products
from anju.contexts.servicing import queries
from anju.contexts.servicing.models import Bill, Loan, LoanChange, Position, QuarantineRow
from anju.contexts.servicing.operations.base import closed_on
from anju.contexts.servicing.operations.change_refusals import ChangeNotAllowed
from anju.contexts.servicing.plan.contract import contract_of
from anju.core.errors import BadInput
from anju.core.schedule import (
    DueDayChange,
    Event,
    Extend,
    Holiday,
    Payoff,
    Prepay,
    RateLine,
    Unpaid,
    overdue_position,
)

from .book import TABLES, close, close_through, load, pay, payment, row
from .changes_book import POLICY, equals_the_fold, live, money, open_day, post

pytestmark = pytest.mark.django_db

PAYOUT = date(2025, 3, 10)
FREQUENCIES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "F14": ({"frequency": "fortnightly"}, {}),
    "FQ": ({"frequency": "quarterly"}, {}),
    "FH": ({"frequency": "half_yearly"}, {"method": "等额本金"}),
    "FY": ({"frequency": "yearly"}, {"rate_type": "LPR", "rate": "", "lpr_tenor": "5年", "spread_bp": "-30"}),
    "F1": ({"frequency": "once"}, {"months": "12"}),
    "FS": ({"stub": "separate"}, {"first_due_date": "2025-05-20", "due_day": "20"}),
    "FP": ({"stub": "at_payout"}, {"first_due_date": "2025-05-20", "due_day": "20"}),
    "FQS": (
        {"frequency": "quarterly", "stub": "separate"},
        {"first_due_date": "2025-07-20", "due_day": "20"},
    ),
    "FL": (
        {"frequency": "fortnightly", "rounding": "half_even", "year_days": "actual"},
        {"rate_type": "LPR", "rate": "", "lpr_tenor": "5年", "spread_bp": "20", "repricing": "放款对应日"},
    ),
}
"""Code of a product: what it says, and what the row of a tape says besides."""


@pytest.fixture(autouse=True)
def products() -> None:
    load_products()
    shipped = shipped_products()[0]
    load_products(products=[{**shipped, "code": code, **said} for code, (said, _) in FREQUENCIES.items()])


def tape_row(number: int, code: str, on: date, **more: str) -> dict[str, str]:
    given = {
        "start_date": PAYOUT.isoformat(),
        "due_day": "10",
        "first_due_date": "",
        **FREQUENCIES[code][1],
        **more,
    }
    return row(number, product=code, as_of_date=on.isoformat(), **given)


def opened(code: str, on: date = PAYOUT, **more: str) -> Loan:
    number = Loan.objects.count() + 1
    report = load([tape_row(number, code, on, **more)], on=on, name=f"{number}.csv", policy=POLICY)
    assert report.rows_new == 1, queries.quarantine_page(report.import_id)
    return Loan.objects.select_related("product").latest("pk")


def live_together(last: date) -> None:
    """Day ends up to a day, those on which something can happen; everything due is paid on its day."""
    while True:
        done = max(closed_on() or PAYOUT, PAYOUT)
        rows = list(Position.objects.select_related("loan").order_by("pk"))
        coming = [
            day
            for row in rows
            for day in (row.next_due_on, row.next_reprice_on)
            if day and done < day <= last
        ]
        day = min(coming, default=last)
        if day <= done:
            return
        owed = [
            (row.loan.loan_no, row.next_principal_fen + row.next_interest_fen)
            for row in rows
            if row.next_due_on == day
        ]
        if owed:
            pay(*(payment(number, f"{fen / 100:.2f}", day) for number, fen in owed), on=day)
        close(day)


def test_every_frequency_and_stub_is_billed_as_the_schedule_has_it() -> None:
    rows = [tape_row(n, code, PAYOUT) for n, code in enumerate(FREQUENCIES, start=1)]
    report = load(rows, on=PAYOUT, policy=POLICY)
    assert report.rows_new == len(rows), queries.quarantine_page(report.import_id)
    loans = {loan.product.code: loan for loan in Loan.objects.select_related("product")}
    last = date(2026, 3, 12)
    live_together(last)
    counts = {}
    for code, loan in loans.items():
        equals_the_fold(loan, last)
        counts[code] = Bill.objects.filter(loan=loan, state="paid").count()
    # 26 fortnights in 367 days; 10 months from 20 May 2025 on, with the stub alone 11
    assert counts == {"F14": 26, "FQ": 4, "FH": 2, "FY": 1, "F1": 1, "FS": 11, "FP": 10, "FQS": 4, "FL": 26}
    stubs = Bill.objects.filter(kind="stub").order_by("loan")
    figures = ("loan", "seq", "due_on", "principal_fen", "interest_fen")
    assert list(stubs.values_list(*figures)) == [
        (loans[code].pk, 0, date(2025, 4, 20), 0, 398_611) for code in ("FS", "FQS")
    ]
    assert set(Loan.objects.filter(state="settled")) == {loans["F1"]}
    dues = list(Bill.objects.filter(loan=loans["F14"]).values_list("due_on", flat=True).order_by("seq"))
    assert dues == [PAYOUT + timedelta(days=14 * n) for n in range(1, 27)]
    shown = [row for row in queries.schedule_of(loans["FP"].pk, last, tables=TABLES) if row.kind == "stub"]
    assert [(row.due_on, row.amount_fen, row.state) for row in shown] == [(PAYOUT, 398_611, "paid_before")]


@pytest.mark.parametrize(
    ("code", "event", "left"),
    [
        ("F14", Prepay(date(2025, 7, 2), 10_000_000, "reduce_payment"), None),
        ("F14", Prepay(date(2025, 7, 2), 10_000_000, "shorten"), None),
        ("F14", Payoff(date(2025, 7, 2)), 0),
        ("F14", Extend(date(2025, 7, 2), 12), None),
        ("FS", Prepay(date(2025, 4, 2), 10_000_000), None),  # before the stub falls due
        ("FS", Prepay(date(2025, 5, 2), 10_000_000, "shorten", "whole_balance"), None),
        ("FQ", Holiday(date(2025, 7, 2), 4), None),
        ("FQ", Prepay(date(2025, 7, 2), 10_000_000, "shorten"), None),
        ("FQ", Payoff(date(2025, 7, 2)), 0),
    ],
)
def test_a_change_posts_what_was_quoted(code: str, event: Event, left: int | None) -> None:  # S4-057, S4-058
    loan = opened(code, event.on - timedelta(days=10))
    live(loan, event.on - timedelta(days=1))
    quoted = queries.change_quote(loan.pk, event, tables=TABLES)
    money(loan, quoted.total_fen, event.on)
    change = post(loan, event, accepted_total_fen=quoted.total_fen, accepted_end_on=quoted.after.end_on)
    assert (change.total_fen, change.figures["instalment_fen"]) == (
        quoted.total_fen,
        quoted.after.instalment_fen,
    )
    stored = Position.objects.select_related("loan").get(pk=loan.pk)
    assert (stored.balance_fen, stored.unapplied_fen) == (quoted.after.balance_fen, 0)
    assert stored.loan.state == ("settled" if left == 0 else "active")
    if left is None:
        live(loan, event.on + timedelta(days=72))
        equals_the_fold(loan, event.on + timedelta(days=72))


def test_a_change_that_a_fortnightly_loan_cannot_follow_is_refused_with_its_reason() -> None:
    loan = opened("F14")
    event = DueDayChange(open_day(loan), 5)
    with pytest.raises(ChangeNotAllowed, match="a monthly loan"):
        post(loan, event, accepted_total_fen=0)
    (option,) = queries.change_options(loan.pk, [event], asked_on=PAYOUT, policy=POLICY, tables=TABLES)
    assert (option.quote, option.verdict.ok) == (None, False)
    assert not LoanChange.objects.exists()


def test_a_window_of_a_quarterly_loan_is_as_long_as_that_of_a_monthly_one() -> None:  # S4-066
    loan = opened("FQ")
    for periods, ok in ((4, True), (5, False)):  # 12 monthly instalments are 4 quarters
        event = Holiday(open_day(loan), periods)
        (option,) = queries.change_options(loan.pk, [event], asked_on=PAYOUT, policy=POLICY, tables=TABLES)
        assert (option.verdict.ok, "最多 4 期" in option.verdict.zh) == (ok, not ok)


def test_arrears_of_one_missed_fortnight_are_aged_and_priced() -> None:  # S2-04
    loan = opened("F14")
    due = PAYOUT + timedelta(days=14)
    close_through(PAYOUT + timedelta(days=1), due + timedelta(days=15))
    stored, bills = Position.objects.get(pk=loan.pk), list(Bill.objects.filter(loan=loan).order_by("seq"))
    assert [bill.due_on for bill in bills] == [due, due + timedelta(days=14)]
    owed = [bill.principal_fen + bill.interest_fen for bill in bills]
    assert (stored.oldest_unpaid_due_on, stored.days_past_due, stored.overdue_fen) == (due, 15, sum(owed))
    unpaid = [Unpaid(bill.seq, bill.due_on, bill.principal_fen, bill.interest_fen) for bill in bills[:1]]
    terms = contract_of(loan, stored.as_of_on, TABLES).terms
    priced = overdue_position(unpaid, (), stored.as_of_on, RateLine.of(terms.rate_path, ()))
    (line,) = priced.lines  # 1.5 x 3.5 % of the principal for 15 days of 360
    assert line.penalty_fen == round(bills[0].principal_fen * 52_500 * 15 / 360 / 1_000_000)
    money(loan, sum(owed), due + timedelta(days=15))
    close_through(due + timedelta(days=16), due + timedelta(days=16))
    assert Position.objects.get(pk=loan.pk).days_past_due == 0


REFUSED = (
    ("FQ", {"start_date": "2026-08-28"}, "product", "frequency_not_allowed"),
    ("F1", {"start_date": "2026-08-28", "months": "24"}, "product", "frequency_not_allowed"),
    ("FQ", {"months": "100"}, "months", "invalid_months"),
    ("F14", {"first_due_date": "2025-03-20"}, "first_due_date", "invalid_first_due_date"),
    ("F14", {"paid_periods": "39"}, "paid_periods", "paid_periods_ahead"),
    ("FP", {"start_date": "2025-12-10", "first_due_date": "2026-02-20", "rate_type": "LPR", "rate": "",
            "lpr_tenor": "5年", "spread_bp": "0"}, "product", "stub_not_known"),
)  # fmt: skip


def test_rows_that_cannot_be_are_told_by_column_and_the_others_come_in() -> None:  # S4-008, S4-031
    on = date(2026, 9, 1)
    rows = [tape_row(n, code, on, **more) for n, (code, more, _, _) in enumerate(REFUSED, start=1)]
    good = [
        tape_row(11, "F14", on, paid_periods="37", days_past_due="4"),
        tape_row(12, "F1", on, start_date="2026-08-28", due_day="28"),
        tape_row(13, "FS", on, paid_periods="0", days_past_due="499"),
        row(14, start_date="2025-03-10", as_of_date=on.isoformat()),
    ]
    report = load([*rows, *good], on=on, policy=POLICY)
    bad = QuarantineRow.objects.filter(import_file=report.import_id).order_by("row_no")
    assert [(each.column, each.code) for each in bad] == [(column, code) for _, _, column, code in REFUSED]
    assert ("双周供" in bad[0].reason_zh, "monthly | fortnightly" in bad[0].reason_en) == (True, True)
    said = Position.objects.order_by("pk").values_list("loan__product__code", "by_fold", "days_past_due")
    # 38 fortnights fell due, the last of them on 24 August; the stub of 20 April 2025 is 499 days old
    assert list(said) == [("F14", True, 8), ("F1", True, 0), ("FS", True, 499), ("CM1", False, 0)]
    assert Bill.objects.filter(loan__product__code="FS").order_by("due_on").first().kind == "stub"  # type: ignore[union-attr]


def test_a_later_tape_is_compared_with_the_fold() -> None:
    codes, first, last = ("F14", "FQ", "FS"), PAYOUT + timedelta(days=5), date(2025, 8, 1)
    load([tape_row(n, code, first) for n, code in enumerate(codes, start=1)], on=first, policy=POLICY)
    close_through(first + timedelta(days=1), first + timedelta(days=60))
    said = []
    for number, loan in enumerate(Loan.objects.select_related("product").order_by("pk"), start=1):
        now = queries.change_quote(loan.pk, Payoff(last), tables=TABLES).before
        said.append(
            tape_row(
                number,
                loan.product.code,
                last,
                balance="1000000.00",
                next_instalment=f"{now.next_amount_fen / 100:.2f}",
            )
        )
    report = load(said, on=last, name="later.csv", policy=POLICY)
    assert report.differences == {"compared": 3, "balance": 0, "next_instalment": 0, "days_past_due": 0}


def test_a_product_with_loans_keeps_its_arithmetic() -> None:
    opened("F14")
    shipped = {**shipped_products()[0], "code": "F14", **FREQUENCIES["F14"][0]}
    assert load_products(products=[{**shipped, "name_zh": "双周供"}]) == 1
    with pytest.raises(BadInput, match="begin a new code"):
        load_products(products=[{**shipped, "frequency": "monthly"}])
    assert load_products(products=[{**shipped, "code": "FQ", "frequency": "yearly"}]) == 1


@pytest.mark.parametrize("seed", range(2))
def test_billing_day_by_day_equals_the_schedule(seed: int) -> None:
    """Random terms and money, closed every day for eight weeks; whatever is paid, bills are what the fold says."""
    draw = random.Random(f"frequencies {seed}")
    rows = []
    for number in range(1, 21):
        code = draw.choice(("F14", "F14", "FQ", "FH", "FS", "FP", "FL"))
        start = PAYOUT - timedelta(days=draw.randint(0, 600))
        more = {
            "start_date": start.isoformat(),
            "months": str(draw.choice((12, 24, 60, 360))),
            "due_day": str(draw.randint(1, 31)),
        }
        more["first_due_date"] = ""
        more["principal"] = f"{draw.randint(1_000_000, 500_000_000) / 100:.2f}"
        rows.append(tape_row(number, code, PAYOUT, **more))
    report = load(rows, on=PAYOUT, policy=POLICY)
    assert report.rows_new == len(rows), queries.quarantine_page(report.import_id)
    loans = list(Loan.objects.select_related("product"))
    last = PAYOUT + timedelta(days=56)
    for day in (PAYOUT + timedelta(days=n) for n in range(1, 57)):
        if draw.random() < 0.2:
            money(draw.choice(loans), draw.randint(1, 2_000_000), day)
        close(day)
    for loan in loans:
        equals_the_fold(loan, last)
