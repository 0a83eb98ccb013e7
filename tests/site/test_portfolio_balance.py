"""Tape rows go on from the balance they state: prepaid, overdue, settled and changed loans, against the scalar fold."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from anju.contexts.servicing.projection.projecting import (
    FaultyRows,
    Flows,
    Projected,
    Projector,
    Scenario,
    flows,
    loan_rows,
)
from anju.contexts.servicing.projection.reading import checked
from anju.contexts.servicing.tape.values import money
from anju.core.errors import BadInput
from anju.core.money import fen_to_text
from anju.core.rates import RateStep, RateTerms, rate_path
from anju.core.schedule import (
    Event,
    Holiday,
    InterestOnly,
    MethodChange,
    Prepay,
    Row,
    Stage,
    Terms,
    position,
    schedule,
)
from anju.site.cli.portfolio import _tables

ON = date(2026, 9, 1)
TABLES = _tables(None)
START = date(2024, 1, 20)


@dataclass(frozen=True)
class Loan:
    """A contract, its events, and the row that a tape has of it at the close of ON."""

    terms: Terms
    rate: RateTerms
    events: tuple[Event, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        return schedule(self.terms, self.events)

    def coming(self) -> list[Row]:
        return [row for row in self.rows if row.on > ON]

    def cells(self, **told: Any) -> dict[str, Any]:
        """Balance, next instalment and paid periods as the fold has them, unless told otherwise."""
        terms, at = self.terms, position(self.terms, self.events, ON)
        row = {
            "loan_no": "A", "principal": fen_to_text(terms.principal_fen), "start_date": terms.start_on.isoformat(),
            "months": terms.months, "method": terms.method, "rate_type": self.rate.kind, "due_day": terms.due_day,
            "rate": "" if self.rate.kind != "fixed" else f"{terms.rate_path[0].rate_ppm / 10_000:.4f}",
            "lpr_tenor": "5y" if self.rate.kind == "lpr" else "", "spread_bp": "-30" if self.rate.kind == "lpr" else "",
            "first_due": terms.first_due, "as_of_date": ON.isoformat(), "balance": fen_to_text(at.balance_fen),
            "next_instalment": fen_to_text(at.next_amount_fen), "paid_periods": at.next_seq - 1, "days_past_due": "",
        }  # fmt: skip
        return {name: str(value) for name, value in (row | told).items()}


def loan(method: str = "level_payment", months: int = 120, *events: Event, **more: Any) -> Loan:
    """500,000 yuan at 3.5 % or at an LPR rate since START."""
    rate = more.pop("rate", None) or RateTerms("fixed", fixed_ppm=35_000)
    start = more.pop("start", START)
    path = rate_path(rate, start, months, TABLES, date(2070, 1, 1), allow_missing=True)
    if rate.kind == "fixed":
        path = (RateStep(start, rate.fixed_ppm or 0, "", "", ""),)
    shape = {"due_day": 20, "first_due": "next_month"} | more
    return Loan(
        Terms(50_000_000, months, method, start, shape["due_day"], shape["first_due"], path),
        rate,
        events,  # type: ignore[arg-type]
    )


def projected(rows: Sequence[dict[str, str]], **scenario: Any) -> Projected:
    batch = pa.RecordBatch.from_pylist(list(rows))
    return Projector(Scenario(ON, TABLES, kernel="numpy", **scenario)).batch(batch)


def months_of(rows: Sequence[Row]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in rows:
        month = found.setdefault(row.on.isoformat()[:7], [0, 0])
        month[0] += row.principal_fen
        month[1] += row.interest_fen
    return found


def flows_of(rows: Sequence[dict[str, str]], **scenario: Any) -> Flows:
    total = Flows.after(ON)
    for part in flows(
        Scenario(ON, TABLES, kernel="numpy", **scenario), [pa.RecordBatch.from_pylist(list(rows))]
    ):
        total.add(part)
    return total


def told(total: Flows) -> dict[str, list[int]]:
    return {month: [p, i] for month, p, i, _ in total.by_month()}


DUE, INSIDE = date(2026, 8, 20), date(2026, 8, 29)
LPR = RateTerms("lpr", tenor="5y", spread_bp=-30)
PREPAID = [
    loan(method, months, Prepay(day, 10_012_345, then), rate=rate)  # type: ignore[arg-type]
    for method, months, rate in (
        ("level_payment", 120, None),
        ("level_principal", 240, None),
        ("level_payment", 360, LPR),
    )
    for then in ("reduce_payment", "shorten", "shorten_relevel")
    for day in (DUE, INSIDE, date(2025, 3, 1), START + timedelta(days=8))
]


@pytest.mark.parametrize(
    "of", PREPAID, ids=lambda of: f"{of.terms.method}-{of.rate.kind}-{of.events[0].then}-{of.events[0].on}"
)
def test_a_prepaid_loan_goes_on_as_its_fold(of: Loan) -> None:  # S4-006
    total = flows_of([of.cells()])
    assert told(total) == months_of(of.coming())
    assert total.beginning == {"continued": 1, "past_due_principal_fen": 0, "past_due_interest_fen": 0}
    assert total.balance_fen == position(of.terms, of.events, ON).balance_fen


@pytest.mark.parametrize("then", ["reduce_payment", "shorten_relevel"])
@pytest.mark.parametrize("method", ["level_payment", "level_principal"])
def test_without_a_next_instalment_it_is_levelled_over_what_is_left(method: str, then: str) -> None:
    of = loan(method, 120, Prepay(DUE, 10_000_000, then))  # type: ignore[arg-type]
    total = flows_of([of.cells(next_instalment="")])
    expected = loan(method, 120, Prepay(DUE, 10_000_000)).coming()
    assert told(total) == months_of(expected)


@pytest.mark.parametrize("then", ["reduce_payment", "shorten"])
@pytest.mark.parametrize("method", ["level_payment", "level_principal"])
@pytest.mark.parametrize("shift_bp", [0, 50, -100])
def test_a_moved_market_leaves_the_next_principal_as_the_tape_knows_it(
    method: str, then: str, shift_bp: int
) -> None:
    """Repricing on 10 September, inside the coming period: its interest moves by days, its principal does not."""
    rate = RateTerms("lpr", tenor="5y", spread_bp=-30, repricing="anniversary")
    prepaid = Prepay(DUE, 10_012_345, then)  # type: ignore[arg-type]
    of = loan(method, 240, prepaid, rate=rate, start=date(2024, 9, 10))
    moved = tuple(
        replace(step, rate_ppm=step.rate_ppm + shift_bp * 100 * (step.effective_on > ON))
        for step in of.terms.rate_path
    )
    expected = replace(of, terms=replace(of.terms, rate_path=moved)).coming()
    assert told(flows_of([of.cells(repricing="anniversary")], shift_bp=shift_bp)) == months_of(expected)


def _random(rnd: random.Random) -> Loan:
    """Prepaid once or twice, on any day, fixed or LPR, with a stub or not."""
    start = date(2020, 1, 1) + timedelta(days=rnd.randrange(2_200))
    months = rnd.randrange(90, 361)
    shape = {"due_day": rnd.randrange(1, 32), "first_due": rnd.choice(("next_month", "first_due_day"))}
    rate = rnd.choice((LPR, RateTerms("fixed", fixed_ppm=rnd.choice((0, rnd.randrange(100, 600) * 100)))))
    events = tuple(
        Prepay(
            start + timedelta(days=rnd.randrange(1, max((ON - start).days, 2))), rnd.randrange(1, 20_000_000),
            rnd.choice(("reduce_payment", "shorten", "shorten_relevel")),
        )
        for _ in range(rnd.randrange(1, 3))
    )  # fmt: skip
    return loan(
        rnd.choice(("level_payment", "level_principal")), months, *events, rate=rate, start=start, **shape
    )


def test_any_prepaid_loan_goes_on_as_its_fold() -> None:  # S4-006, S4-008
    """A rest of a last instalment that is no more than rounding may leave is paid with the one before: that alone differs."""
    rnd, drawn = random.Random(5), list[Loan]()
    while len(drawn) < 150:
        try:
            each = _random(rnd)
            left = each.coming()
        except BadInput:
            continue
        if len(left) > 1:
            drawn.append(each)
    made = projected([each.cells() for each in drawn], by="loan")
    assert made.beginning[0].all()
    rests = 0
    for at, each in enumerate(drawn):
        left = each.coming()
        assert made.digest.balance_fen[at] == position(each.terms, each.events, ON).balance_fen
        interest = sum(row.interest_fen for row in left)
        if made.digest.interest_fen[at] != interest:
            rests += 1
            assert left[-1].amount_fen < 1_000, each
            assert abs(made.digest.interest_fen[at] - interest) <= 10, each
        else:
            assert made.digest.last_fen[at] == left[-1].amount_fen, each
    assert rests <= 3


ARREARS = [
    {"paid_periods": "28", "days_past_due": ""},
    {"paid_periods": "", "days_past_due": "74"},
    {"paid_periods": "28", "days_past_due": "3"},
]


@pytest.mark.parametrize("said", ARREARS)
@pytest.mark.parametrize("method", ["level_payment", "level_principal"])
def test_arrears_are_told_apart_and_the_contract_goes_on(method: str, said: dict[str, str]) -> None:
    """Instalments 29 (20 June) to 31 are unpaid: in the tape's balance, not in the flows."""
    of = loan(method)
    unpaid = of.rows[28:31]
    assert unpaid[0].on == ON - timedelta(days=73)
    total = flows_of([of.cells(balance=fen_to_text(of.rows[27].balance_after_fen), **said)])
    assert told(total) == months_of(of.coming())
    assert total.beginning == {
        "continued": 0,
        "past_due_principal_fen": sum(row.principal_fen for row in unpaid),
        "past_due_interest_fen": sum(row.interest_fen for row in unpaid),
    }
    assert total.balance_fen + total.beginning["past_due_principal_fen"] == of.rows[27].balance_after_fen


