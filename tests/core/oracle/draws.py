"""Random loans for the comparison with the oracle, from a seed; no `anju` in it."""

import random
from datetime import date, timedelta

from .reference import OracleLoan, OracleStage

LEVEL = (OracleStage("level_payment"),)
STRAIGHT = (OracleStage("level_principal"),)


def stages_of(rnd: random.Random, months: int) -> tuple[OracleStage, ...]:
    """Level payment, level principal, interest-only window, balloon, or several stages."""
    kind = rnd.choice(["level", "straight", "window", "balloon", "mixed"])
    last = rnd.choice(["level_payment", "level_principal"])
    if kind == "window" and months > 1:
        return (OracleStage("interest_only", rnd.randrange(1, months)), OracleStage(last))
    if kind == "balloon":
        return (OracleStage(last, over=months + rnd.randrange(1, 240)),)
    if kind == "mixed" and months > 2:
        first = rnd.randrange(1, months - 1)
        second = rnd.randrange(1, months - first)
        methods = [rnd.choice(["level_payment", "level_principal", "interest_only"]) for _ in range(2)]
        over = [None if method == "interest_only" else months + rnd.randrange(60) for method in methods]
        return (
            OracleStage(methods[0], first, over[0]),
            OracleStage(methods[1], second, over[1]),
            OracleStage(last),
        )
    return STRAIGHT if kind == "straight" else LEVEL


def conventions_of(rnd: random.Random) -> dict[str, object]:
    """Any lawful combination of rounding, residue, whole period and year."""
    return {
        "rounding": rnd.choice(["half_up", "half_even", "down"]),
        "residue": rnd.choice(["last", "first"]),
        "whole_period": rnd.choice(["monthly", "daily"]),
        "year_days": rnd.choice([360, 365, "actual", "30/360"]),
    }


def loan(rnd: random.Random, months_max: int = 60, **conventions: object) -> OracleLoan:
    """A loan of random terms with up to five rate changes; small amounts and 0 % are among them."""
    start = date(1999, 1, 1) + timedelta(days=rnd.randrange(11_600))
    months = rnd.randrange(1, months_max + 1)
    days = sorted(rnd.sample(range(1, 31 * months + 62), rnd.choice([0, 0, 1, 2, 5])))
    rate = [lambda: rnd.randrange(360_001), lambda: rnd.choice([0, 30_500, 35_000, 60_000, 120_000])]
    rates = [(start - timedelta(days=rnd.randrange(41)), rnd.choice(rate)())]
    rates += [(start + timedelta(days=day), rnd.choice(rate)()) for day in days]
    principal = rnd.choice(
        [rnd.randrange(1, 5_000), rnd.randrange(1, 10**11 + 1), rnd.randrange(10**6, 10**9)]
    )
    return OracleLoan(
        principal,
        months,
        start,
        rnd.randrange(1, 32),
        tuple(rates),
        stages_of(rnd, months),
        rnd.choice(["next_month", "first_due_day"]),
        **conventions,  # type: ignore[arg-type]
    )
