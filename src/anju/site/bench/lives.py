"""Random lives, one event type after the other: a quote posts the same fen, and every life adds up.

Needs no database. ``scale`` 1 is 100,000 lives a type. Not a race: the figures are how many lives broke a rule, and the
time a life costs.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from itertools import pairwise

from anju.core.errors import BadInput
from anju.core.rates import RateStep
from anju.core.schedule import (
    Capitalise,
    Conventions,
    DueDayChange,
    Event,
    Extend,
    Holiday,
    InterestOnly,
    Method,
    MethodChange,
    Payoff,
    Prepay,
    RateChange,
    Restructure,
    Row,
    Stage,
    Terms,
    Waive,
    position,
    post,
    quote,
    schedule,
)
from anju.site.bench.measure import Figure, Result, Say, load

LOANS = 100_000
NEEDS_DATABASE = False
SLICE = 500
_METHODS: tuple[Method, ...] = ("level_payment", "level_principal")

Draw = random.Random


def run(loans: int, say: Say, scale: float | None = None) -> Result:
    """`loans` lives of each event type (times `scale`)."""
    count = max(int(loans * (scale or 1)), 1)
    result = Result(
        "lives", loans, load(), "试算与入账、逐行守恒", "quote against posting, sums of rows", True
    )
    workers = min(len(os.sched_getaffinity(0)), 2)
    lived, began = 0, time.perf_counter()
    with ProcessPoolExecutor(workers) as pool:
        for name in EVENTS:
            say(f"{name}, {count:,}")
            seeds = range(0, count, SLICE)
            sizes = [min(SLICE, count - seed) for seed in seeds]
            told = list(pool.map(broken_lives, [name] * len(sizes), seeds, sizes))
            lived += sum(one[1] for one in told)
            wrong = sum(one[0] for one in told)
            result.figures.append(
                Figure(
                    f"wrong_{name}", wrong, f"/ {count:,}", f"不守恒：{name}", "lives that break a rule", 0
                )
            )
    spent = (time.perf_counter() - began) * 1000 / max(lived, 1)
    result.add(
        Figure("lives", lived, "rows", "能成立的一生", "lives whose event could be"),
        Figure("life_ms", spent, "ms", "每个一生用时", "a life, by the clock"),
    )
    return result


def broken_lives(name: str, seed: int, count: int) -> tuple[int, int]:
    """Of `count` random lives with that event: how many break a rule, and how many there were at all."""
    rnd = Draw(f"{name} {seed}")
    broken = lived = 0
    for _ in range(count):
        terms = _terms(rnd)
        try:
            event = EVENTS[name](rnd, terms, _some_day(rnd, terms))
            rows = schedule(terms, (event,))
        except BadInput:
            continue  # drawn out of the lawful range, as a clerk may type it
        lived += 1
        broken += not _holds(terms, event, rows)
    return broken, lived


def _holds(terms: Terms, event: Event, rows: tuple[Row, ...]) -> bool:
    added = sum(row.added_fen for row in rows)
    whole = sum(row.principal_fen for row in rows) == terms.principal_fen + added
    ends = rows[-1].balance_after_fen == 0 and all(row.balance_after_fen >= 0 for row in rows)
    joined = all(
        one.balance_after_fen == before.balance_after_fen - one.principal_fen + one.added_fen
        and one.on >= before.on
        for before, one in pairwise(rows)
    )
    quoted = quote(terms, (), event)
    posted = post(terms, (), event)
    same = quoted.rows == posted and all(row in rows for row in posted)
    at = position(terms, (event,), event.on)
    return whole and ends and joined and same and at.balance_fen == quoted.after.balance_fen


def _terms(rnd: Draw) -> Terms:
    start = date(2010, 1, 1) + timedelta(days=rnd.randrange(6_000))
    months = rnd.randrange(13, 120)
    steps = sorted({0, *(rnd.randrange(1, months * 30) for _ in range(rnd.randrange(3)))})
    path = tuple(RateStep(start + timedelta(days=day), rnd.randrange(0, 80_000), "", "", "") for day in steps)
    conventions = Conventions(
        rounding=rnd.choice(("half_up", "half_even", "down")), residue=rnd.choice(("last", "first")),
        whole_period=rnd.choice(("monthly", "daily")), year_days=rnd.choice((360, 365, "actual")),
    )  # fmt: skip
    return Terms(
        rnd.randrange(1_000_000, 500_000_000), months, rnd.choice(_METHODS), start, rnd.randrange(1, 32),
        rnd.choice(("next_month", "first_due_day")), path, conventions=conventions,
    )  # fmt: skip


def _some_day(rnd: Draw, terms: Terms) -> date:
    """Any day of the life; one in three falls on a due day."""
    if rnd.randrange(3) == 0:
        return rnd.choice(schedule(terms)).on
    return terms.start_on + timedelta(days=rnd.randrange(terms.months * 30))


def _stages(rnd: Draw) -> tuple[Stage, ...]:
    return (Stage("interest_only", rnd.randrange(1, 7)), Stage(rnd.choice(_METHODS)))


EVENTS: dict[str, Callable[[Draw, Terms, date], Event]] = {
    "prepay": lambda r, t, on: Prepay(
        on, r.randrange(1, t.principal_fen), r.choice(("reduce_payment", "shorten", "shorten_relevel")),
        r.choice(("on_prepaid", "whole_balance", "next_instalment")), r.choice((None, 0, 5_000)),
    ),
    "payoff": lambda r, t, on: Payoff(on, r.choice((None, 12_345))),
    "method_change": lambda r, t, on: MethodChange(on, _stages(r)[r.randrange(2) :]),
    "due_day_change": lambda r, t, on: DueDayChange(on, r.randrange(1, 32)),
    "extend": lambda r, t, on: Extend(on, r.randrange(1, 60)),
    "holiday": lambda r, t, on: Holiday(on, r.randrange(1, 7), r.choice(("capitalise", "defer", "waive"))),
    "interest_only": lambda r, t, on: InterestOnly(on, r.randrange(1, 13)),
    "rate_change": lambda r, t, on: RateChange(on, r.randrange(0, 80_000)),
    "capitalise": lambda r, t, on: Capitalise(on, r.randrange(1, 50_000), r.choice(("plan", "arrears"))),
    "waive": lambda r, t, on: Waive(on, r.randrange(1, 5_000)),
    "restructure": lambda r, t, on: Restructure(on, _stages(r), r.randrange(12, 120), r.choice((None, 30_000))),
}  # fmt: skip
"""How an event of each type is drawn for a loan and a day."""
