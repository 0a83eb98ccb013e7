"""Events of the plan in the ledger: posted as quoted, lived through as folded, settled by a payoff (S4-057, S4-058, S4-130)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from anju.contexts.catalogue.operations import load_products, shipped_products
from anju.contexts.servicing import operations, queries
from anju.contexts.servicing.models import Bill, Loan, Position
from anju.contexts.servicing.plan.contract import contract_of
from anju.core.schedule import (
    Capitalise,
    DueDayChange,
    Event,
    Extend,
    Holiday,
    InterestOnly,
    MethodChange,
    Payoff,
    Prepay,
    RateChange,
    Restructure,
    Stage,
    Waive,
    schedule,
)
from anju.dayend import digest
from anju.platform.journal import queries as journal

from .book import TABLES, close
from .changes_book import adds_up, equals_the_fold, live, money, open_day, opened, post

pytestmark = pytest.mark.django_db

START = "2024-03-20"
AFTER_24 = date(2026, 3, 20)
"""The close of this day: 24 instalments of 1,000,000 at 3.50 % over 360 months are paid."""


@pytest.mark.parametrize(
    ("then", "periods", "payment", "last", "interest"),
    [
        ("reduce_payment", 336, 402_315, None, 49_084_172),
        ("shorten", 282, 449_045, 119_404, 40_207_570),
        ("shorten_relevel", 282, 448_290, None, None),
    ],
)
def test_the_golden_prepayments_through_the_ledger(
    then: str, periods: int, payment: int, last: int | None, interest: int | None
) -> None:
    """domain facts, section 3: after 24 payments, prepay 100,000 on the due day."""
    loan = opened(AFTER_24 - timedelta(days=1), start_date=START)
    on = AFTER_24
    stored = Position.objects.get(pk=loan.pk)
    assert stored.next_due_on == on
    money(loan, stored.next_principal_fen + stored.next_interest_fen + 10_000_000, on)
    change = post(loan, Prepay(on, 10_000_000, then))  # type: ignore[arg-type]
    assert (change.principal_fen, change.interest_fen, change.fee_fen) == (10_000_000, 0, 0)
    assert change.figures["balance_before_fen"] == 96_093_479
    rows = queries.schedule_of(loan.pk, on, tables=TABLES)
    coming = [row for row in rows if row.state == "future"]
    assert (len(coming), coming[0].amount_fen) == (periods, payment)
    assert last is None or coming[-1].amount_fen == last
    assert interest is None or sum(row.interest_fen for row in coming) == interest
    assert change.figures["periods_left"] == periods
    close(on)
    equals_the_fold(loan, on)


@pytest.mark.parametrize(
    ("event", "payment", "periods"),
    [
        (Extend(AFTER_24, 120), 381_318, 456),
        (InterestOnly(AFTER_24, 12), 280_273, 336),
    ],
)
def test_golden_extension_and_interest_only(event: Event, payment: int, periods: int) -> None:  # S4-066
    loan = opened(AFTER_24 - timedelta(days=1), start_date=START)
    stored = Position.objects.get(pk=loan.pk)
    money(loan, stored.next_principal_fen + stored.next_interest_fen, AFTER_24)
    change = post(loan, event)
    assert change.total_fen == 0
    assert (change.figures["next_amount_fen"], change.figures["periods_left"]) == (payment, periods)
    if isinstance(event, InterestOnly):
        coming = [r for r in queries.schedule_of(loan.pk, AFTER_24, tables=TABLES) if r.state == "future"]
        assert coming[12].amount_fen == 458_872


def test_accrued_interest_of_ten_days() -> None:
    """domain facts, section 3: 97.22 on the prepaid 100,000; 934.24 on the whole balance."""
    on = AFTER_24 + timedelta(days=10)
    loan = opened(on - timedelta(days=1), start_date=START)
    of_prepaid = queries.change_quote(loan.pk, Prepay(on, 10_000_000), tables=TABLES)
    of_whole = queries.change_quote(loan.pk, Prepay(on, 10_000_000, interest="whole_balance"), tables=TABLES)
    assert (of_prepaid.interest_fen, of_whole.interest_fen) == (9_722, 93_424)
    money(loan, of_whole.total_fen, on)
    assert post(loan, of_whole.event).interest_fen == 93_424
    close(on)
    equals_the_fold(loan, on)


EVENTS: list[tuple[str, Callable[[date], Event]]] = [
    ("reduce", lambda on: Prepay(on, 5_000_000)),
    ("shorten", lambda on: Prepay(on, 5_000_000, "shorten")),
    ("relevel", lambda on: Prepay(on, 5_000_000, "shorten_relevel", "whole_balance")),
    ("next instalment", lambda on: Prepay(on, 5_000_000, "reduce_payment", "next_instalment", 12_345)),
    ("method", lambda on: MethodChange(on, (Stage("level_principal"),))),
    ("due day", lambda on: DueDayChange(on, 8)),
    ("extend", lambda on: Extend(on, 24)),
    ("holiday", lambda on: Holiday(on, 3)),
    ("holiday, deferred", lambda on: Holiday(on, 2, "defer")),
    ("holiday, waived", lambda on: Holiday(on, 2, "waive")),
    ("interest only", lambda on: InterestOnly(on, 4)),
    ("rate", lambda on: RateChange(on, 31_000, "协商")),
    ("capitalise", lambda on: Capitalise(on, 5_000)),
    ("waive", lambda on: Waive(on, 5_000)),
    ("restructure", lambda on: Restructure(on, (Stage("level_payment"),), 180, 29_000)),
]


@pytest.mark.parametrize(("name", "make"), EVENTS, ids=[name for name, _ in EVENTS])
def test_a_life_after_each_event(name: str, make: Callable[[date], Event]) -> None:
    """A year of day ends after the event: every bill is the fold's, row for row (S4-066)."""
    loan = opened(date(2026, 3, 25), start_date="2025-06-20", months="180")
    on = open_day(loan)
    event = make(on)
    quoted = queries.change_quote(loan.pk, event, tables=TABLES)
    money(loan, quoted.total_fen, on)
    change = post(loan, event)
    assert (change.principal_fen, change.interest_fen, change.fee_fen) == (
        quoted.principal_fen,
        quoted.interest_fen,
        quoted.fee_fen,
    )
    end = on + timedelta(days=200)
    live(loan, end)
    equals_the_fold(loan, end)
    assert Bill.objects.filter(loan=loan, state="open").count() == 0
    kinds = [entry.kind for entry in journal.timeline([("loan", loan.pk)])]
    assert kinds.count("servicing.plan.changed") == 1
    assert "servicing.arrears.started" not in kinds


