"""Random lives, one event type after the other: a quote posts the same fen, every life adds up, and the engine has the same rows.

Needs no database. ``scale`` 1 is 100,000 lives a type in which the event could be. Not a race: the figures are how many
lives broke a rule or differ from the engine (`lives_engine`), and the time a life costs.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
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
from anju.site.bench.lives_engine import against
from anju.site.bench.measure import Figure, Result, Say, load

LOANS = 100_000
NEEDS_DATABASE = False
SLICE = 500
DRAWS_MAX = 50
_METHODS: tuple[Method, ...] = ("level_payment", "level_principal")

Draw = random.Random


@dataclass(slots=True)
class Told:
    """What some lives showed. `drawn` counts those too whose event could not be."""

    drawn: int = 0
    lived: int = 0
    broken: int = 0
    differ: int = 0
    rows: int = 0
    not_compared: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: Told) -> Told:
        for name in ("drawn", "lived", "broken", "differ", "rows"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.not_compared += other.not_compared
        return self


def run(loans: int, say: Say, scale: float | None = None) -> Result:
    """`loans` lives of each event type (times `scale`) whose event could be."""
    count = max(int(loans * (scale or 1)), 1)
    result = Result(
        "lives",
        loans,
        load(),
        "试算与入账、逐笔与批量引擎、逐行守恒",
        "quote : posting, scalar : engine, sums",
        True,
    )
    workers = min(len(os.sched_getaffinity(0)), 2)
    whole, began = Told(), time.perf_counter()
    with ProcessPoolExecutor(workers) as pool:
        for name in EVENTS:
            say(f"{name}, {count:,}")
            seeds = range(0, count, SLICE)
            sizes = [min(SLICE, count - seed) for seed in seeds]
            told = Told()
            for part in pool.map(broken_lives, [name] * len(sizes), seeds, sizes):
                told += part
            _figures(result, name, told)
            whole += told
    spent = (time.perf_counter() - began) * 1000 / max(whole.lived, 1)
    result.add(
        Figure("lives", whole.lived, "rows", "能成立的一生", "lives whose event could be"),
        Figure("drawn", whole.drawn, "rows", "抽取的一生", "lives drawn"),
        Figure("compared_rows", whole.rows, "rows", "与引擎逐分比较的行", "rows compared with the engine"),
        Figure("life_ms", spent, "ms", "每个一生用时", "a life, by the clock"),
    )
    return result


def _figures(result: Result, name: str, told: Told) -> None:
    """What is judged of one event type, and what could not be compared and why."""
    of, why = f"/ {told.lived:,}", " ".join(f"{why} {n:,}" for why, n in sorted(told.not_compared.items()))
    result.figures += [
        Figure(f"wrong_{name}", told.broken, of, f"不守恒：{name}", "lives that break a rule", 0),
        Figure(
            f"differ_{name}", told.differ, of, f"与引擎不同：{name}", "lives that differ from the engine", 0
        ),
        Figure(
            f"not_compared_{name}",
            told.not_compared.total(),
            of,
            f"其后无整期可比：{name}",
            f"with no whole period to compare after it: {why or 'none'}",
        ),
    ]


def broken_lives(name: str, seed: int, count: int) -> Told:
    """`count` random lives in which that event could be: how many break a rule or differ from the engine.

    Draws on until there are so many, at most DRAWS_MAX for each.
    """
    rnd = Draw(f"{name} {seed}")
    told, lives = Told(), list[tuple[Terms, Event, tuple[Row, ...]]]()
    while len(lives) < count and told.drawn < DRAWS_MAX * count:
        told.drawn += 1
        terms = _terms(rnd)
        try:
            event = EVENTS[name](rnd, terms, _some_day(rnd, terms))
            rows = schedule(terms, (event,))
        except BadInput:
            continue  # drawn out of the lawful range, as a clerk may type it
        lives.append((terms, event, rows))
        told.broken += not _holds(terms, event, rows)
    found = against(lives, seed // SLICE)
    told.lived, told.differ, told.rows = len(lives), len(found.differ), found.rows
    told.not_compared = found.not_compared
    return told


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
