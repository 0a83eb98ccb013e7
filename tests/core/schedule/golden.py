"""The loan of facts section 3: 1,000,000 yuan, 3.50 %, 360 months, paid out on a due day."""

from datetime import date

from anju.core.schedule import Conventions, Method, Stage, Terms

from ..data import steps

PAYOUT = date(2026, 3, 20)
AFTER_24 = date(2028, 3, 20)


def loan(
    method: Method = "level_payment",
    *stages: Stage,
    principal_fen: int = 100_000_000,
    ppm: int = 35_000,
    months: int = 360,
    start: date = PAYOUT,
    conventions: Conventions = Conventions(),  # noqa: B008 - frozen data
    **more: object,
) -> Terms:
    """The golden loan, with changes; due on the day of payout."""
    path = steps((start, ppm))
    return Terms(
        principal_fen,
        months,
        method,
        start,
        start.day,
        "next_month",
        path,
        stages,
        conventions,
        **more,  # type: ignore[arg-type]
    )


MILLION = loan()