def test_a_life_of_prepayments_each_way() -> None:
    """Open at payout, 24 months of day ends, prepay each way a month apart, twelve months more."""
    loan = opened(date(2023, 9, 10), start_date="2023-09-10", months="240", due_day="10", method="等额本金")
    live(loan, date(2025, 9, 14))
    for then in ("reduce_payment", "shorten", "shorten_relevel"):
        on = open_day(loan)
        event = Prepay(on, 3_000_000, then, "whole_balance")  # type: ignore[arg-type]
        money(loan, queries.change_quote(loan.pk, event, tables=TABLES).total_fen, on)
        if then == "shorten_relevel":  # the third of a loan year is one too many
            with pytest.raises(operations.ChangeRefused, match="2"):
                post(loan, event)
            break
        post(loan, event)
        live(loan, on + timedelta(days=29))
    live(loan, date(2026, 9, 14))
    equals_the_fold(loan, date(2026, 9, 14))
    assert [change.body["then"] for change in queries.changes_of(loan.pk)] == ["shorten", "reduce_payment"]


def test_an_lpr_loan_reprices_after_a_prepayment() -> None:
    loan = opened(
        date(2025, 11, 3), start_date="2023-05-20", rate_type="LPR", rate="", lpr_tenor="5年", spread_bp="-20",
        repricing="1月1日", due_day="20",
    )  # fmt: skip
    on = open_day(loan)
    event = Prepay(on, 20_000_000, "shorten")
    money(loan, queries.change_quote(loan.pk, event, tables=TABLES).total_fen, on)
    post(loan, event)
    live(loan, date(2026, 3, 1))
    equals_the_fold(loan, date(2026, 3, 1))
    repriced = [e for e in journal.timeline([("loan", loan.pk)]) if e.kind == "servicing.loan.repriced"]
    assert [(e.body["effective_on"], e.body["to_ppm"]) for e in repriced] == [("2026-01-01", 33_000)]
    assert Position.objects.get(pk=loan.pk).rate_ppm == 33_000


