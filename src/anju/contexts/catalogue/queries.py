"""Reads of the catalogue."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from anju.contexts.catalogue.models import Product
from anju.core.schedule import Conventions, PenaltyRule, PenaltyTier


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product. ``penalty_uplift_ppm`` is a share of the contract rate (+50 % = 500 000)."""

    id: int
    code: str
    name_zh: str
    name_en: str
    loan_type: str
    home: str
    first_due: str
    penalty_uplift_ppm: int
    document: str
    active_from: date
    active_to: date | None
    rounding: str
    residue: str
    whole_period: str
    year_days: str
    prepayment_penalty: list[dict[str, int]]
    penalty_free_per_year_fen: int

    @property
    def conventions(self) -> Conventions:
        """How its interest is counted and rounded."""
        return conventions_of(asdict(self))

    @property
    def penalty(self) -> PenaltyRule:
        """What a prepayment costs."""
        return penalty_of(asdict(self))


def conventions_of(values: Mapping[str, Any]) -> Conventions:
    """Conventions from the values of a product, by name. Raises BadInput."""
    named = str(values["year_days"])
    days: Any = int(named) if named.isdecimal() else named
    return Conventions(
        rounding=values["rounding"],
        residue=values["residue"],
        whole_period=values["whole_period"],
        year_days=days,
    )


def penalty_of(values: Mapping[str, Any]) -> PenaltyRule:
    """Penalty rule from the values of a product, by name. Raises BadInput."""
    tiers = tuple(PenaltyTier(**tier) for tier in values["prepayment_penalty"])
    return PenaltyRule(tiers, values["penalty_free_per_year_fen"])


def products() -> dict[str, ProductRow]:
    """All products by code."""
    rows = Product.objects.order_by("code").values_list(*ProductRow.__slots__)
    return {row[1]: ProductRow(*row) for row in rows}
