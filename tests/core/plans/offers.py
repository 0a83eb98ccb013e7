"""Products and needs for the tests of plans."""

from datetime import date
from typing import Any

from anju.core.money import FEN_MAX
from anju.core.plans import Need, Plan, Product, Spec, commercial, make_plan, provident

from ..data import policy_table, rate_tables

ON = date(2026, 10, 15)
"""LPR of September 2026 is the last one loaded and none is due; the subsidy programme is open."""

BEFORE = date(2026, 9, 22)
"""Before the subsidy programme opens."""


def yuan(amount: float) -> int:
    return round(amount * 100)


def bank(ppm: int, **more: Any) -> Product:
    return Product("commercial", "商业贷款", "commercial mortgage", "commercial", ppm, ppm, "测试", **more)


def fund(ppm: int, limit: int = FEN_MAX, **more: Any) -> Product:
    return Product(
        "provident",
        "公积金贷款",
        "provident fund loan",
        "provident",
        ppm,
        ppm,
        "测试",
        limit_fen=limit,
        **more,
    )


def quoted_bank(on: date = ON, spread_bp: int = -45) -> Product:
    return commercial(policy_table(), rate_tables(), on, spread_bp=spread_bp)


def quoted_fund(limit: float, home: str = "first", on: date = ON) -> Product:
    return provident(policy_table(), rate_tables(), on, home=home, limit_fen=yuan(limit))  # type: ignore[arg-type]


def need(amount: float = 1_000_000, *months: int, **more: Any) -> Need:
    return Need(yuan(amount), months or (360,), **more)


def single(product: Product, amount: float, months: int = 360, method: str = "level_payment") -> Plan:
    return make_plan([Spec(product, yuan(amount), months, method)])  # type: ignore[arg-type]