@pytest.mark.parametrize("days", [1, 5, 25, 26, 40])
def test_a_payoff_on_any_day_settles_the_loan(days: int) -> None:  # S4-055, S4-058
    loan = opened(date(2026, 3, 25), start_date="2025-06-20", months="180")
    live(loan, date(2026, 3, 25) + timedelta(days=days - 1))
    on = open_day(loan)
    due = Position.objects.get(pk=loan.pk)
    today = due.next_principal_fen + due.next_interest_fen if due.next_due_on == on else 0
    quoted = queries.change_quote(loan.pk, Payoff(on), tables=TABLES)
    money(loan, quoted.total_fen + today + 100, on)
    post(loan, Payoff(on))
    stored = Position.objects.get(pk=loan.pk)
    assert (stored.balance_fen, stored.next_due_on, stored.unapplied_fen) == (0, None, 100)
    assert Loan.objects.get(pk=loan.pk).state == "settled"
    live(loan, on + timedelta(days=40))
    equals_the_fold(loan, on + timedelta(days=40))
    assert queries.schedule_of(loan.pk, on, tables=TABLES)[-1].kind == "payoff"
    assert [e.kind for e in journal.timeline([("loan", loan.pk)])].count("servicing.loan.settled") == 1


def test_a_day_end_run_again_leaves_the_same_digest() -> None:
    loan = opened(date(2026, 3, 25), start_date="2025-06-20", months="180")
    on = open_day(loan)
    event = Prepay(on, 5_000_000)
    money(loan, queries.change_quote(loan.pk, event, tables=TABLES).total_fen, on)
    post(loan, event)
    live(loan, date(2026, 4, 20))
    before = digest.of_book()
    close(date(2026, 4, 20))
    assert digest.of_book() == before


def test_a_product_with_other_conventions_is_folded_from_its_opening() -> None:
    """Actual days of a 365-day year, rounded down: the set-based statements do not know it."""
    load_products()
    product = {
        **shipped_products()[0], "code": "CMD", "rounding": "down", "whole_period": "daily", "year_days": "365",
        "prepayment_penalty": [{"before_month": 36, "share_ppm": 10_000}],
    }  # fmt: skip
    load_products(products=[product])
    loan = opened(date(2026, 3, 25), start_date="2025-06-20", months="180", product="CMD", days_past_due="5")
    assert Position.objects.get(pk=loan.pk).by_fold
    assert [bill.due_on for bill in Bill.objects.filter(loan=loan)] == [date(2026, 3, 20)]
    bill = Bill.objects.get(loan=loan)
    money(loan, bill.principal_fen + bill.interest_fen, date(2026, 3, 26))
    on = open_day(loan)
    quoted = queries.change_quote(loan.pk, Prepay(on, 5_000_000), tables=TABLES)
    assert quoted.fee_fen == 50_000  # 1 % in the first three years (S4-062)
    money(loan, quoted.total_fen, on)
    change = post(loan, Prepay(on, 5_000_000))
    assert change.fee_fen == 50_000
    live(loan, date(2026, 8, 1))
    contract = contract_of(loan, date(2026, 8, 1), TABLES)
    rows = [
        row.amount_fen
        for row in schedule(contract.terms, contract.events)
        if date(2026, 3, 19) < row.on <= date(2026, 8, 1)
    ]
    bills = Bill.objects.filter(loan=loan).order_by("due_on", "pk")
    assert [b.principal_fen + b.interest_fen + b.fee_fen for b in bills] == rows
    adds_up(loan)
