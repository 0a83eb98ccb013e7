"""Loans of a book that begin with an instalment already fixed: rows and digests are those of the scalar fold."""

import random
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from anju.core.engine.book import Book, book_of, plain_book
from anju.core.engine.digest import Digest, digest, sensitivity
from anju.core.engine.stages import StagePlans
from anju.core.schedule import Conventions, Stage, Terms, schedule

from .data import steps
from .oracle.against import engine_rows

KERNELS = ["numpy", "numba"]
START = date(2026, 1, 20)


def fixed_by_lender(rnd: random.Random, conventions: Conventions) -> Terms:
    """A loan whose lender fixed an instalment: too low, about right, or so high that the loan ends early."""
    months = rnd.randrange(1, 60)
    principal = rnd.randrange(1_000_000, 100_000_000)
    method = rnd.choice(("level_payment", "level_principal"))
    rates = [(START, rnd.randrange(0, 80_000))]
    rates += [(date(2026, 2, 1 + at), rnd.randrange(0, 80_000)) for at in range(rnd.randrange(2))]
    rates += [(date(2027, 3, 20), rnd.randrange(0, 80_000))] * rnd.randrange(2)
    interest = principal * max(rate for _, rate in rates) // 11_000_000 + 1
    least = interest if method == "level_payment" else 0
    fen = least + rnd.randrange(1, 3 * principal // months)
    later = (Stage("interest_only", rnd.randrange(1, 5)), Stage("level_payment"))[rnd.randrange(2) :]
    stages = (Stage(method, rnd.randrange(1, months - 5), instalment_fen=fen), *later) if months > 20 else ()
    stages = stages or (Stage(method, instalment_fen=fen),)
    return Terms(
        principal, months, method, START, rnd.randrange(1, 32), rnd.choice(("next_month", "first_due_day")),
        steps(*rates), stages, conventions,
    )  # fmt: skip


def tail(terms: Terms) -> list[tuple[int, int, int]]:
    """Rows of the scalar fold, zeros after an early end."""
    rows = [(row.principal_fen, row.interest_fen, row.balance_after_fen) for row in schedule(terms)]
    return rows + [(0, 0, 0)] * (terms.months - len(rows))


@pytest.mark.parametrize("kernel", KERNELS)
def test_an_instalment_fixed_by_the_lender(kernel: str) -> None:  # S4-006, S4-008
    rnd = random.Random(31)
    for at in range(30):
        rules = Conventions(
            rounding=rnd.choice(("half_up", "half_even", "down")),
            residue=rnd.choice(("last", "first")),
            whole_period=rnd.choice(("monthly", "daily")),
            year_days=rnd.choice((360, 365, "actual", "30/360")),
        )
        terms = [fixed_by_lender(rnd, rules if at % 3 else Conventions()) for _ in range(12)]
        found = engine_rows(book_of(terms), kernel)  # type: ignore[arg-type]
        for row, each in enumerate(terms):
            assert found[row] == tail(each), each


def test_digests_of_running_instalments_are_equal_and_end_with_the_loan() -> None:
    rnd = random.Random(32)
    terms = [fixed_by_lender(rnd, Conventions()) for _ in range(400)]
    some = book_of(terms)
    for on in (None, date(2027, 5, 1)):
        one, two = (digest(some, on=on, months=80, kernel=kernel) for kernel in ("numpy", "numba"))  # type: ignore[arg-type]
        for name in Digest.__slots__:
            assert np.array_equal(getattr(one, name), getattr(two, name)), name
    assert one.last_fen.tolist() == [schedule(each)[-1].amount_fen for each in terms]
    part = some.take(np.array([3, 1]))
    assert digest(part, kernel="numpy").interest_fen.tolist() == [
        sum(row.interest_fen for row in schedule(terms[at])) for at in (3, 1)
    ]


def test_a_moved_rate_levels_running_payments_and_keeps_principal_parts() -> None:
    """As the fold does at a new rate; not moved, the running instalment stays."""
    for level, fen in ((True, 480_000), (False, 300_000)):
        some = plain_book(np.array([100_000_000]), np.array([360]), np.array([35_000]), level=level)
        running = replace(some, instalment=np.array([fen]))
        moved = sensitivity(running, [0, 25], kernel="numpy")
        assert moved[0].interest_fen.tolist() == digest(running, kernel="numpy").interest_fen.tolist()
        there = some if level else running
        loans = replace(there.loans, offset_ppm=there.loans.offset_ppm + 2_500)
        expected = digest(replace(there, loans=loans), kernel="numpy")
        assert moved[25].interest_fen.tolist() == expected.interest_fen.tolist()


def test_what_cannot_be_an_instalment_is_refused() -> None:
    some = plain_book(np.array([100_000_000]), np.array([360]), np.array([35_000]))
    with pytest.raises(ValueError, match="instalment"):
        replace(some, instalment=np.array([-1]))
    with pytest.raises(ValueError, match="length"):
        replace(some, instalment=np.array([1, 2]))
    window = StagePlans.of([[("interest_only", 3, None), ("level_payment", None, None)]])
    with pytest.raises(ValueError, match="level principal only"):
        Book(some.loans, some.paths, some.plan, window, instalment=np.array([1]))
    low = Terms.fixed(
        100_000_000, 35_000, 360, START, stages=(Stage("level_payment", instalment_fen=290_000),)
    )
    with pytest.raises(ValueError, match="interest of a period"):
        book_of([low])
    later = (Stage("level_payment", 12), Stage("level_payment", instalment_fen=500_000))
    with pytest.raises(ValueError, match="first stage only"):
        book_of([Terms.fixed(100_000_000, 35_000, 360, START, stages=later)])