@pytest.mark.parametrize("then", ["reduce_payment", "shorten"])
@pytest.mark.parametrize("method", ["level_payment", "level_principal"])
def test_a_prepaid_loan_in_arrears(method: str, then: str) -> None:
    of = loan(method, 120, Prepay(date(2026, 3, 20), 10_000_000, then))  # type: ignore[arg-type]
    rows = [row for row in of.rows if row.kind == "instalment"]
    balance, next_one = rows[28].balance_after_fen, rows[31].amount_fen
    cells = of.cells(balance=fen_to_text(balance), next_instalment=fen_to_text(next_one), paid_periods="29")
    total = flows_of([cells])
    found, expected = told(total), months_of(of.coming())
    assert list(found) == list(expected)
    assert all(
        abs(a - b) <= 2
        for month in list(found)[:-1]
        for a, b in zip(found[month], expected[month], strict=True)
    )
    assert total.balance_fen + total.beginning["past_due_principal_fen"] == balance
    assert abs(total.beginning["past_due_interest_fen"] - sum(row.interest_fen for row in rows[29:31])) <= 2


def test_a_changed_plan_keeps_its_next_instalment_and_is_levelled_after_it() -> None:
    """Interest only for a time; interest settled in the middle of the period; a holiday before: nothing is past due."""
    window = loan("level_payment", 120, InterestOnly(DUE, 6))
    held = loan(
        "level_payment",
        120,
        InterestOnly(date(2025, 8, 20), 12),
        MethodChange(DUE, (Stage("level_payment"),)),
    )
    paused = loan("level_payment", 120, Holiday(date(2026, 2, 20), 3))
    settled = loan("level_payment", 120, Prepay(INSIDE, 10_000_000, "reduce_payment", "whole_balance"))
    for of in (held, paused):  # above the contract's balance, but what is told pays it in time
        assert told(flows_of([of.cells()])) == months_of(of.coming())
    for of in (window, settled):
        # the balance of the window is the contract's own: another makes it go on from there
        row = (
            of.cells()
            if of is settled
            else of.cells(balance=fen_to_text(position(of.terms, (), ON).balance_fen - 1))
        )
        total = flows_of([row])
        found = list(told(total).values())
        assert abs(sum(found[0]) - of.coming()[0].amount_fen) <= 1
        assert len(found) == 89
        assert max(map(sum, found[1:])) - min(map(sum, found[1:])) <= 100
        assert total.beginning["continued"] == 1


