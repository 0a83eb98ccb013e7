"""Reads of the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from anju.contexts.catalogue.models import Product
from anju.core.schedule import Conventions, PenaltyRule, PenaltyTier

CONVENTIONS = (
    "frequency", "stub", "rounding", "residue", "whole_period", "year_days", "levelling", "broken_time", "broken_instalment",
    "instalment_unit_fen", "instalment_rounding",
)  # fmt: skip
"""Columns of a product that are fields of ``core.schedule.Conventions``."""


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
    frequency: str
    stub: str
    rounding: str
    residue: str
    whole_period: str
    year_days: str
    levelling: str
    broken_time: str
    broken_instalment: str
    instalment_unit_fen: int
    instalment_rounding: str
    prepayment_penalty: list[dict[str, int]]
    penalty_free_per_year_fen: int

    @property
    def is_usual(self) -> bool:
        """Whether it is due monthly, the stub with the first: what a loan has that names no product."""
        return self.frequency == "monthly" and self.stub == "with_first"

    @property
    def conventions(self) -> Conventions:
        """How its interest is counted and rounded."""
        return _conventions(*(getattr(self, name) for name in CONVENTIONS))

    @property
    def penalty(self) -> PenaltyRule:
        """What a prepayment costs."""
        return _penalty(self.prepayment_penalty, self.penalty_free_per_year_fen)


def conventions_of(values: Mapping[str, Any]) -> Conventions:
    """Conventions from the values of a product, by name. Raises BadInput."""
    return _conventions(*(values[name] for name in CONVENTIONS))


@lru_cache(maxsize=64)
def _conventions(*given: Any) -> Conventions:
    """Kept, because an import asks for every loan."""
    values = dict(zip(CONVENTIONS, given, strict=True))
    days = str(values["year_days"])
    values["year_days"] = int(days) if days.isdecimal() else days
    values["instalment_rounding"] = values["instalment_rounding"] or None
    return Conventions(**values)


def penalty_of(values: Mapping[str, Any]) -> PenaltyRule:
    """Penalty rule from the values of a product, by name. Raises BadInput."""
    return _penalty(values["prepayment_penalty"], values["penalty_free_per_year_fen"])


def _penalty(tiers: Sequence[Mapping[str, int]], free_per_year_fen: int) -> PenaltyRule:
    return PenaltyRule(tuple(PenaltyTier(**tier) for tier in tiers), free_per_year_fen)


def products() -> dict[str, ProductRow]:
    """All products by code."""
    rows = Product.objects.order_by("code").values_list(*ProductRow.__slots__)
    return {row[1]: ProductRow(*row) for row in rows}
