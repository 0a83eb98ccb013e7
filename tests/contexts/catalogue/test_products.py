"""Products are data with their document."""

import pytest

from anju.contexts.catalogue import operations, queries
from anju.contexts.catalogue.shipped import unusual_codes
from anju.core.errors import BadInput
from anju.core.schedule import Conventions

pytestmark = pytest.mark.django_db


def test_shipped_products_are_loaded_once() -> None:
    assert operations.load_products() == 5
    assert operations.load_products() == 0
    products = queries.products()
    assert sorted(products) == ["CM1", "CM1F", "CM2", "PF1", "PF2"]
    assert {(p.loan_type, p.home) for p in products.values()} == {
        (kind, home)
        for kind in ("commercial_mortgage", "provident_fund_loan")
        for home in ("first", "second")
    }
    assert all(300_000 <= p.penalty_uplift_ppm <= 500_000 for p in products.values())  # 银发〔2003〕251号
    assert {p.code for p in products.values() if not p.is_usual} == {"CM1F"} == unusual_codes()
    assert all(p.document for p in products.values())


def test_a_changed_product_is_written() -> None:
    operations.load_products()
    row = {**operations.shipped_products()[0], "first_due": "first_due_day"}
    assert operations.load_products(products=[row]) == 1
    assert queries.products()["CM1"].first_due == "first_due_day"


def test_a_product_without_its_document_is_refused() -> None:
    row = operations.shipped_products()[0]
    del row["document"]
    with pytest.raises(KeyError, match="document"):
        operations.load_products(products=[row])
    assert not queries.products()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("year_days", "364"), ("rounding", "up"), ("instalment_unit_fen", 7), ("instalment_rounding", "never"),
        ("broken_time", "weeks"), ("frequency", "weekly"), ("stub", "never"),
    ],
)  # fmt: skip
def test_conventions_that_cannot_be_are_refused(name: str, value: object) -> None:  # S4-006
    with pytest.raises(BadInput, match=name):
        operations.load_products(products=[{**operations.shipped_products()[0], name: value}])
    assert not queries.products()


def test_every_convention_of_a_product_reaches_the_library() -> None:
    said = {
        "frequency": "quarterly", "stub": "separate",
        "rounding": "half_even", "residue": "first", "whole_period": "daily", "year_days": "30/360", "levelling": "dates",
        "broken_time": "days", "broken_instalment": "kept", "instalment_unit_fen": 100, "instalment_rounding": "up",
    }  # fmt: skip
    operations.load_products(products=[{**operations.shipped_products()[0], **said}])
    assert queries.products()["CM1"].conventions == Conventions(**said)  # type: ignore[arg-type]


def test_a_fortnightly_product_has_no_stub_of_its_own() -> None:  # S4-006
    row = {**operations.shipped_products()[0], "frequency": "fortnightly", "stub": "separate"}
    with pytest.raises(BadInput, match="with_first for fortnightly"):
        operations.load_products(products=[row])
