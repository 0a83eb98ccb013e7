"""Every figure explains itself, in both languages, and the explanation adds up."""

import re
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anju.core.errors import BadInput
from anju.core.schedule import (
    Capitalise,
    Conventions,
    DueDayChange,
    Event,
    Explanation,
    Figure,
    Holiday,
    InterestOnly,
    Payoff,
    PenaltyRule,
    PenaltyTier,
    Prepay,
    RateChange,
    Stage,
    Terms,
    explain,
    quote,
    schedule,
)

from .golden import AFTER_24, MILLION, loan
from .lives import event, lives

TEN_DAYS = AFTER_24 + timedelta(days=10)
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,:;()?!]|[,:;()?!][\u4e00-\u9fff]")


def worked_out(figure: Figure) -> Fraction:
    """The left side of `worked` as a number of yuan: what a reader with a calculator gets."""
    left = figure.worked.rpartition(" = ")[0] or figure.worked
    if left.startswith("i = "):
        rate, left = left.removeprefix("i = ").split("; ")
        left = left.replace("i", f"({rate})")
    text = left.replace(",", "").replace("×", "*").replace("÷", "/").replace("^", "**").replace("%", "/100")
    text = re.sub(r"\d+(\.\d+)?", r"Fraction('\g<0>')", text).replace("**Fraction", "**int")
    return eval(text, {"Fraction": Fraction})


def assert_readable(explained: Explanation) -> None:
    assert not HALF_WIDTH.search(explained.zh), explained.zh
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"银发〔\d+〕\d+号", "", explained.title.en))
    for figure in explained.figures:
        assert all((figure.name.zh, figure.name.en, figure.formula.zh, figure.formula.en, figure.source.en))


@pytest.mark.parametrize(
    ("seq", "worked"),
    [
        (1, "1,000,000.00 × 3.50% ÷ 12 = 2,916.67"),
        (25, "960,934.79 × 3.50% ÷ 12 = 2,802.73"),
    ],
)
def test_an_instalment_explains_itself(seq: int, worked: str) -> None:  # facts section 3
    found = explain(MILLION, [], seq)
    assert found.figure("interest").worked == worked
    assert found.figure("instalment").worked == (
        "i = 3.50% ÷ 12; 1,000,000.00 × i × (1 + i)^360 ÷ ((1 + i)^360 - 1) = 4,490.45"
    )
    assert "四舍五入到分" in found.figure("interest").zh
    assert "rounded half-up" in found.figure("interest").en
    assert "银发〔1999〕77号" in found.figure("interest").source.zh


def test_the_text_can_be_read_aloud() -> None:
    found = explain(MILLION, [], 25)
    assert found.zh.splitlines()[1] == (
        "利息 2,802.73 元：剩余本金 × 年利率 ÷ 12，即 960,934.79 × 3.50% ÷ 12 = 2,802.73，四舍五入到分。"
        "依据：合同约定，银发〔1999〕77号（月利率为年利率除以 12）。"
    )
    assert found.en.splitlines()[1].startswith("Interest 2,802.73 yuan: balance x annual rate / 12, that is ")


def test_the_last_instalment_says_why_it_differs() -> None:
    found = explain(MILLION, [], 360)
    assert "全部剩余本金" in found.figure("principal").zh
    assert found.figure("amount").value_fen == 448_852


def test_a_broken_period_names_its_days_and_rates() -> None:
    found = explain(MILLION, [RateChange(TEN_DAYS, 30_000)], 25).figure("interest")
    assert found.worked == "960,934.79 × 3.50% ÷ 360 × 10 + 960,934.79 × 3.00% ÷ 360 × 21 = 2,615.88"
    assert "2028-03-20 – 2028-03-30" in [each.value for each in found.inputs]
    after = explain(MILLION, [RateChange(TEN_DAYS, 30_000)], 26).figure("instalment")
    assert after.inputs[0].value == "959,247.07"
    assert "335" in [each.value for each in after.inputs]


