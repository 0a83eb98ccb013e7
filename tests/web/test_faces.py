"""Clocks and charts as components show them."""

import json
import re
from datetime import UTC, datetime

import pytest
from django.utils import translation

from anju.web.charts import Chart, Series
from anju.web.faces import clock_face
from anju.web.message import without_link

DUE = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "minutes", "tone", "words"),
    [
        ("running", 130, "info", "还有 2 小时 10 分（工作时间）"),
        ("running", 60, "warn", "还有 1 小时（工作时间）"),
        ("running", -1, "bad", "已超时 1 分（工作时间）"),
        ("breached", 5, "bad", "已超时 5 分（工作时间）"),
        ("paused", 30, "warn", "已暂停，还有 30 分（工作时间）"),
        ("met", 0, "good", "按时完成"),
        ("cancelled", 0, "calm", "已取消"),
    ],
)
def test_a_clock_says_its_state_in_words_and_tone(state: str, minutes: int, tone: str, words: str) -> None:
    with translation.override("zh-hans"):
        face = clock_face(label="首次联系", state=state, due_at=DUE, minutes_left=minutes)
        assert (face.tone, face.remaining, face.at) == (tone, words, "11月22日 周日 14:30")


def test_a_chart_and_the_table_behind_it_say_the_same() -> None:
    chart = Chart("c", "余额会怎样变化？", "area", "年份", ["2026", "2027"], [Series("余额", [123_456, 100])])
    with translation.override("zh-hans"):
        found = re.search(r">(.*)</script>", str(chart.data_script))
        assert found is not None
        spec = json.loads(found[1])
        assert spec["series"][0]["values"] == [1234.56, 1.0]
        assert chart.rows == [("2026", ["1,234.56 元"]), ("2027", ["1.00 元"])]


def test_a_chart_of_many_points_has_a_shorter_table_that_keeps_the_last() -> None:
    chart = Chart(
        "c", "?", "line", "x", [str(n) for n in range(14)], [Series("s", list(range(14)))], table_every=6
    )
    assert [label for label, _ in chart.rows] == ["0", "6", "12", "13"]


def test_a_text_on_screen_has_no_confirmation_link() -> None:
    body = "您好！\n\n请确认：\nhttp://127.0.0.1:8000/a/1-2-3-abc\n\n安居"
    with translation.override("zh-hans"):
        assert without_link(body, button=True) == "您好！\n\n请确认：\n请点下方的“我已收到”。\n\n安居"
        assert without_link(body, button=False) == "您好！\n\n请确认：\n\n安居"
    assert without_link("请点 https://x.cn/a/1-2-3-abc ,咨询400。", button=True) == "请点 … ,咨询400。"
    assert without_link("见 https://x.cn/help", button=True) == "见 https://x.cn/help"