def test_nothing_is_due_any_more_of_a_settled_loan() -> None:
    of, other = loan(), loan("level_principal")
    total = flows_of([of.cells(balance="0", next_instalment=""), other.cells()])
    assert told(total) == months_of(other.coming())
    assert (total.loans, total.beginning["continued"]) == (2, 0)
    made = loan_rows(projected([of.cells(balance="0.00", next_instalment="0")], by="loan")).to_pylist()
    assert [
        made[0][name] for name in ("balance_fen", "interest_fen", "last_instalment_fen", "fen_months")
    ] == [0] * 4


def test_contract_alone_if_wanted_or_if_the_day_is_another() -> None:
    of = loan("level_payment", 120, Prepay(INSIDE, 10_000_000))
    contract = months_of(loan().coming())
    assert told(flows_of([of.cells(balance="nonsense")], source="contract")) == contract
    earlier = of.cells(as_of_date="2026-08-31")
    assert told(flows_of([earlier], any_as_of=True)) == contract
    assert told(flows_of([of.cells(balance="")])) == contract
    undated = of.cells(as_of_date="")
    assert told(flows_of([undated])) == months_of(of.coming())


def test_a_matured_loan_that_is_overdue_is_past_due_as_a_whole() -> None:
    of = loan("level_payment", 30)
    balance = of.rows[27].balance_after_fen
    total = flows_of([of.cells(balance=fen_to_text(balance - 5), next_instalment="", paid_periods="28")])
    assert told(total) == {}
    assert (total.balance_fen, total.beginning["past_due_principal_fen"]) == (0, balance - 5)


