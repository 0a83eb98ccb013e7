"""Answers: the figures of facts section 3, amounts in both forms, defaults stated, plain JSON."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from anju.contexts.consulting import answers, tables
from anju.contexts.consulting.fields import COMMANDS
from anju.core.errors import BadInput
from tests.web.api.questions import QUESTIONS, texts

TODAY = date(2026, 9, 30)
LOAN: dict[str, Any] = {"principal": "1000000", "rate": "3.5", "months": "360", "start": "2026-03-10"}
GOLDEN = [
    ("1000000", "3.5", "360", "level", "4490.45", "4488.52", "616560.07"),
    ("1000000", "2.6", "360", "level", "4003.40", "4001.75", "441222.35"),
    ("1000000", "4.9", "360", "level", "5307.27", "5305.19", "910615.12"),
    ("1000000", "3.05", "480", "level", "3608.72", "3608.64", "732185.52"),
    ("500000", "3.1", "240", "level", "2798.08", "2799.52", "171540.64"),
    ("1000000", "3.5", "360", "等额本金", "5694.45", "2785.08", "526457.92"),
    ("500000", "3.1", "240", "equal-principal", "3375.00", "2089.51", "155646.09"),
]


def ask(kind: str, **question: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(answers, f"{kind}_answer")(question, tables.shipped(), TODAY)
    return found


@pytest.mark.parametrize(("principal", "rate", "months", "method", "first", "last", "interest"), GOLDEN)
def test_golden_schedules(
    principal: str, rate: str, months: str, method: str, first: str, last: str, interest: str
) -> None:  # facts section 3; S4-006, S4-130
    found = ask("schedule", principal=principal, rate=rate, months=months, method=method, start="2026-03-10")
    sums = found["totals"]
    assert (sums["first"], sums["last"], sums["interest"]) == (first, last, interest)
    assert len(found["rows"]) == int(months)
    assert found["rows"][-1]["balance_after_fen"] == 0
    assert sum(row["principal_fen"] for row in found["rows"]) == sums["principal_fen"]


def test_published_samples_of_a_regulator() -> None:
    """Loan Estimates that the CFPB publishes (12 CFR 1026 Appendix H-24): 3.875 % over 30 years; interest only at 4 %."""
    level = ask(
        "schedule",
        principal="162000",
        rate="3.875",
        months="360",
        start="2013-04-15",
        first_due="2013-06-01",
        stub="at-payout",
    )
    assert [row["amount"] for row in level["rows"][1:3]] == ["761.78", "761.78"]
    idle = ask(
        "schedule",
        principal="211000",
        rate="4",
        months="360",
        start="2013-04-15",
        stage=["interest-only:60", "level"],
    )
    assert {row["amount"] for row in idle["rows"][:60]} == {"703.33"}


def test_golden_prepayment() -> None:  # facts section 3; S4-057, S4-058
    found = ask("prepay", **LOAN, on="2028-03-10", amount="100000")
    reduced, shorter, levelled = found["options"]
    assert found["before"]["balance"] == "960934.79"
    assert (reduced["after"]["instalment"], reduced["after"]["interest_left"]) == ("4023.15", "490841.72")
    assert (shorter["after"]["periods_left"], shorter["after"]["interest_left"]) == (282, "402075.70")
    assert levelled["after"]["instalment"] == "4482.90"
    ten_days = ask("prepay", **LOAN, on="2028-03-20", amount="100000", penalty="36:1%")
    assert [each["interest"] for each in ten_days["options"]] == ["97.22"] * 3
    assert ten_days["accrued"] == "934.24"
    assert ten_days["options"][0]["fee"] == "1000.00"
    assert ten_days["options"][1]["break_even_on"] is not None
    agreed = ask("prepay", **LOAN, on="2028-03-20", amount="100000", penalty="36:1%", fee="0")
    assert [each["fee_fen"] for each in agreed["options"]] == [0, 0, 0]


def test_payoff_when_no_amount_is_given() -> None:
    (option,) = ask("prepay", **LOAN, on="2028-03-20")["options"]
    assert option["event"]["kind"] == "payoff"
    assert option["total"] == "961869.03"
    assert option["after"]["balance_fen"] == 0


def test_broken_first_period_by_both_rules() -> None:  # facts section 3
    for rule, interest in (("first-due-day", "972.22"), ("next-month", "3986.11")):
        found = ask("schedule", **LOAN, due_day="20", first_due=rule)
        assert found["rows"][0]["interest"] == interest


def test_a_combination_loan_is_two_loans_and_one_view() -> None:  # S4-005, S4-092
    first = {"principal": "400000", "rate": "3.05", "months": "360", "start": "2026-03-10"}
    found = ask("schedule", **first, also=["principal=600000,provident=first,months=240"])
    (fund,) = found["also"]
    assert fund["terms"]["rate_path"][0]["rate"] == "2.60"
    both = found["combined"]
    assert both["totals"]["interest_fen"] == found["totals"]["interest_fen"] + fund["totals"]["interest_fen"]
    assert both["rows"][0]["amount_fen"] == found["rows"][0]["amount_fen"] + fund["rows"][0]["amount_fen"]
    assert [part["loan"] for part in both["rows"][0]["parts"]] == [0, 1]
    for wrong in ("rate=3", "principal=1,event=x", "principal"):
        with pytest.raises(BadInput):
            ask("schedule", **first, also=[wrong])


def test_compare_gives_three_plans_or_says_why_not() -> None:  # S4-020
    plans = ask("compare", **texts(QUESTIONS["compare"]))["plans"]
    assert len(plans) >= 3
    assert plans[0]["statement"]["lines"][1]["amount"] == "1500.00"
    few = ask("compare", principal="1000000", months="360", method="level", rate="3.05")
    assert few["shortage"]["code"] == "plans_short"


def test_what_if_the_rate_moves() -> None:  # S4-061; facts section 14: 3.50 %, +0.25 points is 140.71 a month
    found = ask(
        "compare", principal="1000000", months="360", method="level", rate="3.5", shift_bp=["25", "-25"]
    )
    up, down = found["plans"][0]["rate_shifts"]
    assert abs(up["first_change_fen"] - 14071) <= 1
    assert down["first_change_fen"] < 0
    with pytest.raises(BadInput):
        ask("compare", principal="1000000", months="360", rate="3.5", shift_bp="3300")


def test_provident_first_is_not_always_right() -> None:  # S4-093: second home, fund 3.075 %, bank 3.00 %
    found = ask("split", principal="1500000", months="360", rate="3.00", home="second", fund_limit="800000")
    regimes = {each["objective"]: each["regime"] for each in found["answers"]}
    assert regimes["cost"] == "commercial_first"


def test_verdict_limits_and_next_steps() -> None:  # S4-036, S4-037
    found = ask("afford", **texts(QUESTIONS["afford"]))
    assert found["verdict"]["ok"] is True
    assert found["least_down_payment"]["down"] == "450000.00"
    older = ask("afford", **texts(QUESTIONS["afford"] | {"born": "1975-05-01"}))
    assert older["verdict"]["outcome"] == "refuse"
    assert older["limits"]["months"] == older["limits"]["months_by_age"] < 300
    assert older["verdict"]["next_steps"]
    bare = ask("afford", born="1990-05-01", income="25000", rate="3.05")
    assert bare["verdict"] is bare["affordable"] is bare["least_down_payment"] is None


def test_the_rate_of_the_facts_vector() -> None:  # facts section 1; S4-038, S4-059
    question = QUESTIONS["rate"]
    for on, rate in (
        ("2021-06-01", "5.20"),
        ("2024-10-25", "3.90"),
        ("2025-01-01", "3.30"),
        ("2026-03-01", "3.20"),
    ):
        assert ask("rate", **texts(question | {"on": on}))["rate"] == rate
    by_hand = ask(
        "rate", start="2026-03-10", months="360", rate="3.5", rate_step="2027-01-01:3.3", on="2027-06-01"
    )
    assert (by_hand["rate"], by_hand["since"]) == ("3.30", "2027-01-01")


def test_an_lpr_not_loaded_is_marked_not_guessed_silently() -> None:  # S4-004
    question = {"principal": "1000000", "months": "360", "lpr_spread_bp": "-45", "as_of": "2026-11-22"}
    assert [note["code"] for note in ask("schedule", **question)["notes"]] == ["rate_provisional"]
    assert [note["code"] for note in ask("compare", **question)["notes"]] == ["rate_provisional"]


def amounts(value: Any) -> Iterator[tuple[str | None, int | None]]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name.endswith("_fen"):
                yield value[name[:-4]], each
            yield from amounts(each)
    elif isinstance(value, list):
        for each in value:
            yield from amounts(each)


@pytest.mark.parametrize("name", COMMANDS)
def test_amounts_have_both_forms_and_nothing_is_a_float(name: str) -> None:
    found = ask(name, **texts(QUESTIONS[name]))
    pairs = list(amounts(found))
    assert pairs or name == "rate"
    for text, fen in pairs:
        assert (text is None) == (fen is None)
        if text is not None and fen is not None:
            assert re.fullmatch(r"-?\d+\.\d\d", text)
            assert int(text.replace(".", "")) == fen
    said = json.dumps(found)
    assert json.loads(said, parse_float=lambda text: pytest.fail(f"a float: {text}")) == found
    assert (found["format"], found["kind"], found["as_of"]) == ("anju.loan/1", name, "2026-09-30")


def test_provident_limit_by_account_and_city() -> None:  # S4-091
    home = {"price": "3000000", "down": "900000", "months": "300", "city": "example_a", "rate": "3.05"}
    person = {"born": "1990-05-01", "income": "25000"}
    one = ask("afford", **home, **person, fund_account="balance=60000,deposit=3000,months=60")["provident"]
    assert (one["limit"], one["binding"], one["ok"]) == ("900000.00", "account", True)
    assert [part["code"] for part in one["parts"]] == ["account", "cap", "price", "ability"]
    two = ask(
        "afford", **home, **person, person="role=spouse,born=1992-02-03,income=12000", uplift="children",
        fund_account=["balance=100000,months=60", "balance=100000,months=6"],
    )["provident"]  # fmt: skip
    assert [part["amount"] for part in two["parts"]][:2] == ["3000000.00", "2800000.00"]
    assert ask("afford", **home, **person)["provident"] is None
    for given in (
        {"fund_account": "deposit=1"},
        {"fund_account": ["balance=1", "balance=2"]},
        {"fund_account": "balance=1", "city": ""},
        {"uplift": "children"},
    ):
        with pytest.raises(BadInput):
            ask("afford", **{**home, **person, **given})


def test_income_drop_and_layers_of_a_plan() -> None:  # S4-061, S4-134
    asked = {"principal": "1000000", "months": "360", "method": "level", "rate": "3.05", "income": "10000"}
    (plan,) = ask("compare", **asked, income_drop=["10", "40"], marginal_rate="10")["plans"][:1]
    assert [drop["fits"] for drop in plan["income_drops"]] == [True, False]
    assert plan["income_drops"][1]["income"] == "6000.00"
    layers = {layer["code"]: layer["total_fen"] for layer in plan["layers"]}
    assert layers["tax"] == -240 * 100 * 100
    assert layers["net"] == layers["contract"] + layers["subsidy"] + layers["tax"]
    (told,) = ask("compare", **asked, marginal_rate="10", rent_deducted="yes")["plans"][:1]
    assert {layer["code"]: layer["total_fen"] for layer in told["layers"]}["tax"] == 0
    for given in ({"rent_deducted": "yes"}, {"income_drop": "20", "income": ""}, {"income_drop": "101"}):
        with pytest.raises(BadInput):
            ask("compare", **{**asked, **given})


def test_defaults_and_conventions_are_stated() -> None:
    found = ask("schedule", **LOAN)
    assert found["terms"]["conventions"] == {
        "rounding": "half_up",
        "residue": "last",
        "whole_period": "monthly",
        "year_days": 360,
        "frequency": "monthly",
        "levelling": "nominal",
        "broken_time": "days",
        "broken_instalment": "regular",
        "stub": "with_first",
        "instalment_rounding": None,
        "instalment_unit": "0.01",
        "instalment_unit_fen": 1,
    }
    assert {"rounding", "first_due", "method"} <= set(found["defaults"])


def test_refusals_of_the_core_speak_yuan_and_percent() -> None:
    with pytest.raises(BadInput) as refused:
        ask("prepay", **LOAN, on="2028-03-10", amount="960934.79")
    assert refused.value.field == "prepay.amount"
    assert "0.01 .. 960934.78" in refused.value.allowed
    assert "960934.79" in refused.value.message_zh


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys\nfrom anju.contexts.consulting import answers, tables\n"
        "heavy = {'django', 'numpy', 'numba', 'pandas', 'pyarrow', 'rich'}\n"
        "assert not heavy & {name.split('.')[0] for name in sys.modules}\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
