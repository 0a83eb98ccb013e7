"""The page shows the core's figures to the fen, also under what-ifs; the proposal says the same."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from anju.contexts.consulting import tables
from anju.core.errors import BadInput
from anju.core.money import fen_to_display
from anju.core.plans import Spec, loan_figures, make_plan
from anju.core.schedule import level_payment_fen
from anju.web.consult import courses, proposal, rules
from anju.web.consult.question import read
from anju.web.consult.sums import Sums, sums_of
from tests.web.consult.test_pages import ASKED, text_of

ON = date(2026, 9, 30)


@pytest.fixture
def sums(shipped_policy: list[str]) -> Callable[[Mapping[str, str]], Sums]:
    """``sums({...})``: the figures of an address on 2026-09-30."""

    def make(query: Mapping[str, str]) -> Sums:
        asked = read(query)
        assert asked.question is not None, asked.errors
        return sums_of(asked.question, rules.rules_of(asked.question, ON))

    return make


def test_golden_loan(page: Client) -> None:  # facts section 3: 1,000,000 at 3.50 % over 360 months
    text = text_of(page.get("/consult/", {"price": "1500000", "down": "500000", "rate": "3.5"}))
    for figure in ("4,490.45", "616,560.07", "5,694.45", "526,457.92"):
        assert figure in text, figure


def test_the_answers_of_the_other_faces_are_equal(sums: Callable[..., Sums]) -> None:  # S4-020
    consulting = pytest.importorskip("anju.contexts.consulting.answers")
    asked = {
        "principal": "2100000", "months": "360", "lpr_spread_bp": "-45", "fund_limit": "800000", "income": "30000",
        "debts": "2000", "home": "first", "price": "3000000",
    }  # fmt: skip
    answer = consulting.compare_answer(asked, tables.shipped(), ON)
    found = sums(ASKED)
    theirs = set(_fens(answer))
    for column in found.columns:
        assert column.asked.first_fen in theirs
        assert column.asked.interest_fen in theirs


def _fens(value: Any) -> list[int]:
    if isinstance(value, Mapping):
        return [fen for each in value.values() for fen in _fens(each)]
    if isinstance(value, list | tuple):
        return [fen for each in value for fen in _fens(each)]
    return [value] if type(value) is int else []


def test_what_ifs_are_the_same_plans_moved(sums: Callable[..., Sums]) -> None:  # S4-061
    found = sums({**ASKED, "fund": "", "method": "level", "w_rate": "25", "w_months": "-60", "w_down": "10"})
    column = next(each for each in found.columns if each.asked.months == 360)
    assert column.asked.first_fen == level_payment_fen(210_000_000, 30_500, 360)
    assert column.now is not None
    assert column.now.first_fen == level_payment_fen(200_000_000, 33_000, 300)


def test_income_drop_reddens_the_verdict(sums: Callable[..., Sums]) -> None:  # S4-132
    plain, dropped = sums(ASKED), sums({**ASKED, "w_drop": "60"})
    housing = {each.code: each.outcome for each in plain.findings}
    assert housing["housing_ratio"] == "pass"
    assert {each.code: each.outcome for each in dropped.findings}["housing_ratio"] == "refuse"
    assert [each.now for each in dropped.columns] == [each.now for each in plain.columns]


@pytest.mark.parametrize(
    "extra", [{}, {"prepay": "200000", "prepay_year": "3"}, {"fees": "3000", "w_prepay": "5"}]
)
def test_years_sum_to_the_loan(sums: Callable[..., Sums], extra: dict[str, str]) -> None:
    found = sums({**ASKED, **extra})
    for column in found.columns:
        assert column.now is not None
        years = courses.course(column, found)
        assert sum(year.principal_fen + year.extra_fen for year in years) == column.now.loan_fen
        assert years[-1].balance_fen == 0
        interest = sum(year.interest_fen for year in years)
        saved = column.prepaid.interest_saved_fen if column.prepaid else 0
        assert interest == column.now.interest_fen - saved


@pytest.mark.parametrize(
    ("amount", "year", "field"), [("2100000", "5", "prepay"), ("1000", "39", "prepay_year")]
)
def test_an_early_repayment_that_cannot_be_is_said(
    sums: Callable[..., Sums], amount: str, year: str, field: str
) -> None:
    found = sums({**ASKED, "prepay": amount, "prepay_year": year})
    assert {column.prepay_problem.field for column in found.columns if column.prepay_problem} == {field}


def test_cost_statement_adds_up(sums: Callable[..., Sums]) -> None:  # S4-135
    found = sums({**ASKED, "fees": "3000"})
    for column in found.columns:
        statement, plan = column.statement, column.now
        assert statement is not None
        assert plan is not None
        assert statement.required
        assert statement.received_fen == plan.loan_fen - plan.fees_fen
        assert statement.total_cost_fen == plan.interest_fen + plan.fees_fen
        assert statement.cost.nominal_ppm > loan_rate(found)


def loan_rate(found: Sums) -> int:
    assert found.fund is not None
    return min(found.offer.product.long_ppm, found.fund.long_ppm)


def test_an_agreed_rate_goes_before_the_lpr(sums: Callable[..., Sums]) -> None:
    found = sums({"price": "1500000", "down": "500000", "rate": "0", "spread": "50", "method": "level"})
    plan = next(each.asked for each in found.columns if each.asked.months == 360)
    assert plan.interest_fen == 0
    assert plan.first_fen == loan_figures(100_000_000, 0, 360, "level_payment").first_fen


def test_an_old_day_has_its_own_rules(sums: Callable[..., Sums]) -> None:
    found = sums({**ASKED, "on": "2022-06-01"})
    assert found.offer.product.long_ppm == 44_500  # LPR of 2022-05-20, spread 0 then
    assert found.limits is not None
    assert found.limits.total_ppm == 550_000


def test_the_checksum_names_the_figures(sums: Callable[..., Sums]) -> None:
    one, same, other = sums(ASKED), sums({**ASKED, "see": "2"}), sums({**ASKED, "down": "900000.01"})
    assert proposal.checksum(one) == proposal.checksum(same) != proposal.checksum(other)


def test_plan_of_the_first_card_is_the_core_s(page: Client, sums: Callable[..., Sums]) -> None:
    found = sums(ASKED)
    text = text_of(page.get("/consult/", ASKED))
    for column in found.columns:
        specs = [
            Spec(part.product, part.figures.principal_fen, part.figures.months, part.figures.method)  # type: ignore[arg-type]
            for part in column.asked.parts
        ]
        plan = make_plan(specs)
        for fen in (plan.first_fen, plan.last_fen, plan.interest_fen):
            assert fen_to_display(fen) in text


def test_no_float_in_the_room() -> None:
    room = Path(rules.__file__).parent
    assert not [path.name for path in room.glob("*.py") if "float(" in path.read_text("utf-8")]


def test_age_and_city_are_looked_at_when_told(sums: Callable[..., Sums]) -> None:  # S4-001, S4-002
    asked = {"price": "3000000", "down": "900000", "rate": "3.05"}
    assert "age_plus_term" not in {each.code for each in sums(asked).findings}
    told = {each.code: each.outcome for each in sums({**asked, "age": "40"}).findings}
    assert (told["age"], told["age_plus_term"]) == ("pass", "refuse")
    younger = {each.code: each.outcome for each in sums({**asked, "age": "30", "group": "men"}).findings}
    assert younger["age_plus_term"] == "pass"
    second = {**asked, "home": "second", "down": "480000"}
    nation = {each.code: each.outcome for each in sums(second).findings}
    local = {each.code: each.outcome for each in sums({**second, "city": "example_a"}).findings}
    assert (nation["down_payment"], local["down_payment"]) == ("pass", "refuse")
    with pytest.raises(BadInput, match="example_a"):
        sums({**asked, "city": "nowhere"})
