"""Other frequencies, stubs, units, fixed instalments, prepayment kinds and fortnightly loans against the oracle."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from anju.core.engine.book import book_of
from anju.core.schedule import Conventions, Prepay, Stage, Terms, schedule, totals
from anju.core.schedule.due import DueRule, due_on

from ..data import steps
from .against import engine_rows
from .reference_more import EVERY, Contract, Posted, Prepaid, fortnightly, life

CHOICES: dict[str, list[Any]] = {
    "method": ["level_payment", "level_payment", "level_principal"],
    "frequency": list(EVERY),
    "rounding": ["half_up", "half_even", "down"],
    "year": [360, 365, "actual", "30/360"],
    "daily": [False, True],
    "levelling": ["nominal", "dates"],
    "months_days": [False, True],
    "kept": [False, True],
    "stub": ["with_first", "separate", "at_payout"],
    "unit": [1, 10, 100],
    "unit_rounding": ["half_up", "half_even", "down", "up"],
}


def drawn(rnd: random.Random, *, later: bool = True) -> Contract:
    given = {name: rnd.choice(choice) for name, choice in CHOICES.items()}
    given["months_days"] &= not given["daily"]
    every, start = EVERY[given["frequency"]], date(2001, 1, 1) + timedelta(days=rnd.randrange(9_000))
    day = rnd.choice([start.day, rnd.randrange(1, 32)])
    rule = DueRule(start, day, rnd.choice(["next_month", "first_due_day"]), None, every)
    first = due_on(rule, rnd.choice([1, 1, 2]) if later and every == 1 else 1)
    principal = rnd.choice([rnd.randrange(1, 10**6), rnd.randrange(10**6, 10**11)])
    rate = rnd.choice([0, 35_000, rnd.randrange(240_000)])
    return Contract(
        principal, every * rnd.randrange(1, min(480 // every, 36) + 1), start, first, day, rate, **given
    )


def terms_of(contract: Contract, frequency: str | None = None) -> Terms:
    rules = Conventions(
        rounding=contract.rounding,  # type: ignore[arg-type]
        whole_period="daily" if contract.daily else "monthly",
        year_days=contract.year,  # type: ignore[arg-type]
        frequency=frequency or contract.frequency,  # type: ignore[arg-type]
        levelling=contract.levelling,  # type: ignore[arg-type]
        broken_time="months_days" if contract.months_days else "days",
        broken_instalment="kept" if contract.kept else "regular",
        stub=contract.stub,  # type: ignore[arg-type]
        instalment_unit_fen=contract.unit,
        instalment_rounding=contract.unit_rounding,  # type: ignore[arg-type]
    )
    stages = (Stage(contract.method, instalment_fen=contract.fixed),)  # type: ignore[arg-type]
    return Terms(
        contract.principal, contract.months, contract.method, contract.start, contract.due_day, "next_month",  # type: ignore[arg-type]
        steps((contract.start, contract.rate)), () if contract.fixed is None else stages, rules,
        first_due_on=None if frequency else contract.first,
    )  # fmt: skip


def posted(terms: Terms, prepaid: Prepaid | None = None) -> list[Posted]:
    events = [Prepay(prepaid.on, prepaid.amount, prepaid.then, prepaid.interest)] if prepaid else []  # type: ignore[arg-type]
    found = schedule(terms, events)
    sums = totals(terms, events)
    assert sums.interest_fen == sum(row.interest_fen for row in found)
    assert sums.principal_fen == terms.principal_fen
    return [(row.on, row.kind, row.principal_fen, row.interest_fen, row.balance_after_fen) for row in found]


def test_conventions() -> None:  # S4-006, S4-008
    rnd = random.Random(71)
    for _ in range(160):
        contract = drawn(rnd)
        assert posted(terms_of(contract)) == life(contract), contract


@pytest.mark.parametrize("then", ["reduce_payment", "shorten", "shorten_relevel"])
@pytest.mark.parametrize("interest", ["on_prepaid", "whole_balance", "next_instalment"])
def test_prepayments(then: str, interest: str) -> None:  # S4-054, S4-057
    rnd = random.Random(f"{then} {interest}")
    compared = 0
    while compared < 10:
        contract = replace(
            drawn(rnd, later=False), stub="with_first", unit=1, unit_rounding="half_up", levelling="nominal"
        )
        if contract.principal < 10**6 or contract.rate == 0:
            continue
        on = contract.start + timedelta(days=rnd.randrange(1, 31 * contract.months))
        amount = rnd.randrange(1, contract.principal)
        before = [row for row in life(contract) if row[0] <= on]
        if (before[-1][4] if before else contract.principal) <= amount or (before and before[-1][0] == on):
            continue
        contract = replace(contract, prepaid=Prepaid(on, amount, then, interest))
        assert posted(terms_of(contract), contract.prepaid) == life(contract), contract
        compared += 1


def test_instalment_fixed_by_the_lender() -> None:
    rnd = random.Random(73)
    for _ in range(40):
        contract = replace(
            drawn(rnd), principal=rnd.randrange(10**6, 10**10), daily=False, unit=1, unit_rounding="half_up"
        )
        whole = contract.principal * contract.rate * EVERY[contract.frequency] // 12_000_000
        part = contract.principal * EVERY[contract.frequency] // contract.months
        contract = replace(
            contract,
            fixed=1 + part * rnd.randrange(1, 20) // 10 + whole * (contract.method == "level_payment"),
        )
        assert posted(terms_of(contract)) == life(contract), contract


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_engine_takes_an_instalment_fixed_by_the_lender(kernel: str) -> None:  # S4-006
    """Rows until the loan is paid; the engine has zeros after them."""
    rnd = random.Random(74)
    for _ in range(24):
        drawn_one = drawn(rnd)
        rounding, start, day = drawn_one.rounding, drawn_one.start, drawn_one.due_day
        contract = replace(
            drawn_one, principal=rnd.randrange(10**6, 10**10), frequency="monthly", levelling="nominal", kept=False,
            months_days=False, stub="with_first", unit=1, unit_rounding=rounding, first=due_on(DueRule(start, day), 1),
        )  # fmt: skip
        whole = contract.principal * contract.rate // 11_000_000
        part = contract.principal // contract.months
        fixed = 1 + part * rnd.randrange(1, 20) // 10 + whole * (contract.method == "level_payment")
        contract = replace(contract, fixed=fixed)
        terms = replace(terms_of(contract), first_due_on=None)
        terms = replace(terms, conventions=replace(terms.conventions, instalment_rounding=None))
        expected = [row[2:] for row in life(contract)]
        (found,) = engine_rows(book_of([terms]), kernel).values()  # type: ignore[arg-type]
        assert found == expected + [(0, 0, 0)] * (contract.months - len(expected)), contract


@pytest.mark.parametrize("year", [360, 365, "actual"])
@pytest.mark.parametrize("method", ["level_payment", "level_principal"])
def test_fortnightly(year: object, method: str) -> None:
    rnd = random.Random(f"{year} {method}")
    for _ in range(6):
        start = date(2001, 1, 1) + timedelta(days=rnd.randrange(9_000))
        first = date(start.year + (start.month == 12), start.month % 12 + 1, min(start.day, 28))
        contract = Contract(
            rnd.randrange(10**6, 10**10), rnd.randrange(1, 60), start, first, start.day, rnd.randrange(150_000), method,
            rounding=rnd.choice(["half_up", "half_even", "down"]), unit_rounding="half_up", year=year,
        )  # fmt: skip
        contract = replace(contract, unit_rounding=contract.rounding)
        terms = replace(
            terms_of(contract, "fortnightly"),
            conventions=Conventions(contract.rounding, year_days=year, frequency="fortnightly"),  # type: ignore[arg-type]
        )
        assert posted(terms) == fortnightly(contract), contract


def test_engine_says_what_it_does_not_compute() -> None:
    start = date(2026, 3, 10)
    for refused in (
        {"frequency": "quarterly"}, {"levelling": "dates"}, {"broken_time": "months_days"},
        {"broken_instalment": "kept"}, {"stub": "separate"}, {"instalment_unit_fen": 100}, {"instalment_rounding": "up"},
    ):  # fmt: skip
        terms = Terms.fixed(100_000_000, 35_000, 360, start, conventions=Conventions(**refused))  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="the engine computes"):
            book_of([terms])
    for terms in (
        Terms.fixed(100_000_000, 35_000, 360, start, first_due_on=date(2026, 5, 10)),
        Terms.fixed(  # the first stage may be fixed: `test_engine_takes_an_instalment_fixed_by_the_lender`
            100_000_000,
            35_000,
            360,
            start,
            stages=(Stage("interest_only", 12), Stage("level_payment", instalment_fen=450_000)),
        ),
    ):
        with pytest.raises(ValueError, match="the engine computes"):
            book_of([terms])
