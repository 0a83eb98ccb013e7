"""Provisional repricings are put right when the LPR comes; closed rows stay, the fen add up (S4-059)."""

from datetime import date, timedelta

import pytest

from anju.contexts.catalogue.operations import load_products, shipped_products
from anju.contexts.servicing import operations, queries
from anju.contexts.servicing.models import Bill, Loan, LoanEvent, Payment, Position
from anju.contexts.servicing.operations.base import closed_on
from anju.contexts.servicing.operations.correcting import CREDIT_CHANNEL
from anju.contexts.servicing.plan.contract import contract_of
from anju.core.rates import LprTable, RateTables
from anju.core.schedule import position
from anju.dayend import digest
from anju.platform.journal import queries as journal
from anju.platform.notices.models import Obligation
from anju.platform.policies import operations as policies

from .book import TABLES, at_of, load, pay, payment, row
from .changes_book import adds_up, equals_the_fold

pytestmark = pytest.mark.django_db

OPENED, REPRICED = date(2026, 3, 25), date(2026, 4, 1)
MISSING = date(2026, 3, 20)
LPR = TABLES.lpr
OLD = LPR.lpr_5y_ppm[LPR.dates.index(MISSING) - 1]


def tables(ppm: int | None) -> RateTables:
    """Up to February 2026, and March at this rate (None: not loaded)."""
    known = LPR.dates.index(MISSING)
    dates, five = LPR.dates[:known], LPR.lpr_5y_ppm[:known]
    if ppm is not None:
        dates, five = (*dates, MISSING), (*five, ppm)
    return RateTables(LprTable(dates, LPR.lpr_1y_ppm[: len(dates)], five), TABLES.provident)


BEFORE = tables(None)
TERMS = {
    "rate_type": "LPR", "rate": "", "lpr_tenor": "5y", "spread_bp": "-22.5", "repricing": "1月1日", "cycle_months": "3",
    "as_of_date": OPENED.isoformat(), "first_due": "次月",
}  # fmt: skip
KINDS = (
    {"start_date": "2024-11-05", "due_day": "20"},
    {"start_date": "2024-11-05", "due_day": "20", "method": "等额本金"},
    {"start_date": "2024-12-31", "due_day": "31", "months": "120"},
    {"start_date": "2025-01-01", "due_day": "1"},
    {"start_date": "2026-03-10", "due_day": "15"},
    {"start_date": "2024-11-05", "due_day": "20", "product": "CMD"},
    {"start_date": "2024-11-05", "due_day": "20", "months": "24", "method": "等额本金"},
)


@pytest.fixture(autouse=True)
def _policies() -> None:
    policies.load_shipped(at=at_of(OPENED), by="system:test")


def book() -> list[Loan]:
    load_products()
    daily = {
        **shipped_products()[0],
        "code": "CMD",
        "rounding": "down",
        "whole_period": "daily",
        "year_days": "365",
    }
    load_products(products=[daily])
    rows = [row(number, **{**TERMS, "product": "", **kind}) for number, kind in enumerate(KINDS, start=1)]
    assert load(rows, on=OPENED, tables=BEFORE).rows_new == len(KINDS)
    return list(Loan.objects.select_related("product").order_by("pk"))


def close(on: date, known: RateTables) -> dict[str, int]:
    at = at_of(on)
    operations.payments_post(on=on, at=at)
    counts = operations.repricings_correct(on=on, at=at, tables=known)
    operations.loans_reprice(on=on, at=at, tables=known)
    operations.bills_issue(on=on, at=at, tables=known)
    operations.arrears_age(on=on, at=at)
    return counts


def live(last: date, known: RateTables) -> None:
    """Day ends up to a day, every instalment paid on its due day; days on which nothing can happen are left out."""
    while True:
        done = max(closed_on() or OPENED, OPENED)
        places = list(Position.objects.select_related("loan"))
        coming = {
            day
            for p in places
            for day in (p.next_due_on, p.next_reprice_on)
            if day is not None and day > done
        } | {last}
        day = min(coming)
        if not done < day <= last:
            return
        for p in places:
            lacks = p.next_principal_fen + p.next_interest_fen - p.unapplied_fen
            if p.next_due_on == day and lacks > 0:
                pay(payment(p.loan.loan_no, f"{lacks / 100:.2f}", day), on=day)
        close(day, known)


