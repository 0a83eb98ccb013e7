"""The day operations against the scalar arithmetic, to the fen: schedules, allocation, days past due (S4-006, S4-008, S4-059)."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anju.contexts.servicing import queries
from anju.contexts.servicing.models import Allocation, Bill, LedgerDay, Loan, LoanEvent, Payment, Position
from anju.contexts.servicing.operations.opening import Stated, Unrated, openings, rate_terms
from anju.contexts.servicing.operations.repricing_rules import RateClause, next_repricing_on, repricer
from anju.contexts.servicing.queries.schedule import terms_of
from anju.core.allocation import BillOpen, allocate
from anju.core.arrears import days_past_due
from anju.core.rates import RateTerms, rate_on, rate_path, repricing_dates
from anju.core.schedule import advance, opening, schedule
from anju.platform.journal import queries as journal

from .book import TABLES, TODAY, as_csv, close, load, pay, payment, random_rows, row

DAYS = 14 * 31


@dataclass
class Replay:
    """One loan lived through by the scalar rules: bills by seq, money in the order in which it came."""

    unpaid: dict[int, list[int]] = field(default_factory=dict)
    due: dict[int, date] = field(default_factory=dict)
    pool: list[int] = field(default_factory=list)

    def bill(self, seq: int, due_on: date, interest: int, principal: int) -> None:
        self.unpaid[seq], self.due[seq] = [interest, principal], due_on
        self.apply()

    def receive(self, fen: int) -> None:
        self.pool.append(fen)
        self.apply()

    def apply(self) -> None:
        open_ = [BillOpen(seq, self.due[seq], *rest) for seq, rest in self.unpaid.items() if sum(rest)]
        done = allocate(sum(self.pool), open_)
        for piece in done.pieces:
            self.unpaid[int(str(piece.bill_id))][0 if piece.component == "interest" else 1] -= (
                piece.amount_fen
            )
        self.pool = [done.unapplied_fen]

    def dpd(self, on: date) -> int:
        oldest = min((self.due[seq] for seq, rest in self.unpaid.items() if sum(rest)), default=None)
        return days_past_due(oldest, on)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seed", "start", "days"), [(1, date(2025, 3, 14), DAYS), (2, date(2023, 11, 30), 120)]
)
def test_fourteen_months_equal_the_scalar_fold(seed: int, start: date, days: int) -> None:
    """Bills, positions, repricings, allocations and days past due of a random book, day by day."""
    draw = random.Random(seed)
    end = start + timedelta(days=days)
    rows = random_rows(draw, 30, start)
    report = load(rows, on=end)
    assert report.rows_new == len(rows), list(queries.quarantine_page(report.import_id))
    loans = {loan.pk: loan for loan in Loan.objects.all()}
    plans = {pk: schedule(terms_of(loan, end, TABLES)) for pk, loan in loans.items()}
    replays = {pk: Replay() for pk in loans}
    money = _payments(draw, rows, start, end)
    pay(*money, on=end)
    by_day: dict[date, list[Payment]] = {}
    for each in Payment.objects.order_by("paid_on", "id"):
        by_day.setdefault(each.paid_on, []).append(each)
    day = start
    while day < end:
        day += timedelta(days=1)
        close(day)
        for each in by_day.get(day, []):
            replays[each.loan_id].receive(each.amount_fen)
        for pk, plan in plans.items():
            for line in plan:
                if line.due_on == day:
                    replays[pk].bill(line.seq, line.due_on, line.interest_fen, line.principal_fen)
        found = dict(Position.objects.values_list("loan_id", "days_past_due"))
        assert found == {pk: replay.dpd(day) for pk, replay in replays.items()}, day
    _same_bills(plans, start, end)
    _same_money(replays)
    _same_positions(loans, plans, replays, end)
    assert LedgerDay.objects.get().closed_on == end


def _payments(
    draw: random.Random, rows: list[dict[str, str]], start: date, end: date
) -> list[dict[str, str]]:
    made = []
    for each in rows:
        monthly = int(float(each["principal"]) * 100 / int(each["months"])) + 30_000
        for number in range(draw.choice((0, 3, 8, 14))):
            on = start + timedelta(days=draw.randint(1, (end - start).days))
            fen = draw.choice((1, monthly // 3, monthly, monthly, monthly * 3))
            made.append(
                payment(each["loan_no"], f"{max(fen, 1) / 100:.2f}", on, ref=f"{each['loan_no']}-{number}")
            )
    return made


def _same_bills(plans: dict[int, tuple], start: date, end: date) -> None:  # type: ignore[type-arg]
    expected = [
        (pk, p.seq, p.due_on, p.principal_fen, p.interest_fen, p.rate_ppm, p.balance_after_fen)
        for pk, plan in plans.items()
        for p in plan
        if start < p.due_on <= end
    ]
    fields = ("loan_id", "seq", "due_on", "principal_fen", "interest_fen", "rate_ppm", "balance_after_fen")
    assert sorted(Bill.objects.values_list(*fields)) == sorted(expected)


def _same_money(replays: dict[int, Replay]) -> None:
    assert not Payment.objects.filter(state="received").exists()
    for pk, replay in replays.items():
        bills = Bill.objects.filter(loan_id=pk)
        left = {
            b.seq: [b.interest_fen - b.paid_interest_fen, b.principal_fen - b.paid_principal_fen]
            for b in bills
        }
        assert left == replay.unpaid
        assert Position.objects.get(pk=pk).unapplied_fen == sum(replay.pool)
        received = sum(Payment.objects.filter(loan_id=pk).values_list("amount_fen", flat=True))
        applied = sum(Allocation.objects.filter(bill__loan_id=pk).values_list("amount_fen", flat=True))
        assert received == applied + sum(replay.pool)


def _same_positions(
    loans: dict[int, Loan], plans: dict[int, tuple], replays: dict[int, Replay], end: date
) -> None:  # type: ignore[type-arg]
    for pk, loan in loans.items():
        loan.refresh_from_db()
        position = Position.objects.get(pk=pk)
        coming = next((line for line in plans[pk] if line.due_on > end), None)
        if coming is None:
            assert (position.next_due_on, position.balance_fen) == (None, 0)
            paid = not any(sum(rest) for rest in replays[pk].unpaid.values())
            assert loan.state == ("settled" if paid else "active")
            continue
        state = (
            position.seq_next,
            position.next_due_on,
            position.next_principal_fen,
            position.next_interest_fen,
        )
        assert state == (coming.seq, coming.due_on, coming.principal_fen, coming.interest_fen), loan.loan_no
        assert position.balance_fen == coming.balance_after_fen + coming.principal_fen
        path = terms_of(loan, end, TABLES).rate_path
        assert position.rate_ppm == rate_on(path, end)


@pytest.mark.django_db
def test_a_day_again_changes_nothing() -> None:
    draw = random.Random(9)
    load(random_rows(draw, 12, TODAY), on=TODAY)
    for number in range(1, 40):
        close(TODAY + timedelta(days=number))
    last = TODAY + timedelta(days=39)

    def state() -> list[object]:
        models = (Position, Bill, Payment, Allocation, Loan, LoanEvent)
        entries = len(
            journal.timeline([("loan", pk) for pk in Loan.objects.values_list("pk", flat=True)], limit=5000)
        )
        return [entries, *(list(model.objects.order_by("pk").values_list()) for model in models)]

    before = state()
    counts = close(last)
    assert state() == before
    assert (counts["bills"]["bills"], counts["arrears"]["aged"], counts["reprice"]["examined"]) == (0, 0, 0)


@pytest.mark.django_db
def test_a_loan_that_came_in_late_is_brought_up_in_order() -> None:
    """As of three months ago, two repricings (cycle 3 months) and three bills behind the closed day (S4-059)."""
    terms = {"rate_type": "LPR", "rate": "", "lpr_tenor": "5y", "spread_bp": "0", "repricing": "1月1日", "cycle_months": "3",
             "start_date": "2024-12-05", "due_day": "20"}  # fmt: skip
    load([row(1)], on=TODAY)
    day = date(2026, 9, 2)
    close(day)
    load([row(2, **{**terms, "as_of_date": "2025-03-15"})], on=day)
    close(day + timedelta(days=1))
    loan = Loan.objects.get(loan_no="GD00002")
    plan = {line.seq: line for line in schedule(terms_of(loan, day, TABLES))}
    bills = list(Bill.objects.filter(loan=loan).order_by("seq"))
    assert bills[0].due_on == date(2025, 3, 20)
    assert bills[-1].due_on == date(2026, 8, 20)
    for bill in bills:
        line = plan[bill.seq]
        assert (bill.principal_fen, bill.interest_fen, bill.rate_ppm) == (
            line.principal_fen,
            line.interest_fen,
            line.rate_ppm,
        )
    assert LoanEvent.objects.filter(loan=loan, kind="repriced").count() == 1  # 3.60 -> 3.50 on 2025-07-01


@pytest.mark.django_db
def test_the_repricing_vector() -> None:
    """Facts section 1: LPR 3.60 - 30 bp = 3.30 in 2025, 3.50 - 30 bp = 3.20 from 1 January 2026 (S4-059)."""
    load(
        [row(1, rate_type="LPR", rate="", lpr_tenor="5年", spread_bp="-30", repricing="1月1日", start_date="2024-11-25",
             due_day="20", as_of_date="2025-12-31")],
        on=date(2026, 1, 1),
    )  # fmt: skip
    before = Position.objects.get()
    assert (before.rate_ppm, before.next_reprice_on) == (33_000, date(2026, 1, 1))
    counts = close(date(2026, 1, 1))
    after = Position.objects.get()
    assert counts["reprice"] == {"examined": 1, "repriced": 1, "provisional": 0}
    assert (after.rate_ppm, after.next_reprice_on) == (32_000, date(2027, 1, 1))
    days = (date(2026, 1, 1) - date(2025, 12, 20)).days
    exact = after.balance_fen * (33_000 * days + 32_000 * (31 - days))
    assert after.next_interest_fen == (2 * exact + 360_000_000) // 720_000_000
    assert after.next_principal_fen == before.next_principal_fen
    kinds = [entry.kind for entry in journal.timeline([("loan", after.pk)])]
    assert "servicing.loan.repriced" in kinds


@pytest.mark.django_db
def test_a_missing_lpr_is_counted_and_not_silent() -> None:
    load([row(1, rate_type="LPR", rate="", lpr_tenor="5y", spread_bp="0", repricing="放款对应日", start_date="2024-11-25",
              as_of_date="2026-11-24")], on=date(2026, 11, 24))  # fmt: skip
    counts = close(date(2026, 11, 25))
    assert counts["reprice"]["provisional"] == 1


@given(st.integers(0, 10_000), st.integers(0, 3000))
@settings(max_examples=60, deadline=None)
def test_openings_equal_the_scalar_fold(seed: int, days: int) -> None:
    draw = random.Random(seed)
    from anju.contexts.servicing.tape.checking import check_loans
    from anju.contexts.servicing.tape.reading import read_table

    as_of = date(2026, 8, 1)
    good, issues, _ = check_loans(
        read_table(as_csv(random_rows(draw, 8, as_of)), "t.csv"), on=as_of, as_of=as_of
    )
    assert not issues
    said = [Stated(as_of, None, draw.choice((None, 0, days % 200))) for _ in good]
    for loan, stated, made in zip(good, said, openings(good, said, TABLES), strict=True):
        assert not isinstance(made, Unrated)
        path = rate_path(
            rate_terms(loan, loan.spread_ppm), loan.start_on, loan.months, TABLES, as_of, allow_missing=True
        )
        from anju.core.schedule import Terms

        terms = Terms(
            loan.principal_fen, loan.months, loan.method, loan.start_on, loan.due_day, loan.first_due, path,  # type: ignore[arg-type]
        )  # fmt: skip
        at, lines = opening(terms), []
        while at.next_due_on is not None and at.next_due_on <= as_of:
            line, at = advance(terms, at)
            lines.append(line)
        since = as_of - timedelta(days=stated.days_past_due or 0)
        open_ = [line for line in lines if stated.days_past_due and line.due_on >= since]
        assert [
            (b.seq, b.principal_fen, b.interest_fen, b.balance_after_fen, b.rate_ppm) for b in made.bills
        ] == [(x.seq, x.principal_fen, x.interest_fen, x.balance_after_fen, x.rate_ppm) for x in open_]
        assert (made.due_periods, made.balance_fen, made.next_due_on) == (
            len(lines),
            at.balance_fen,
            at.next_due_on,
        )
        assert (made.period_rate_ppm, made.period_start_on) == (at.rate_ppm, at.period_start_on)
        assert made.rate_ppm == rate_on(path, as_of)
        if at.next_due_on is not None:
            line, after = advance(terms, at)
            assert (made.next_principal_fen, made.next_interest_fen) == (
                line.principal_fen,
                line.interest_fen,
            )
            assert made.instalment_after_fen == (
                after.instalment_fen if after.next_due_on else made.instalment_after_fen
            )


@given(
    st.sampled_from(["january_1", "anniversary"]), st.sampled_from([3, 6, 12, 24]), st.dates(date(2019, 9, 1), date(2026, 1, 1)),
    st.integers(1, 480), st.integers(0, 6000), st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2030, 1, 1))),
)  # fmt: skip
@settings(max_examples=300)
def test_the_next_repricing_date_is_the_cores(
    repricing: str, cycle: int, start: date, months: int, later: int, since: date | None
) -> None:
    after = start + timedelta(days=later)
    clause = RateClause("lpr", "5y", repricing, cycle, "first", start, months, since)
    terms = RateTerms("lpr", tenor="5y", repricing=repricing, cycle_months=cycle)  # type: ignore[arg-type]
    from anju.core.dates import add_months

    last = add_months(start, months) - timedelta(days=1)
    wanted = [on for on in repricing_dates(terms, start, last) if on > after and on >= (since or start)]
    assert next_repricing_on(clause, after) == (wanted[0] if wanted else None)


@pytest.mark.parametrize("kind", ["lpr", "provident"])
def test_new_rates_are_those_of_the_path(kind: str) -> None:
    start, until = date(2020, 5, 25), date(2026, 6, 1)
    terms = RateTerms(
        kind,
        tenor="5y" if kind == "lpr" else None,
        spread_bp=55 if kind == "lpr" else 0,
        repricing="january_1",
    )  # type: ignore[arg-type]
    clause = RateClause(kind, "5y", "january_1", 12, "first", start, 360, None)
    new_rate = repricer(TABLES)
    path = rate_path(terms, start, 360, TABLES, until)
    assert len(path) == 7
    for step in path[1:]:
        assert new_rate(clause, terms.spread_ppm, step.effective_on).rate_ppm == step.rate_ppm


@pytest.mark.django_db
def test_the_schedule_shows_paid_billed_and_future() -> None:
    load([row(1, paid_periods="28")])
    for day in range(2, 21):
        close(date(2026, 9, day))
    rows = queries.schedule_of(Loan.objects.get().pk, date(2026, 9, 20), tables=TABLES)
    assert len(rows) == 360
    states = [each.state for each in rows]
    assert (states[:28], states[28:31]) == (["paid_before"] * 28, ["overdue", "open", "future"])
    position = queries.position_row(Loan.objects.get().pk)
    assert (rows[30].due_on, rows[30].amount_fen) == (position.next_due_on, position.next_amount_fen)
    assert position.outstanding_fen == sum(each.principal_fen for each in rows[28:])


@pytest.mark.django_db
def test_search_and_branches() -> None:
    load([row(1), row(2, branch="0102"), row(11, borrower_name="李娜娜")])
    mine = [Loan.objects.get(loan_no="GD00001").branch_id]

    def found(text: str, branches: list[int] | None = None) -> list[str]:
        return [each.loan_no for each in queries.search(text, branches)]

    assert found("gd0000") == ["GD00001", "GD00002"]
    assert found("李娜") == ["GD00001", "GD00011"]
    assert found("138 0000 0002") == ["GD00002"]
    assert found("13800000002", mine) == []
    assert found(row(11)["id_number"].lower()) == ["GD00011"]
    assert found("") == found("nobody") == []
    with pytest.raises(KeyError):
        queries.loan_row(Loan.objects.get(loan_no="GD00002").pk, mine)
    assert [each.loan_no for each in queries.loans_page(mine)] == ["GD00001", "GD00011"]


@pytest.mark.django_db
def test_overdue_positions_and_coming_instalments() -> None:
    load([row(1, paid_periods="27"), row(2)])
    loan = Loan.objects.get(loan_no="GD00001")
    overdue = queries.overdue_positions([loan.branch_id])
    assert [(each.loan_id, each.days_past_due) for each in overdue] == [
        (loan.pk, (TODAY - date(2026, 7, 20)).days)
    ]
    assert queries.overdue_positions([]) == []
    coming = queries.instalments_due(date(2026, 9, 20))
    assert [(each.loan_no, each.amount_fen) for each in coming] == [
        ("GD00001", 449_045),
        ("GD00002", 449_045),
    ]
