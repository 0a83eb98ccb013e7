"""What a change of the plan is refused for; nothing has changed then. Once per key, and one winner (house rules 10, 11)."""

import json
import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from anju.contexts.servicing import operations, queries
from anju.contexts.servicing.models import Bill, Loan, LoanChange, LoanEvent, Position
from anju.contexts.servicing.operations import change_refusals as refusals
from anju.contexts.servicing.plan import codec
from anju.core.csv_rows import csv_rows
from anju.core.policy import PolicyTable
from anju.core.schedule import (
    AddInterest,
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
from anju.core.schedule.events import NAMES
from anju.dayend import digest
from anju.platform.journal import queries as journal
from anju.policy import path

from .book import TABLES, at_of, close
from .changes_book import ACTOR, POLICY, adds_up, live, money, open_day, opened, post

OPENED = date(2026, 3, 25)
TENTH = 1_000_000
"""10,000 yuan: the least of a partial prepayment."""


def a_loan(**changes: str) -> Loan:
    return opened(OPENED, **{"start_date": "2025-06-20", "months": "180", **changes})


def refused(
    loan: Loan, why: type[Exception], event: Event, match: str | None = None, **more: object
) -> Exception:
    """The post is refused and the book, the journal and the events are as before."""
    counts = (
        LoanEvent.objects.count(),
        LoanChange.objects.count(),
        len(journal.timeline([("loan", loan.pk)])),
    )
    before = digest.of_book()
    with pytest.raises(why, match=match) as told:
        post(loan, event, **more)
    assert digest.of_book() == before
    assert counts == (
        LoanEvent.objects.count(),
        LoanChange.objects.count(),
        len(journal.timeline([("loan", loan.pk)])),
    )
    assert Position.objects.get(pk=loan.pk).by_fold is False
    return told.value


@pytest.mark.django_db
def test_an_unknown_loan() -> None:
    with pytest.raises(refusals.ChangeLoanUnknown):
        operations.change_post(
            loan_id=1, event=Payoff(OPENED), accepted_total_fen=0, idempotency_key="k", at=at_of(OPENED), actor=ACTOR,
            policy=POLICY, tables=TABLES,
        )  # fmt: skip


@pytest.mark.django_db
def test_days_that_are_not_open() -> None:
    loan = a_loan()
    on = open_day(loan)
    close(on)
    money(loan, 90_000_000, on)
    for day in (OPENED, on, on + timedelta(days=2)):
        refused(loan, refusals.ChangeDayNotOpen, Prepay(day, TENTH), str(on + timedelta(days=1)))
    assert post(loan, Prepay(on + timedelta(days=1), TENTH)).principal_fen == TENTH


CASES: list[tuple[str, Callable[[date], Event], str]] = [
    ("S4-054: a fen less than 10,000", lambda on: Prepay(on, TENTH - 1), "prepay_too_small"),
    ("S4-063: day 29", lambda on: DueDayChange(on, 29), "due_day_out_of_range"),
    ("more than the balance", lambda on: Prepay(on, 95_999_999_99), "not_possible"),
    ("more interest than there is", lambda on: Waive(on, 9_999_999), "not_possible"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "make", "code"), CASES, ids=[case[0] for case in CASES])
def test_what_the_policy_or_the_arithmetic_refuses(
    name: str, make: Callable[[date], Event], code: str
) -> None:
    loan = a_loan()
    on = open_day(loan)
    money(loan, 100_000_000, on)
    why = refused(loan, refusals.ChangeNotAllowed, make(on), accepted_total_fen=0)
    assert isinstance(why, refusals.ChangeNotAllowed)
    assert code in why.verdict.codes
    assert why.verdict.policy_version == POLICY.version
    assert why.message_zh
    assert why.message_en


@pytest.mark.django_db
def test_ten_days_of_notice_for_a_payoff() -> None:  # S4-055
    loan = a_loan()
    on = open_day(loan)
    money(loan, 101_000_000, on)
    why = refused(loan, refusals.ChangeNotAllowed, Payoff(on), "10", asked_on=on - timedelta(days=9))
    assert why.verdict.codes == ("notice_too_short",)  # type: ignore[attr-defined]
    assert post(loan, Payoff(on), asked_on=on - timedelta(days=10)).figures["balance_fen"] == 0


@pytest.mark.django_db
def test_caps_on_extensions_since_the_rule_of_2026() -> None:  # S4-066, 金规〔2026〕5号 Art. 26
    loan = opened(date(2026, 9, 1), start_date="2024-03-20", months="240")
    on = open_day(loan)
    why = refused(loan, refusals.ChangeNotAllowed, Extend(on, 121))
    assert why.verdict.codes == ("extension_too_long",)  # type: ignore[attr-defined]
    assert post(loan, Extend(on, 120)).figures["periods_left"] == 240 - 29 + 120


@pytest.mark.django_db
def test_two_changes_of_the_due_day_a_year() -> None:  # S4-063
    loan = a_loan()
    for due_day in (5, 6):
        post(loan, DueDayChange(open_day(loan), due_day))
        live(loan, open_day(loan) + timedelta(days=1))
    with pytest.raises(refusals.ChangeNotAllowed) as told:
        post(loan, DueDayChange(open_day(loan), 7))
    assert told.value.verdict.codes == ("due_day_too_often",)


@pytest.mark.django_db
def test_no_new_rate_after_another_change_of_the_day() -> None:
    """A rate counts for its whole day: what was posted before would no longer be what the fold gives."""
    loan = a_loan()
    on = open_day(loan)
    post(loan, Extend(on, 12))
    with pytest.raises(refusals.ChangeNotAllowed) as told:
        post(loan, RateChange(on, 31_000))
    assert told.value.verdict.codes == ("rate_after_change",)
    assert post(loan, Holiday(on, 1)).figures["instalment_fen"] == 0


@pytest.mark.django_db
def test_not_while_something_is_overdue() -> None:
    loan = a_loan(days_past_due="5")
    refused(
        loan,
        refusals.ChangeInArrears,
        MethodChange(open_day(loan), (Stage("level_principal"),)),
        "2026-03-20",
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "make",
    [
        lambda on: Extend(on, 12),
        lambda on: Holiday(on, 3),
        lambda on: InterestOnly(on, 6),
        lambda on: DueDayChange(on, 15),
        lambda on: Restructure(on, (Stage("level_payment"),), 200),
    ],
)
def test_arrears_do_not_stand_in_the_way_of_relief(
    make: Callable[[date], Event],
) -> None:  # 银发〔2026〕171号 Art. 26
    loan = opened(date(2026, 9, 25), start_date="2025-06-20", months="180", days_past_due="5")
    on = open_day(loan)
    refused(loan, refusals.ChangeInArrears, MethodChange(on, (Stage("level_principal"),)), "2026-09-20")
    event = make(on)
    assert queries.change_allowed(loan.pk, event, asked_on=on, policy=POLICY, tables=TABLES).ok
    still = queries.change_allowed(
        loan.pk, MethodChange(on, (Stage("level_principal"),)), asked_on=on, policy=POLICY, tables=TABLES
    )
    assert "overdue" in still.codes
    owed = loan.bills.get().principal_fen
    assert post(loan, event).total_fen == 0
    bill, position = loan.bills.get(), Position.objects.get(pk=loan.pk)
    assert (bill.state, bill.principal_fen, position.oldest_unpaid_due_on) == (
        "open",
        owed,
        date(2026, 9, 20),
    )


@pytest.mark.django_db
def test_a_window_needs_a_policy() -> None:
    loan = a_loan()
    rows = [
        row
        for row in csv_rows(path("policy_params.csv").read_text("utf-8"))
        if "periods_max" not in row["param"]
    ]
    for event in (Holiday(open_day(loan), 2), InterestOnly(open_day(loan), 2)):
        found = queries.change_allowed(
            loan.pk, event, asked_on=event.on, policy=PolicyTable.parse(rows), tables=TABLES
        )
        assert "policy_missing" in found.codes
    for event in (Holiday(open_day(loan), 13), InterestOnly(open_day(loan), 13)):
        refused(loan, refusals.ChangeNotAllowed, event, "12")


@pytest.mark.django_db
def test_another_instalment_or_end_than_accepted() -> None:  # S4-057
    loan = a_loan()
    on = open_day(loan)
    event = Extend(on, 12)
    after = queries.change_quote(loan.pk, event, tables=TABLES).after
    assert after.end_on is not None
    refused(loan, refusals.QuoteChanged, event, "每期还款", accepted_instalment_fen=after.instalment_fen + 1)
    refused(loan, refusals.QuoteChanged, event, "到期日", accepted_end_on=after.end_on + timedelta(days=1))
    post(loan, event, accepted_instalment_fen=after.instalment_fen, accepted_end_on=after.end_on)


@pytest.mark.django_db
def test_overdue_interest_is_not_capitalised_here() -> None:
    refused(loan := a_loan(), refusals.ChangeOfArrears, Capitalise(open_day(loan), 100, "arrears"))


@pytest.mark.django_db
def test_a_position_that_is_not_what_the_contract_gives() -> None:
    loan = a_loan()
    Position.objects.filter(pk=loan.pk).update(balance_fen=1)
    refused(loan, refusals.PlanDiffers, Holiday(open_day(loan), 2))


@pytest.mark.django_db
def test_another_total_than_accepted_and_too_little_money() -> None:
    loan = a_loan()
    on = open_day(loan)
    event = Prepay(on, TENTH)
    total = queries.change_quote(loan.pk, event, tables=TABLES).total_fen
    refused(loan, refusals.QuoteChanged, event, accepted_total_fen=total - 1)
    money(loan, total - 1, on)
    refused(loan, refusals.MoneyNotEnough, event)
    money(loan, 1, on)
    assert post(loan, event).total_fen == total


@pytest.mark.django_db
def test_a_settled_loan() -> None:
    loan = a_loan()
    on = open_day(loan)
    money(loan, 200_000_000, on)
    post(loan, Payoff(on))
    with pytest.raises(refusals.ChangeLoanSettled):
        operations.change_post(
            loan_id=loan.pk, event=Prepay(on, TENTH), accepted_total_fen=0, idempotency_key="x", at=at_of(on),
            actor=ACTOR, policy=POLICY, tables=TABLES,
        )  # fmt: skip


@pytest.mark.django_db
def test_the_same_key_gives_the_first_result_and_another_body_is_refused() -> None:
    loan = a_loan()
    on = open_day(loan)
    money(loan, 10 * TENTH, on)
    event = Prepay(on, TENTH)
    total = queries.change_quote(loan.pk, event, tables=TABLES).total_fen
    first = post(loan, event, idempotency_key="once", accepted_total_fen=total)
    before, told = digest.of_book(), len(journal.timeline([("loan", loan.pk)]))
    close(on)
    after = digest.of_book()
    again = post(loan, event, idempotency_key="once", accepted_total_fen=total)  # the day is closed meanwhile
    assert again == first
    assert (digest.of_book(), len(journal.timeline([("loan", loan.pk)]))) == (after, told)
    assert before
    with pytest.raises(refusals.ChangeKeyReused):
        post(loan, Prepay(on, TENTH + 1), idempotency_key="once", accepted_total_fen=total)
    adds_up(loan)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_key", [True, False])
def test_two_at_once(same_key: bool) -> None:
    """Money for one payoff: with one key both are told the same, with two keys one wins and the other is refused."""
    loan = a_loan()
    on = open_day(loan)
    total = queries.change_quote(loan.pk, Payoff(on), tables=TABLES).total_fen
    money(loan, total, on)
    gate, results = threading.Barrier(2), []

    def run(key: str) -> None:
        try:
            gate.wait(10)
            results.append(
                operations.change_post(
                    loan_id=loan.pk, event=Payoff(on), accepted_total_fen=total, idempotency_key=key, at=at_of(on),
                    actor=ACTOR, asked_on=date(2000, 1, 1), policy=POLICY, tables=TABLES,
                )
            )  # fmt: skip
        except refusals.ChangeRefused as why:
            results.append(why)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(key,)) for key in ("a", "a" if same_key else "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    lost = [each for each in results if isinstance(each, Exception)]
    assert len(results) == 2
    assert [type(each) for each in lost] == ([] if same_key else [refusals.ChangeLoanSettled])
    assert LoanChange.objects.count() == 1
    assert Bill.objects.filter(loan=loan, kind="payoff").count() == 1
    adds_up(loan)


STAGES = st.sampled_from([
    (Stage("level_payment"),),
    (Stage("interest_only", 12), Stage("level_principal")),
    (Stage("stepped", step_every=12, step_ppm=-20_000, amortise_over=200),),
])  # fmt: skip
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
FEN = st.integers(1, 10**9)
ANY_EVENT = st.one_of(
    st.builds(
        Prepay, DAYS, FEN, st.sampled_from(["reduce_payment", "shorten", "shorten_relevel"]),
        st.sampled_from(["on_prepaid", "whole_balance", "next_instalment"]), st.none() | FEN,
    ),
    st.builds(Payoff, DAYS, st.none() | FEN),
    st.builds(MethodChange, DAYS, STAGES),
    st.builds(DueDayChange, DAYS, st.integers(1, 31)),
    st.builds(Extend, DAYS, st.integers(1, 480)),
    st.builds(Holiday, DAYS, st.integers(1, 12), st.sampled_from(["capitalise", "defer", "waive"])),
    st.builds(InterestOnly, DAYS, st.integers(1, 12)),
    st.builds(RateChange, DAYS, st.integers(0, 360_000), st.sampled_from(["", "协商降息"])),
    st.builds(Capitalise, DAYS, FEN, st.sampled_from(["plan", "arrears"])),
    st.builds(Waive, DAYS, FEN),
    st.builds(AddInterest, DAYS, FEN),
    st.builds(Restructure, DAYS, STAGES, st.integers(13, 200), st.none() | st.integers(0, 360_000)),
)  # fmt: skip


@given(ANY_EVENT)
def test_every_event_comes_back_from_its_row(event: Event) -> None:
    body = json.loads(json.dumps(codec.body_of(event)))
    assert codec.event_of(codec.kind_of(event), event.on, body) == event


def test_every_type_of_event_has_a_kind() -> None:
    assert set(codec.TYPES.values()) == set(NAMES)
    assert max(map(len, codec.TYPES)) <= LoanEvent._meta.get_field("kind").max_length
