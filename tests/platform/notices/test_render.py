"""Texts: exact, in the person's language, never with a hole, never a threat. S3-14, S1-05, S2-11."""

import tomllib
from importlib.resources import files

import pytest

from anju.core.sms import segments
from anju.platform.contacts.people import PersonFacts
from anju.platform.notices.render import money_text, render
from anju.platform.notices.rows import BadToken, MissingVariable
from anju.platform.notices.tokens import ack_token, obligation_of_token, read_token

POLICY = files("anju.policy")
TEMPLATES = tomllib.loads((POLICY / "templates.toml").read_text(encoding="utf-8"))
TYPES = tomllib.loads((POLICY / "notice_types.toml").read_text(encoding="utf-8"))
JOURNEYS = tomllib.loads((POLICY / "journeys.toml").read_text(encoding="utf-8"))
SAMPLE = {
    "money": 123_456,
    "date": "2026-11-27",
    "datetime": "2026-11-27T06:30:00+00:00",
    "integer": 33,
    "tail4": "HL20260001",
    "text": "了解还款安排",
}
THREATS = (
    "后果自负",
    "立即起诉",
    "上门",
    "拘留",
    "黑名单",
    "亲友",
    "单位",
    "曝光",
    "强制",
    "必须",
    "最后通牒",
    "失信",
)
CHANNELS = ("sms", "email", "inbox")
NAMES = [name for name in TEMPLATES if name != "common"]


def sample(name):
    return {key: SAMPLE[kind] for key, kind in TEMPLATES[name]["variables"].items()}


def text(name, channel="sms", language="zh-hans", **change):
    return render(
        template=name,
        channel=channel,
        person=PersonFacts(language=language),
        variables=sample(name) | change,
        ack_url="http://127.0.0.1:8000/a/1-2k-9x-AbCdEfGhIjKlMnOpQrStUv",
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_policy")
class TestTexts:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("channel", CHANNELS)
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_every_text_is_whole(self, name, channel, language):
        made = text(name, channel, language)
        assert "{" not in made.subject + made.body
        assert "/a/1-2k-9x" in made.body
        assert made.subject == "" if channel == "sms" else made.subject
        assert len(made.hash) == 64
        assert made.hash == text(name, channel, language).hash

    @pytest.mark.parametrize("name", NAMES)
    def test_no_chinese_text_threatens(self, name):
        # S3-14
        for channel in CHANNELS:
            made = text(name, channel)
            assert [word for word in THREATS if word in made.subject + made.body] == []

    @pytest.mark.parametrize("name", NAMES)
    def test_an_sms_names_the_bank_and_stays_short(self, name, settings):
        made = text(name)
        assert made.body.startswith(f"【{settings.ANJU_BANK_NAME}】")
        assert segments(made.body) <= 4

    def test_amounts_dates_and_loan_numbers(self):
        body = text("reminder_5").body
        assert "1,234.56 元" in body
        assert "2026年11月27日" in body
        assert "尾号0001" in body
        assert "HL20260001" not in body
        assert money_text(100_000_000_00) == "100,000,000.00 元"
        assert money_text(-5) == "-0.05 元"
        assert "CNY 1,234.56" in text("reminder_5", language="en").body

    def test_a_follow_up_tells_time_purpose_and_outline(self):
        # S1-05
        body = text("visit_pre_notice", "inbox", outline="家庭收入与还款意愿").body
        assert "2026年11月27日14:30" in body
        assert "了解还款安排" in body
        assert "家庭收入与还款意愿" in body

    def test_the_fourth_notice_names_relief_complaint_and_what_is_true(self):
        body = text("overdue_4", "email").body
        for words in ("延期还款", "展期", "暂缓偿还本金", "投诉", "尚未起诉", "171号"):
            assert words in body

    @pytest.mark.parametrize(
        ("name", "change"),
        [
            ("reminder_5", {"amount_fen": "512345"}),
            ("reminder_5", {"amount_fen": 5123.45}),
            ("reminder_5", {"amount_fen": True}),
            ("reminder_5", {"due_on": "28.11.2026"}),
            ("reminder_5", {"loan_no": " "}),
            ("visit_pre_notice", {"visit_at": "2026-11-27T14:30:00"}),
        ],
    )
    def test_a_value_of_the_wrong_kind_is_no_text(self, name, change):
        with pytest.raises(MissingVariable):
            text(name, **change)

    def test_a_value_cannot_smuggle_lines_or_fields(self):
        made = text("visit_pre_notice", outline="一\n二 {ack_url}")
        assert "一 二 {ack_url}" in made.body

    @pytest.mark.parametrize("channel", CHANNELS)
    def test_a_missing_value_is_no_text(self, channel):
        values = sample("overdue_2")
        del values["overdue_fen"]
        with pytest.raises(MissingVariable):
            render(
                template="overdue_2",
                channel=channel,
                person=PersonFacts(),
                variables=values,
                ack_url="http://x/a/1",
            )


def test_every_type_has_a_text_and_a_journey_that_ends_with_a_person():
    # S2-10: every node has an owner and a time limit
    for name, row in TYPES.items():
        assert row.get("template", name) in TEMPLATES
        steps = JOURNEYS[row["journey"]]["steps"]
        assert [step["channel"] for step in steps] == ["inbox", "sms", "email", "person"]
        assert steps[-1]["queue"] == "exceptions"
        assert steps[-1]["due"]["amount"] > 0
        assert all(step["wait_minutes"] > 0 for step in steps[:-1])
        assert row["deadline"]["amount"] > 0
        assert row["label_zh"]
        assert row["label_en"]


class TestLink:
    def test_it_names_obligation_and_attempt(self):
        assert read_token(ack_token(12345, 678)) == (12345, 678)
        assert obligation_of_token(ack_token(12345)) == 12345
        assert len(ack_token(10**9, 10**9)) < 45

    @pytest.mark.parametrize("change", [
        lambda t: t.replace("1-9ix", "1-9iy"),
        lambda t: "2" + t[1:],
        lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"),
        lambda t: t + "x",
        lambda t: t[:10],
        lambda t: "",
        lambda t: "一-二-三-四",
        lambda t: "x" * 10_000,
    ])  # fmt: skip
    def test_a_changed_one_is_refused(self, change):
        with pytest.raises(BadToken):
            read_token(change(ack_token(12345, 678)))

    def test_a_rotated_key_still_opens_old_links(self, settings):
        old = ack_token(7)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another"
        assert obligation_of_token(old) == 7
        settings.SECRET_KEY_FALLBACKS = []
        with pytest.raises(BadToken):
            obligation_of_token(old)
