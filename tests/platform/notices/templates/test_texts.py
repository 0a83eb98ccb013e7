"""Texts are artefacts: what may come into force, what providers approved, what is previewed."""

import os
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anju.core.errors import BadInput, UnlawfulTransition
from anju.core.sms import segments
from anju.core.speech import SpeechRules
from anju.platform.notices import templates
from anju.platform.notices.rows import MissingVariable
from anju.platform.notices.templates import approving, checking, samples, texts
from anju.platform.policies import operations as policies
from anju.platform.policies import queries, sections
from anju.platform.policies.parsing import PolicyUnreadable
from anju.policy import path

GOLDEN = Path(__file__).parent / "golden"
FILE = path("templates.toml").read_text("utf-8")
DATA = tomllib.loads(FILE)
WORDS = SpeechRules.parse(tomllib.loads(path("forbidden_words.toml").read_text("utf-8")))


def picture(name: str) -> str:
    """Every text of a template with its sample values, its length and its segments."""
    lines = [f"# {name}"]
    for text in texts.texts_of(DATA, name):
        made = samples.preview(text, DATA)
        parts = f", {segments(made.body)} SMS" if text.channel == "sms" else ""
        lines += ["", f"## {text.language} {text.channel} ({len(made.body)}{parts})"]
        lines += [made.subject] if made.subject else []
        lines.append(made.body)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", texts.names(DATA))
def test_golden(name: str) -> None:
    """What a borrower reads changes only on purpose: `ANJU_GOLDEN=write` writes the files anew, to be looked at."""
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("ANJU_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(picture(name), encoding="utf-8")
    assert picture(name) == file.read_text("utf-8")
    assert {text.channel for text in texts.texts_of(DATA, name)} == set(texts.SOURCES)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("再不还款，后果自负", "threat"),
        ("我们将通知您的单位", "disclosure"),
        ("请回复短信验证码", "codes"),
        ("我们加强催收管理", None),
        ("我行人员不会向您索要密码或验证码。", None),
        ("即将强催", "red_list"),
        ("Pay NOW or else", "threat"),
        ("请加我微信", "private"),
    ],
)
def test_forbidden_words(text: str, category: str | None) -> None:  # S3-14
    assert {found.category.code for found in WORDS.find(text)} == ({category} if category else set())


BROKEN: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("forbidden", lambda row: row["zh"].update(sms="【{bank_name}】再不还款后果自负，确认 {ack_url}")),
    ("no_signature", lambda row: row["zh"].update(sms="您尾号{loan_no}的贷款，确认 {ack_url}")),
    ("no_link", lambda row: row["en"].update(sms="[{bank_name}] due on {due_on}")),
    ("undeclared", lambda row: row["zh"].update(push="{nobody}")),
    ("undeclared", lambda row: row["variables"].pop("due_on")),
    ("bad_kind", lambda row: row["variables"].update(due_on="day")),
    ("no_variables", lambda row: row.pop("variables")),
    ("no_language", lambda row: row.pop("en")),
    ("missing", lambda row: row["zh"].pop("sms")),
    ("missing", lambda row: row["zh"].pop("subject")),
    ("empty", lambda row: row["zh"].update(voice=" ")),
    ("unknown", lambda row: row["zh"].update(fax="x")),
    ("long", lambda row: row["zh"].update(sms="【{bank_name}】{ack_url}" + "好" * 400)),
    ("long", lambda row: row["zh"].update(push="好" * 141)),
    ("long_subject", lambda row: row["zh"].update(subject="好" * 61)),
]


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_policy")
@pytest.mark.parametrize(("code", "spoil"), BROKEN)
def test_what_may_not_come_into_force(code: str, spoil: Callable[[dict[str, Any]], object]) -> None:
    data = tomllib.loads(FILE)
    assert checking.findings(data) == []
    spoil(data["reminder_5"])
    found = {finding.code for finding in checking.findings(data)}
    assert code in found
    with pytest.raises(checking.TextRefused):
        checking.check_file(data)


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_policy")
def test_a_threat_is_refused_at_load(at: datetime) -> None:  # S3-14
    before = queries.version("templates.toml")
    with pytest.raises(PolicyUnreadable, match="后果自负"):
        policies.load("templates.toml", FILE.replace("请于还款日前备足款项", "后果自负"), at=at, by="staff:1")
    assert queries.version("templates.toml") == before