def test_a_prepayment_explains_interest_penalty_and_the_new_instalment() -> None:  # S4-058
    terms = loan(penalty=PenaltyRule((PenaltyTier(36, 10_000, 1),), free_per_year_fen=1_000_000))
    found = explain(terms, [], Prepay(TEN_DAYS, 10_000_000))
    assert found.figure("interest").worked == "100,000.00 × 3.50% ÷ 360 × 10 = 97.22"
    assert found.figure("penalty").worked == "90,000.00 × 1.00% + 90,000.00 × 3.50% ÷ 12 × 1 = 1,162.50"
    assert "496" in found.figure("penalty").zh
    assert found.figure("instalment").value_fen == 402_315
    assert "336" in found.figure("instalment").worked
    assert found.figure("total").value_fen == quote(terms, [], Prepay(TEN_DAYS, 10_000_000)).total_fen
    kept = explain(terms, [], Prepay(TEN_DAYS, 10_000_000, "shorten")).figure("instalment")
    assert kept.value_fen == 449_045


@pytest.mark.parametrize(
    "what",
    [
        Payoff(TEN_DAYS),
        Prepay(TEN_DAYS, 100, fee_fen=5),
        Prepay(TEN_DAYS, 100, interest="next_instalment"),
        Holiday(AFTER_24, 3, "capitalise"),
        InterestOnly(AFTER_24, 3),
        DueDayChange(TEN_DAYS, 5),
        Capitalise(TEN_DAYS, 100),
    ],
)
def test_every_event_has_a_title_and_readable_figures(what: Event) -> None:
    found = explain(MILLION, [], what)
    assert found.title.zh.startswith(str(what.on))
    assert_readable(found)
    assert found.figure("saved")


def test_methods_and_conventions_name_themselves() -> None:
    stepped = explain(loan("stepped", Stage("stepped", step_every=12, step_fen=10_000)), [], 30).figure(
        "instalment"
    )
    assert stepped.worked == "3,297.59 + 2 × 100.00 = 3,497.59"
    ratio = explain(loan("stepped", Stage("stepped", step_every=12, step_ppm=20_000)), [], 30).figure(
        "instalment"
    )
    assert ratio.worked.startswith("3,495.85 × (1 + 2.00%)^2 = ")
    half = explain(loan(conventions=Conventions(frequency="fortnightly")), [], 3).figure("instalment")
    assert "一半" in half.zh
    first = explain(loan("level_principal", conventions=Conventions("down", "first")), [], 1)
    assert "舍去" in first.figure("interest").zh
    assert first.figure("principal").worked == "2,777.77 + 2.80 = 2,780.57"


@pytest.mark.parametrize("seq", [0, 361, -1])
def test_there_is_no_such_instalment(seq: int) -> None:
    with pytest.raises(BadInput):
        explain(MILLION, [], seq)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), lives())
def test_explanations_give_the_posted_fen_and_add_up(
    data: st.DataObject, life: tuple[Terms, list[Event]]
) -> None:
    terms, events = life
    rows = [row for row in schedule(terms, events) if row.kind in ("instalment", "holiday")]
    if not rows:
        return
    row = data.draw(st.sampled_from(rows))
    found = explain(terms, events, row.seq)
    assert_readable(found)
    assert found.figure("amount").value_fen == row.amount_fen
    assert found.figure("principal").value_fen == row.principal_fen
    assert found.figure("balance").value_fen == row.balance_after_fen
    if row.kind == "instalment":
        assert found.figure("interest").value_fen == row.interest_fen
    for figure in found.figures:
        if "365/366" in figure.worked or (figure.code == "principal" and "不低于零" in figure.formula.zh):
            continue
        assert abs(worked_out(figure) * 100 - figure.value_fen) <= 1, figure.worked


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), lives(events_max=2))
def test_event_explanations_give_the_quoted_fen_and_add_up(
    data: st.DataObject, life: tuple[Terms, list[Event]]
) -> None:
    terms, events = life
    asked = data.draw(event(terms))
    try:
        found, quoted = explain(terms, events, asked), quote(terms, events, asked)
    except BadInput:
        return
    assert_readable(found)
    assert found.figure("saved").value_fen == quoted.interest_saved_fen
    if isinstance(asked, Prepay | Payoff):
        assert found.figure("interest").value_fen == quoted.interest_fen
        assert found.figure("penalty").value_fen == quoted.fee_fen
        assert found.figure("total").value_fen == quoted.total_fen
    for figure in found.figures:
        if "365/366" not in figure.worked:
            assert abs(worked_out(figure) * 100 - figure.value_fen) <= 1, figure.worked


def test_dates_are_written_as_dates() -> None:
    assert explain(MILLION, [], 1).title.zh == f"第 1 期，{date(2026, 4, 20)} 应还。"
