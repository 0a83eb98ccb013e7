"""Products as shipped, for those who have no database."""

import tomllib
from typing import Any

from anju.policy import FOLDER

USUAL: dict[str, Any] = {
    "frequency": "monthly", "stub": "with_first",
    "rounding": "half_up", "residue": "last", "whole_period": "monthly", "year_days": "360", "levelling": "nominal",
    "broken_time": "days", "broken_instalment": "regular", "instalment_unit_fen": 1, "instalment_rounding": "",
}  # fmt: skip
"""The conventions of most contracts (domain facts, section 3), for a product that says nothing."""


def shipped_products() -> list[dict[str, Any]]:
    """Rows of ``policy/products.toml``."""
    products: list[dict[str, Any]] = tomllib.loads((FOLDER / "products.toml").read_text("utf-8"))["product"]
    return products


def unusual_codes() -> frozenset[str]:
    """Codes of the products with conventions of their own."""
    return frozenset(
        row["code"]
        for row in shipped_products()
        if any(row.get(name, usual) != usual for name, usual in USUAL.items())
    )
