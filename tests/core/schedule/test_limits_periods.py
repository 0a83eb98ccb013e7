"""Caps on a term count months, whatever the months of a period."""

from datetime import date

import pytest

from anju.core.schedule import Conventions, EventLimits, Extend, Restructure, Stage, Terms, allowed

LIMITS = EventLimits(extension_share_max_ppm=500_000, term_months_max=480)
ON = date(2028, 3, 25)


@pytest.mark.parametrize("frequency", ["monthly", "quarterly", "fortnightly"])
def test_half_of_the_term_at_most(frequency: str) -> None:  # S4-066, 金规〔2026〕5号 Art. 26
    rules = Conventions(frequency=frequency)  # type: ignore[arg-type]
    terms = Terms.fixed(100_000_000, 35_000, 120, date(2026, 3, 20), conventions=rules)
    assert allowed(terms, (), Extend(ON, 60), LIMITS).ok
    assert allowed(terms, (), Extend(ON, 63), LIMITS).codes == ("extension_too_long",)
    assert allowed(terms, (Extend(date(2027, 3, 25), 30),), Extend(ON, 33), LIMITS).codes == (
        "extension_too_long",
    )


def test_a_restructure_by_quarters() -> None:
    rules = Conventions(frequency="quarterly")
    terms = Terms.fixed(100_000_000, 35_000, 120, date(2026, 3, 20), conventions=rules)
    level = (Stage("level_payment"),)
    assert allowed(terms, (), Restructure(ON, level, 156), LIMITS).ok  # 24 months are behind
    assert allowed(terms, (), Restructure(ON, level, 159), LIMITS).codes == ("extension_too_long",)
    assert allowed(terms, (), Restructure(ON, level, 100), LIMITS).codes == ("not_possible",)