WRONG = [
    ({"balance": "500000.01"}, "balance", "above the principal"),
    (
        {"balance": "1", "months": "30", "paid_periods": "", "next_instalment": ""},
        "balance",
        "contract has ended",
    ),
    ({"paid_periods": "32"}, "paid_periods", "more periods are paid"),
    ({"balance": "0"}, "next_instalment", "no instalment can follow"),
    ({"balance": "300000", "next_instalment": "0"}, "next_instalment", "payment holiday"),
    ({"balance": "300000", "next_instalment": "302000"}, "next_instalment", "above the balance"),
    ({"balance": "-1"}, "balance", ""),
    ({"days_past_due": "20001"}, "days_past_due", ""),
]


@pytest.mark.parametrize(("cells", "column", "why"), WRONG)
def test_what_cannot_be_is_a_fault_of_its_row(cells: dict[str, str], column: str, why: str) -> None:
    good, bad = loan("level_principal").cells(), loan().cells(**cells)
    with pytest.raises(FaultyRows) as refused:
        projected([good, bad])
    fault = refused.value.faults[0]
    assert (fault.row, fault.column, why in fault.en) == (3, column, True)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in fault.zh)
    made = projected([good, bad, good], skip_bad=True, by="loan")
    assert (made.left_out, made.loan_no.to_pylist(), len(made.digest.balance_fen)) == (1, ["A", "A"], 2)
    assert told(flows_of([good, bad], skip_bad=True)) == told(flows_of([good]))


def test_kernels_and_batches_tell_the_same() -> None:
    rows = [each.cells() for each in PREPAID] + [loan().cells(balance="1000", next_instalment="")] * 3
    whole = flows_of(rows)
    total = Flows.after(ON)
    parts = [pa.RecordBatch.from_pylist(rows[at : at + 7]) for at in range(0, len(rows), 7)]
    for part in flows(Scenario(ON, TABLES, kernel="numba"), parts):
        total.add(part)
    assert total.by_month() == whole.by_month()
    assert total.beginning == whole.beginning
    assert np.array_equal(total.principal_fen, whole.principal_fen)


AMOUNTS = (
    "0",
    "0.1",
    "12.30",
    "7",
    "1000",
    "999999999.99",
    "123456789.01",
    "1,000.50",
    "¥5.5",
    " 8.25 ",
    "88元",
    "0.00",
)


def test_amounts_are_read_the_same_all_at_once_or_one_by_one() -> None:
    """Plain digits go the short way, anything else the way of the import."""
    cells = [loan().cells(balance=each, principal="999999999.99", next_instalment="") for each in AMOUNTS]
    found = checked(pa.RecordBatch.from_pylist(cells), ON, stated=True)
    assert found.values["balance"].tolist() == [money("balance", each, zero=True) for each in AMOUNTS]
    assert set(found.values["principal"].tolist()) == {99_999_999_999}
    for bad in ("1.234", "1e5", "-1", "1000000000.01", "0x1"):
        found = checked(pa.RecordBatch.from_pylist([loan().cells(balance=bad)]), ON, stated=True)
        assert [fault.column for fault in found.faults] == ["balance"], bad
