"""Writes of the catalogue."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from anju.contexts.catalogue.models import Product
from anju.contexts.catalogue.queries import CONVENTIONS, conventions_of, penalty_of
from anju.contexts.catalogue.shipped import USUAL, shipped_products
from anju.core.checks import bad

__all__ = ["load_products", "shipped_products"]

_NEEDED = (
    "name_zh", "name_en", "loan_type", "home", "first_due", "penalty_uplift_ppm", "document", "active_from", "active_to",
)  # fmt: skip
_DEFAULTS: dict[str, Any] = {**USUAL, "prepayment_penalty": [], "penalty_free_per_year_fen": 0}


def load_products(*, products: Sequence[dict[str, Any]] | None = None) -> int:
    """Make the products known by code; default are those shipped in ``policy/products.toml``. Same again changes nothing.

    Returns how many were new or changed. Raises KeyError for a product without a needed value, BadInput for conventions or a
    penalty that cannot be, and for other conventions of a product that has loans.
    """
    wanted = shipped_products() if products is None else products
    changed = 0
    with transaction.atomic():
        known = {product.code: product for product in Product.objects.select_for_update()}
        for row in wanted:
            values = {name: row[name] if name != "active_to" else row.get(name) for name in _NEEDED}
            values |= {name: row.get(name, usual) for name, usual in _DEFAULTS.items()}
            conventions_of(values)
            penalty_of(values)
            product = known.get(row["code"]) or Product(code=row["code"])
            _refuse_new_arithmetic(product, values)
            if product.pk is None or any(getattr(product, name) != value for name, value in values.items()):
                for name, value in values.items():
                    setattr(product, name, value)
                product.full_clean(exclude=["active_to", "prepayment_penalty"])
                product.save()
                changed += 1
    return changed


def _refuse_new_arithmetic(product: Product, values: dict[str, Any]) -> None:
    """A loan is computed by its product, so another arithmetic would rewrite what was agreed. Raises BadInput."""
    if product.pk is None:
        return
    changed = [name for name in CONVENTIONS if getattr(product, name) != values[name]]
    users = (
        [(each.related_model, each.field.name) for each in Product._meta.related_objects] if changed else []
    )
    if any(model._default_manager.filter(**{name: product}).exists() for model, name in users):
        name = changed[0]
        now, zh = getattr(product, name), f"已有贷款的产品 {product.code} 不得更改计息惯例，请另设产品代码"
        raise bad(
            f"product.{name}",
            values[name],
            f"{now} (loans of {product.code} exist: begin a new code)",
            allowed_zh=zh,
        )
