"""A quote accepted today posts the same fen, for random loans, events and days; and a later tape agrees (S4-057, S4-058)."""

import random
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from anju.contexts.servicing import queries
from anju.contexts.servicing.models import Bill, Loan, MirrorDifference, Position
from anju.contexts.servicing.operations.change_refusals import ChangeNotAllowed
from anju.core.errors import BadInput
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
)

from .book import TABLES, close, load, random_rows, row
from .changes_book import equals_the_fold, live, money, open_day, opened, post


def an_event(draw: random.Random, on: date, balance_fen: int) -> Event:
    """Any event that such a loan may well have."""
    amount = draw.randint(1_000_000, max(balance_fen // 2, 1_000_001))
    stages = (
        (Stage("level_principal"),),
        (Stage("level_payment"),),
        (Stage("interest_only", 2), Stage("level_payment")),
    )
    then = draw.choice(("reduce_payment", "shorten", "shorten_relevel"))
    interest = draw.choice(("on_prepaid", "whole_balance", "next_instalment"))
    fee = draw.choice((None, None, 0, 12_345))
    return draw.choice([
        Prepay(on, amount, then, interest, fee),  # type: ignore[arg-type]
        Prepay(on, amount, then, interest),  # type: ignore[arg-type]
        Payoff(on, fee),
        MethodChange(on, draw.choice(stages)),
        DueDayChange(on, draw.randint(1, 28)),
        Extend(on, draw.randint(1, 36)),
        Holiday(on, draw.randint(1, 3), draw.choice(("capitalise", "defer", "waive"))),  # type: ignore[arg-type]
        InterestOnly(on, draw.randint(1, 3)),
        RateChange(on, draw.randint(0, 60_000), "协商"),
        Capitalise(on, draw.randint(1, 500)),
        Waive(on, draw.randint(1, 500)),
        Restructure(on, draw.choice(stages), draw.randint(12, 240), draw.choice((None, 31_000))),
    ])  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6))
@example(389_853)  # interest only at 0 %: instalments of nothing
def test_a_quote_accepted_posts_the_same_fen(seed: int) -> None:
    """One to three events on random days of a random loan; each posts what was quoted, and life goes on by the fold."""
    draw = random.Random(seed)
    as_of = date(2025, 1, 1) + timedelta(days=draw.randint(0, 500))
    with transaction.atomic():
        report = load(random_rows(draw, 1, as_of), on=as_of)
        loan = Loan.objects.select_related("product").first() if report.rows_new else None
        if loan is not None and loan.state == "active":
            _live_through(draw, loan)
        transaction.set_rollback(True)


def _live_through(draw: random.Random, loan: Loan) -> None:
    for _ in range(draw.randint(1, 3)):
        on = open_day(loan)
        stored = Position.objects.get(pk=loan.pk)
        event = an_event(draw, on, stored.balance_fen)
        due = stored.next_principal_fen + stored.next_interest_fen if stored.next_due_on == on else 0
        try:
            quoted = queries.change_quote(loan.pk, event, tables=TABLES)
        except BadInput:
            return  # too large, too short, too late for this loan: nothing to post
        money(loan, due + quoted.total_fen, on)
        try:
            change = post(loan, event, accepted_total_fen=quoted.total_fen)
        except ChangeNotAllowed:
            return
        assert (change.principal_fen, change.interest_fen, change.fee_fen) == (
            quoted.principal_fen, quoted.interest_fen, quoted.fee_fen,
        )  # fmt: skip
        stored.refresh_from_db()
        assert (stored.balance_fen, stored.next_due_on) == (
            quoted.after.balance_fen,
            quoted.after.next_due_on,
        )
        assert stored.next_principal_fen + stored.next_interest_fen == quoted.after.next_amount_fen
        assert stored.unapplied_fen == 0
        if draw.random() < 0.7:
            live(loan, on + timedelta(days=draw.randint(0, 120)))
    close(open_day(loan))
    equals_the_fold(loan, open_day(loan) - timedelta(days=1))


@pytest.mark.django_db
def test_a_later_tape_is_compared_with_the_fold() -> None:
    """Figures after the events, on a closed day, on one before the events, and on one that is not closed yet."""
    loan = opened(date(2026, 3, 25), start_date="2025-06-20", months="180")
    on = open_day(loan)
    money(loan, queries.change_quote(loan.pk, Prepay(on, 5_000_000), tables=TABLES).total_fen, on)
    post(loan, Prepay(on, 5_000_000))
    live(loan, date(2026, 5, 25))
    post(loan, Holiday(date(2026, 5, 26), 2))
    live(loan, date(2026, 6, 25))
    for as_of in (
        date(2026, 3, 25),
        date(2026, 4, 15),
        date(2026, 4, 30),
        date(2026, 6, 24),
        date(2026, 6, 28),
    ):
        contract_rows = queries.schedule_of(loan.pk, as_of, tables=TABLES)
        behind = [r for r in contract_rows if r.due_on <= as_of]
        coming = next(r for r in contract_rows if r.due_on > as_of)
        said = {
            "balance": f"{behind[-1].balance_after_fen / 100:.2f}",
            "next_instalment": f"{coming.amount_fen / 100:.2f}",
            "days_past_due": "0",
        }
        MirrorDifference.objects.all().delete()
        report = load(
            [row(1, start_date="2025-06-20", months="180", as_of_date=str(as_of), **said)], on=as_of
        )
        assert report.differences["compared"] == 1
        found = MirrorDifference.objects.values_list("field", "stated", "computed")
        assert (as_of, list(found)) == (as_of, [])
    assert Bill.objects.filter(loan=loan, kind="holiday").count() == 1
