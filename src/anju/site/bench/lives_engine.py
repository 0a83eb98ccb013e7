"""Lives of the scalar fold against the engine: what fell due before the event, and everything from the first whole and plain
period after it on, principal, interest and balance of every row, many lives in one book.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from anju.core.engine.book import Book, book_of
from anju.core.engine.running import Running, plain_from, running_book, running_of
from anju.core.engine.stream import Kernel, schedules
from anju.core.schedule import Conventions, Event, Row, Terms
from anju.core.schedule.fold import trace
from anju.core.schedule.state import Loan

NUMPY_SHARE = 8
"""Of so many sets of conventions one goes through the numpy kernel, a different one in each slice."""
Amounts = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""Principal, interest and balance after, of consecutive rows."""


@dataclass(slots=True)
class Against:
    """What the comparison found: rows compared, lives that differ, lives of which nothing could be compared, by reason."""

    rows: int = 0
    differ: list[int] = field(default_factory=list)
    not_compared: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Set:
    """The lives of one set of conventions: their beginnings by terms, their tails by state, and the scalar rows of both."""

    heads: list[tuple[int, Terms, Amounts]] = field(default_factory=list)
    tails: list[tuple[int, Running, Amounts]] = field(default_factory=list)


def against(lives: Sequence[tuple[Terms, Event, tuple[Row, ...]]], turn: int) -> Against:
    """Compare lives (terms, event, all rows of the fold) with the engine; `turn` says which of them go through numpy."""
    found, sets = Against(), dict[Conventions, _Set]()
    for at, (terms, event, rows) in enumerate(lives):
        of = sets.setdefault(terms.conventions, _Set())
        head = amounts(_before(rows, event))
        if head[0]:
            of.heads.append((at, terms, head))
        tail, why = _after(terms, event, rows)
        if tail:
            of.tails.append((at, *tail))
        elif why or not head[0]:
            found.not_compared[why or "ended"] += 1
    differ = set[int]()
    for place, (rules, of) in enumerate(sets.items()):
        kernel: Kernel = "numpy" if (place + turn) % NUMPY_SHARE == 0 or not find_spec("numba") else "numba"
        for rows_in, book in _books(of, rules):
            found.rows += sum(len(scalar[0]) for _, scalar in rows_in)
            differ |= _differing(book(), kernel, rows_in)
    found.differ = sorted(differ)
    return found


def amounts(rows: Sequence[Row]) -> Amounts:
    """The money of rows, in columns."""
    return (
        tuple(row.principal_fen for row in rows),
        tuple(row.interest_fen for row in rows),
        tuple(row.balance_after_fen for row in rows),
    )


def _before(rows: Sequence[Row], event: Event) -> list[Row]:
    """The instalments up to the event's day: they come first on it."""
    return [row for row in rows if row.on <= event.on and row.kind == "instalment"]


def _after(
    terms: Terms, event: Event, rows: Sequence[Row]
) -> tuple[tuple[Running, Amounts] | None, str | None]:
    """The rest of a life from the first state on that a book can take, with its rows; else why there is none."""
    loan = Loan.of(terms, (event,))
    state = trace(terms, (event,), event.on)[1]
    if not state.left:
        return None, None  # paid off: nothing follows
    state, why = plain_from(loan, state)
    if why:
        return None, why
    since = state.seq_next
    return (running_of(loan, state), amounts([row for row in rows if row.seq >= since])), None


def _books(of: _Set, rules: Conventions) -> Iterator[tuple[list[tuple[int, Amounts]], Callable[[], Book]]]:
    if of.heads:
        terms = [each for _, each, _ in of.heads]
        yield [(at, scalar) for at, _, scalar in of.heads], lambda: book_of(terms)
    if of.tails:
        running = [each for _, each, _ in of.tails]
        yield [(at, scalar) for at, _, scalar in of.tails], lambda: running_book(running, rules)


def _differing(book: Book, kernel: Kernel, lives: Sequence[tuple[int, Amounts]]) -> set[int]:
    """Which lives have other rows in the engine: heads are the first rows of a loan, tails all of them."""
    differ = set[int]()
    for part in schedules(book, kernel=kernel):
        columns = [each.T.tolist() for each in (part.principal_fen, part.interest_fen, part.balance_fen)]
        for column, row in enumerate(part.loans.tolist()):
            at, scalar = lives[row]
            for mine, theirs in zip(scalar, columns, strict=True):
                if list(mine) != theirs[column][: len(mine)]:
                    differ.add(at)
    return differ