def lacking(loan: Loan, ppm: int) -> int:
    """What the bills since the repricing lack, by hand: whole months by twelfths, the one with the repricing in it by days."""
    fen = 0
    for bill in Bill.objects.filter(loan=loan, due_on__gt=REPRICED).order_by("seq"):
        balance = bill.balance_after_fen + bill.principal_fen
        before = Bill.objects.filter(loan=loan, seq=bill.seq - 1).first()
        month = bill.due_on.month - 1
        start = before.due_on if before else date(2026, month, min(loan.due_day, 28 if month == 2 else 31))
        start = loan.start_on if bill.seq == 1 else start
        new, old = ppm - 2_250, OLD - 2_250
        was = LPR_BEFORE - 2_250
        if (start < REPRICED and was != new) or start == loan.start_on:
            early = max((REPRICED - start).days, 0)
            right = balance * (was * early + new * (bill.due_on - max(start, REPRICED)).days), 360 * 10**6
        else:
            right = balance * new, 12 * 10**6
        fen += (2 * right[0] + right[1]) // (2 * right[1]) - bill.interest_fen
        assert bill.rate_ppm in (old, LPR_BEFORE - 2_250)
    return fen


LPR_BEFORE = LPR.lpr_5y_ppm[LPR.dates.index(date(2025, 12, 22))]
"""In force from 1 January 2026."""


@pytest.mark.parametrize(
    ("ppm", "day"),
    [(OLD + 1_000, date(2026, 4, 10))] + [(OLD + more, date(2026, 6, 25)) for more in (1_000, -2_500, 0)],
)
def test_a_correction_leaves_closed_rows_and_adds_up(ppm: int, day: date) -> None:
    loans = book()
    live(day - timedelta(days=1), BEFORE)
    assert set(Position.objects.values_list("provisional_on", flat=True)) == {REPRICED}
    assert LoanEvent.objects.filter(kind="repriced", effective_on=REPRICED).count() == len(
        KINDS
    )  # equal rates too
    for loan in loans:
        equals_the_fold(loan, day - timedelta(days=1), tables(ppm))
    bills = list(Bill.objects.order_by("pk").values_list())
    differences = {loan.pk: lacking(loan, ppm) for loan in loans if loan.product.code != "CMD"}
    known = tables(ppm)
    counts = close(day, known)
    assert list(Bill.objects.order_by("pk").values_list()) == bills
    assert counts["corrected" if ppm != OLD else "confirmed"] == len(KINDS)
    assert not Position.objects.filter(provisional_on__isnull=False).exists()
    after = digest.of_book()
    again = operations.repricings_correct(on=day, at=at_of(day), tables=known)
    assert (set(again.values()), digest.of_book()) == ({0}, after)
    for loan in loans:
        fact = next(
            e.body for e in journal.timeline([("loan", loan.pk)]) if e.kind == "servicing.repricing.corrected"
        )
        assert fact["added_fen"] - fact["credited_fen"] == differences.get(
            loan.pk, fact["added_fen"] - fact["credited_fen"]
        )
        assert (fact["added_fen"] > 0) == (ppm > OLD and day.month == 6)
        assert (fact["credited_fen"] > 0) == (ppm < OLD and day.month == 6)
        assert (fact["to_ppm"], Position.objects.get(pk=loan.pk).rate_ppm) == (ppm - 2_250, ppm - 2_250)
        owed = Obligation.objects.filter(notice_type="rate_corrected", subject_id=loan.pk)
        assert owed.exists() == (ppm != OLD), KINDS  # the instalment changes: principal part or interest
        credit = Payment.objects.filter(loan=loan, channel=CREDIT_CHANNEL)
        assert sum(p.amount_fen for p in credit) == fact["credited_fen"]
        equals_the_fold(loan, day, known)
    last, ahead = day + timedelta(days=72), day + timedelta(days=73)
    live(last, known)
    stated = []
    for number, loan in enumerate(loans, start=1):
        equals_the_fold(loan, last, known)
        adds_up(loan)
        contract = contract_of(loan, ahead, known)
        now = position(contract.terms, contract.events, ahead)
        figures = {
            "balance": f"{now.balance_fen / 100:.2f}",
            "next_instalment": f"{now.next_amount_fen / 100:.2f}",
        }
        stated.append(
            row(number, **{**TERMS, "product": "", **KINDS[number - 1], **figures, "as_of_date": str(ahead)})
        )
    mirrored = load(stated, on=ahead, name="again.csv", tables=known)
    none = {"balance": 0, "next_instalment": 0, "days_past_due": 0}
    assert (mirrored.rows_same, mirrored.differences) == (len(KINDS), {"compared": len(KINDS), **none})


