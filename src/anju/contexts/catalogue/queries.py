"""Reads of the catalogue."""

from dataclasses import dataclass
from datetime import date

from anju.contexts.catalogue.models import Product


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


def products() -> dict[str, ProductRow]:
    """All products by code."""
    rows = Product.objects.order_by("code").values_list(*ProductRow.__slots__)
    return {row[1]: ProductRow(*row) for row in rows}
