"""Writes of the catalogue."""

import tomllib
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from anju.contexts.catalogue.models import Product
from anju.contexts.catalogue.queries import CONVENTIONS, conventions_of, penalty_of
from anju.core.checks import bad
from anju.policy import FOLDER

_NEEDED = (
    "name_zh", "name_en", "loan_type", "home", "first_due", "penalty_uplift_ppm", "document", "active_from", "active_to",
)  # fmt: skip
_DEFAULTS: dict[str, Any] = {
    "frequency": "monthly", "stub": "with_first",
    "rounding": "half_up", "residue": "last", "whole_period": "monthly", "year_days": "360", "levelling": "nominal",
    "broken_time": "days", "broken_instalment": "regular", "instalment_unit_fen": 1, "instalment_rounding": "",
    "prepayment_penalty": [],
    "penalty_free_per_year_fen": 0,
}  # fmt: skip
"""The conventions of most contracts (domain facts, section 3), for a product that says nothing."""


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


def shipped_products() -> list[dict[str, Any]]:
    """Rows of ``policy/products.toml``."""
    products: list[dict[str, Any]] = tomllib.loads((FOLDER / "products.toml").read_text("utf-8"))["product"]
    return products