def test_no_channel_takes_another_ones_text() -> None:
    data = tomllib.loads(FILE)
    data["reminder_5"]["zh"].pop("wecom")
    with pytest.raises(MissingVariable, match="no text zh for wecom"):
        texts.make_text(data, "reminder_5", "zh", "wecom")
    data["reminder_5"]["zh"]["inbox"] = "站内 {ack_url}"
    assert texts.make_text(data, "reminder_5", "zh", "inbox").body == "站内 {ack_url}"
    assert texts.make_text(data, "reminder_5", "zh", "email").body.startswith("您好")


@pytest.mark.parametrize(
    ("length", "parts"), [(0, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
)
def test_segments(length: int, parts: int) -> None:
    assert segments("好" * length) == parts


def test_a_character_outside_the_basic_plane_counts_twice() -> None:
    assert (segments("😀" * 35), segments("😀" * 36)) == (1, 2)


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_policy")
def test_an_approval_is_of_one_text(at: datetime) -> None:
    asked = ("gateway", "reminder_5", "sms", "zh")
    pk = templates.approval_open(
        provider="gateway", template="reminder_5", channel="sms", language="zh", by="staff:1", at=at
    )
    assert templates.approval(*asked) is None
    with pytest.raises(approving.ApprovalThere):
        templates.approval_open(
            provider="gateway", template="reminder_5", channel="sms", language="zh", by="staff:1", at=at
        )
    with pytest.raises(UnlawfulTransition):
        templates.approval_move(approval_id=pk, state="approved", by="staff:1", at=at)
    with pytest.raises(BadInput):
        templates.approval_move(approval_id=pk, state="lost", by="staff:1", at=at)
    templates.approval_move(approval_id=pk, state="submitted", by="staff:1", at=at)
    templates.approval_move(approval_id=pk, state="approved", by="staff:1", at=at, provider_code="SMS_0001")
    found = templates.approval(*asked)
    assert found is not None
    assert found.provider_code == "SMS_0001"
    with CaptureQueriesContext(connection) as captured:
        for _ in range(20):
            assert templates.approval(*asked) == found
        assert templates.approval("gateway", "reminder_5", "sms", "en") is None
    assert len(captured) == 0
    policies.load("templates.toml", FILE.replace("请于还款日前备足款项", "请备足款项"), at=at, by="staff:1")
    assert templates.approval(*asked) is None, "a changed text needs its own approval"
    policies.load("templates.toml", FILE, at=at, by="staff:1")
    templates.approval_move(approval_id=pk, state="withdrawn", by="staff:1", at=at)
    assert templates.approval(*asked) is None


def test_a_section_is_replaced_and_nothing_else() -> None:
    text = '# head\n\n[a]\nx = 1\n[a.zh]\nbody = """\n[b]\nno header\n"""\n\n# about b\n[b]\ny = 2\n'
    made = sections.replace(text, "a", "[a]\nx = 3")
    assert made == "# head\n\n[a]\nx = 3\n\n# about b\n[b]\ny = 2\n"
    assert tomllib.loads(sections.replace(text, "c", "[c]\nz = 1"))["c"] == {"z": 1}


@pytest.mark.parametrize(
    "value", ["a", 'say "hi"', "two\nlines", 'back\\slash\nand """quotes"""', "tab\t\x7f"]
)
def test_texts_are_written_as_they_are_read(value: str) -> None:
    assert tomllib.loads(f"x = {sections.quoted(value)}")["x"].strip("\n") == value


@pytest.mark.usefixtures("shipped_policy")
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("template", "change", "code"),
    [
        ("visit_pre_notice", lambda body: body.replace("{ack_url}/stop", "{service_line}"), "no_stop_link"),
        ("reminder_5", lambda body: f"{body}{{ack_url}}/stop", "stop_link"),
        ("visit_pre_notice", lambda body: body, ""),
    ],
)
def test_the_link_that_ends_contact_stands_only_where_it_may(
    template: str, change: Callable[[str], str], code: str
) -> None:
    """PIPL Art. 15: to withdraw is as easy as to give; what the contract needs cannot be declined."""
    data = tomllib.loads(FILE)
    data[template]["zh"]["body"] = change(data[template]["zh"]["body"])
    assert {row.code for row in checking.findings(data, template)} == ({code} if code else set())
