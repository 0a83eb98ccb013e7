"""What happens to each loan, period by period, with dates and rate tables already worked out.

A kernel that has a `Course` needs neither calendar nor rate path: it multiplies, divides and obeys events. Periods
count from 0; period t ends with instalment t + 1.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anju.core.engine.basis import Basis
from anju.core.engine.book import Book
from anju.core.engine.calendar import DueColumns, due_ordinals, month_end_days
from anju.core.engine.columns import LoanColumns, rate_steps, rates_on, within
from anju.core.money import PPM_MAX

Ints = NDArray[np.int64]

BROKEN, RATE, STAGE, INSTALMENT = 0, 1, 2, 3
"""Events of a period, in the order in which they are obeyed. BROKEN: its interest counts `value` (rate x weight of the
days) instead of a whole period. RATE: from this period on the rate is `value`. STAGE: from this period on the method
is `value`, amortised until period `extra`. INSTALMENT: from this period on the instalment (of level principal its
principal part) is `value`, with no residue, until a rate or a stage fixes it anew."""

_PERIODS = 1024


@dataclass(frozen=True, slots=True)
class Course:
    """Loans by number of instalments, falling; `rows[i]` is the place of loan i in the book.

    `until`: the period before which the first stage would be amortised. Events of loan i:
    `event_first[i]` to `event_first[i + 1]`, by period. `first_month`: month index (`calendar`) of instalment 1.
    """

    rows: Ints
    principal: Ints
    months: Ints
    rate: Ints
    method: Ints
    until: Ints
    first_month: Ints
    due_day: Ints
    event_first: Ints
    event_period: Ints
    event_kind: Ints
    event_value: Ints
    event_extra: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, places: Ints) -> "Course":
        """The loans at these places (rising)."""
        counts = np.diff(self.event_first)[places]
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        at = np.arange(int(first[-1]), dtype=np.int64) + np.repeat(
            self.event_first[places] - first[:-1], counts
        )
        return self._of(places, first, at)

    def part(self, begin: int, end: int) -> "Course":
        """The loans at places begin to end, as views."""
        low, high = int(self.event_first[begin]), int(self.event_first[end])
        return self._of(slice(begin, end), self.event_first[begin : end + 1] - low, slice(low, high))

    def _of(self, places: Ints | slice, event_first: Ints, events: Ints | slice) -> "Course":
        return Course(
            self.rows[places],
            self.principal[places],
            self.months[places],
            self.rate[places],
            self.method[places],
            self.until[places],
            self.first_month[places],
            self.due_day[places],
            event_first,
            self.event_period[events],
            self.event_kind[events],
            self.event_value[events],
            self.event_extra[events],
        )

    @property
    def periods(self) -> int:
        """Instalments of the longest loan."""
        return int(self.months[0]) if len(self.months) else 0


def course_of(book: Book, rows: Ints) -> Course:
    """The course of the loans at these rows. Raises ValueError for rates outside 0 .. 36 % and misfitting stages."""
    month = book.loans.dues.take(rows).first_month()
    order = _by_length(book.loans.months[rows], month)
    rows, month = rows[order], month[order]
    loans, paths, plan = book.loans.take(rows), book.paths, book.plan[rows]
    rate = rates_on(loans, paths, loans.start)
    within("rate", rate, 0, PPM_MAX)
    stage = book.plans.first[plan]
    over = book.plans.over[stage]
    events = [_stage_events(book, plan, loans.months)] if book.has_stages else []
    events += _rate_events(book, loans, rate)
    if book.instalment is not None:
        events.append(_instalment_events(book.instalment[rows]))
    row, period, kind, value, extra = (np.concatenate(column) for column in zip(*events, strict=True))
    order = np.argsort((row * _PERIODS + period) * 4 + kind, kind="stable")
    return Course(
        rows,
        loans.principal_fen,
        loans.months,
        rate,
        book.plans.method[stage],
        np.where(over == 0, loans.months, over),
        month,
        loans.due_day,
        np.searchsorted(row[order], np.arange(len(rows) + 1), side="left"),
        *(column[order] for column in (period, kind, value, extra)),
    )


def _by_length(length: Ints, month: Ints) -> Ints:
    """Order by number of instalments, falling, and by first due month, so that neighbours run alike."""
    order = np.argsort(month.astype(np.int16), kind="stable")
    months = -length.astype(np.int16)
    both: Ints = order[np.argsort(months[order], kind="stable")]
    return both


Events = tuple[Ints, Ints, Ints, Ints, Ints]
"""Columns row, period, kind, value, extra."""


def _stage_events(book: Book, plan: Ints, months: Ints) -> Events:
    """Beginnings of the second and later stages."""
    plans = book.plans
    counts = plans.first[plan + 1] - plans.first[plan]
    row = np.repeat(np.arange(len(plan), dtype=np.int64), counts)
    at = np.arange(len(row), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
    stage = plans.first[plan][row] + at
    behind = np.cumsum(plans.periods) - plans.periods
    start = behind[stage] - behind[plans.first[plan]][row]
    if len(row) and bool((start >= months[row]).any()):
        raise ValueError("the stages of a loan have more instalments than the loan")
    later = at > 0
    row, start, stage = row[later], start[later], stage[later]
    over = plans.over[stage]
    until = np.where(over == 0, months[row], start + over)
    return row, start, np.full_like(row, STAGE), plans.method[stage], until


def _instalment_events(instalment: Ints) -> Events:
    """Instalments that are fixed when the loan begins."""
    row = np.flatnonzero(instalment)
    zero = np.zeros_like(row)
    return row, zero, np.full_like(row, INSTALMENT), instalment[row], zero


def _rate_events(book: Book, loans: LoanColumns, rate: Ints) -> list[Events]:
    """Rate changes, and the periods whose interest counts days because of one or of a first stub."""
    dues, basis = loans.dues, book.basis
    row, effective, after = rate_steps(loans, book.paths)
    after = after + loans.offset_ppm[row]
    before = np.concatenate([after[:1], after[:-1]])
    later = effective > loans.start[row]
    row, effective, after, before = row[later], effective[later], after[later], before[later]
    within("rate", after, 0, PPM_MAX)
    ending = dues.take(row).period_ending_on_or_after(effective)
    known = ending <= loans.months[row]
    row, effective, after, before, ending = (
        column[known] for column in (row, effective, after, before, ending)
    )
    changes = _last_of_each(row, ending, after, loans.months)
    stub = np.flatnonzero(~dues.first_period_is_whole())
    inside = effective < due_ordinals(dues.take(row), ending)
    first = np.ones(len(stub), dtype=np.int64)
    broken = _broken(
        dues,
        basis,
        np.concatenate([stub, row[inside]]),
        np.concatenate([first, ending[inside]]),
        np.concatenate([loans.start[stub], effective[inside]]),
        np.concatenate([rate[stub], before[inside]]),
        np.concatenate([rate[stub], after[inside]]),
    )
    return [broken, changes]


def _last_of_each(row: Ints, ending: Ints, after: Ints, months: Ints) -> Events:
    """Of several changes in one period the last one counts, from the period after it."""
    last = np.ones(len(row), dtype=np.bool_)
    last[:-1] = (row[1:] != row[:-1]) | (ending[1:] != ending[:-1])
    last &= ending < months[row]
    row, ending, after = row[last], ending[last], after[last]
    return row, ending, np.full_like(row, RATE), after, np.zeros_like(row)


def _broken(
    dues: DueColumns, basis: Basis, row: Ints, ending: Ints, day: Ints, before: Ints, after: Ints
) -> Events:
    """Rate x weight of each broken period: the first rate for all of it, and each change for what is left of it."""
    order = np.argsort(row * _PERIODS + ending, kind="stable")
    row, ending, day, before, after = (column[order] for column in (row, ending, day, before, after))
    begins = np.ones(len(row), dtype=np.bool_)
    begins[1:] = (row[1:] != row[:-1]) | (ending[1:] != ending[:-1])
    group = np.flatnonzero(begins)
    of = dues.take(row)
    end = basis.weight_until(due_ordinals(of, ending))
    start = basis.weight_until(due_ordinals(of, ending - 1))
    weight = (after - before) * (end - basis.weight_until(day))
    weight[group] += (before * (end - start))[group]
    total = np.add.reduceat(weight, group) if len(group) else weight
    row, ending = row[group], ending[group]
    return row, ending - 1, np.full_like(row, BROKEN), total, np.zeros_like(row)


@lru_cache(maxsize=4)
def due_weights(basis: Basis) -> Ints:
    """Weight of all days before the due day: one row a month of `calendar`, one column a due day 0 .. 31."""
    days = month_end_days(np.arange(32, dtype=np.int64))
    weights: Ints = basis.weight_until(days)
    return weights