def test_before_a_bill_is_made_the_loan_is_as_if_the_lpr_had_been_there() -> None:
    known = tables(OLD + 1_000)
    loans = book()
    live(date(2026, 4, 5), BEFORE)
    close(date(2026, 4, 6), known)
    corrected = {p.loan.loan_no: p for p in Position.objects.select_related("loan")}
    columns = (
        "rate_ppm", "period_rate_ppm", "rate_since_on", "rate_days", "instalment_fen", "instalment_after_fen", "balance_fen",
        "next_principal_fen", "next_interest_fen", "next_due_on", "next_reprice_on", "added_interest_fen", "seq_next",
    )  # fmt: skip
    in_time = [row(n + 100, **{**TERMS, "product": "", **kind}) for n, kind in enumerate(KINDS, start=1)]
    load(in_time, on=date(2026, 4, 6), name="twins.csv", tables=known)
    close(date(2026, 4, 7), known)
    close(date(2026, 4, 8), known)
    for number, loan in enumerate(loans, start=1):
        twin = Position.objects.get(loan__loan_no=f"GD{number + 100:05d}")
        assert [getattr(corrected[loan.loan_no], name) for name in columns] == [
            getattr(twin, name) for name in columns
        ], KINDS[number - 1]


def test_a_loan_opened_at_a_provisional_rate_and_one_settled_since_are_put_right() -> None:
    short = {**TERMS, "start_date": "2025-06-05", "months": "12", "due_day": "5", "as_of_date": "2026-04-10"}
    load(
        [row(1, **short), row(2, **{**short, "start_date": "2025-05-05"})],
        on=date(2026, 4, 10),
        tables=BEFORE,
    )
    assert set(Position.objects.values_list("provisional_on", flat=True)) == {REPRICED}
    live(date(2026, 6, 10), BEFORE)
    assert set(Loan.objects.values_list("state", flat=True)) == {"settled"}
    counts = close(date(2026, 6, 11), tables(OLD - 5_000))
    assert (counts["corrected"], counts["added_fen"], counts["unclaimed_fen"]) == (2, 0, 0)
    assert counts["credited_fen"] == sum(Position.objects.values_list("unapplied_fen", flat=True)) > 0


def test_too_little_asked_of_a_settled_loan_is_not_claimed() -> None:
    load(
        [row(1, **{**TERMS, "start_date": "2025-05-05", "months": "12", "due_day": "5"})],
        on=OPENED,
        tables=BEFORE,
    )
    live(date(2026, 6, 1), BEFORE)
    counts = close(date(2026, 6, 2), tables(OLD + 5_000))
    assert (counts["corrected"], counts["added_fen"], counts["credited_fen"]) == (1, 0, 0)
    assert counts["unclaimed_fen"] > 0
    assert Position.objects.get().next_due_on is None


def test_the_schedule_and_the_rate_steps_say_what_was_applied_and_why() -> None:
    known = tables(OLD + 1_000)
    loan = book()[0]
    live(date(2026, 6, 24), BEFORE)
    close(date(2026, 6, 25), known)
    steps = {s.effective_on: s for s in contract_of(loan, date(2026, 6, 25), known).terms.rate_path}
    assert steps[REPRICED].rate_ppm == OLD - 2_250
    assert "暂按 2026-02" in steps[REPRICED].why_zh
    corrected = steps[date(2026, 6, 20)]
    assert corrected.rate_ppm == OLD + 1_000 - 2_250
    assert "2026-03-20" in corrected.why_zh
    assert "corrected to" in corrected.why_en
    rows = {r.due_on: r for r in queries.schedule_of(loan.pk, date(2026, 6, 25), tables=known)}
    plain = rows[date(2026, 8, 20)].interest_fen
    assert (
        rows[date(2026, 7, 20)].interest_fen > plain + 10_000
    )  # the added interest is in the next instalment only
