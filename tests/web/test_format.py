"""One format each, in both languages. Values at the edges: zero, minus, half units, none."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from django.utils import translation

from anju.core.schedule.rows import RowKind
from anju.web import format as fmt


@pytest.fixture(params=["zh-hans", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (123456, "1,234.56 元", "CNY 1,234.56"),
        (0, "0.00 元", "CNY 0.00"),
        (-5, "-0.05 元", "CNY -0.05"),
        (100_000_000_00, "100,000,000.00 元", "CNY 100,000,000.00"),
        (None, "—", "—"),
    ],
)
def test_money(fen: int | None, zh: str, en: str) -> None:
    with translation.override("zh-hans"):
        assert fmt.money(fen) == zh
    with translation.override("en"):
        assert fmt.money(fen) == en


@pytest.mark.parametrize(
    ("ppm", "text"),
    [
        (39_500, "3.95%"),
        (35_000, "3.50%"),
        (41_650, "4.165%"),
        (0, "0.00%"),
        (26_001, "2.6001%"),
        (None, "—"),
    ],
)
def test_percent(ppm: int | None, text: str) -> None:
    assert fmt.percent(ppm) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 7, "0.0%"), (892, 988, "90.2%"), (9_999, 10_000, "99.9%"), (5, 5, "100.0%"), (0, 0, "—")],
)
def test_share(part: int, whole: int, text: str) -> None:
    assert fmt.share(part, whole) == text


def test_dates_and_moments_are_told_at_the_bank() -> None:
    at = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
    midnight = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    with translation.override("zh-hans"):
        assert fmt.moment(at) == "11月22日 周日 14:30"
        assert fmt.moment(midnight) == "11月22日 周日 00:00"
        assert fmt.day(midnight) == "2026-11-22"
        assert fmt.day(date(2026, 1, 2)) == "2026-01-02"
        assert fmt.year_month(date(2026, 1, 2)) == "2026年1月"
        assert (fmt.moment(None), fmt.day(None)) == ("—", "—")
    with translation.override("en"):
        assert fmt.moment(at) == "Sun 22 Nov 14:30"
        assert fmt.year_month(date(2026, 1, 2)) == "Jan 2026"


@pytest.mark.parametrize(
    ("minutes", "working", "zh", "en"),
    [
        (130, True, "还有 2 小时 10 分（工作时间）", "2 h 10 min left (working time)"),
        (60, True, "还有 1 小时（工作时间）", "1 h left (working time)"),
        (0, True, "还有 0 分（工作时间）", "0 min left (working time)"),
        (-65, True, "已超时 1 小时 5 分（工作时间）", "1 h 5 min late (working time)"),
        (1500, True, "还有 25 小时（工作时间）", "25 h left (working time)"),
        (1500, False, "还有 1 天 1 小时", "1 d 1 h left"),
        (1445, False, "还有 1 天", "1 d left"),
        (-8, False, "已超时 8 分", "8 min late"),
    ],
)
def test_remaining_time(minutes: int, working: bool, zh: str, en: str) -> None:
    with translation.override("zh-hans"):
        assert fmt.remaining(minutes, working=working) == zh
    with translation.override("en"):
        assert fmt.remaining(minutes, working=working) == en


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [(0, "今天", "today"), (1, "明天", "tomorrow"), (3, "3 天后", "in 3 days"), (-3, "3 天前", "3 days ago")],
)
def test_days_away(days: int, zh: str, en: str) -> None:
    today = date(2026, 2, 27)
    with translation.override("zh-hans"):
        assert fmt.days_away(today + timedelta(days=days), today) == zh
    with translation.override("en"):
        assert fmt.days_away(today + timedelta(days=days), today) == en


@pytest.mark.parametrize(
    ("months", "zh"), [(360, "30 年"), (30, "2 年 6 个月"), (6, "6 个月"), (0, "0 个月")]
)
def test_term(months: int, zh: str) -> None:
    with translation.override("zh-hans"):
        assert fmt.term(months) == zh


def test_masks_show_no_more_than_needed(language: str) -> None:  # S4-133
    with translation.override(language):
        assert fmt.mask_phone("13812348000") == "138****8000"
        assert fmt.mask_name("欧阳娜娜") == "欧阳**"
        assert fmt.mask_id_number("110101199003070017") == "110***********0017"


def test_rows_of_a_plan_that_are_no_instalment_have_names() -> None:
    assert [kind for kind in get_args(RowKind) if not fmt.row_kind(kind)] == ["instalment"]
