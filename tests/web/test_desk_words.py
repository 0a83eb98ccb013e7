"""Nothing at the desk is shown as a bare code: facts, kinds of work, clocks, notices, steps, icons."""

import importlib
import json
import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import translation

from anju.core.lifecycles import PROOF_RUNGS
from anju.platform.contacts.models import Address, Contact, StopFlag
from anju.platform.notices.ladder import EFFECTS, STATUSES
from anju.platform.policies.parsing import parse
from anju.platform.work.queues import QUEUES
from anju.policy import path as policy_path
from anju.web.desk import timeline, words

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "anju"
NOT_ON_A_CASE = re.compile(
    r"^(bench|dayend|letters|policies|notices\.provider|identity\.(staff|password)|servicing\.(import|mirror))"
)


def kinds_of_facts() -> set[str]:
    found = set()
    for path in SOURCE.rglob("*.py"):
        found |= set(re.findall(r'KIND: ClassVar\[str\] = "([a-z_.]+)"', path.read_text("utf-8")))
    return found


def test_every_fact_of_a_loan_or_person_has_its_sentence() -> None:
    told = {kind for kind in kinds_of_facts() if not NOT_ON_A_CASE.match(kind)}
    assert len(told) > 20
    assert told - set(timeline.RENDERERS) == set()


def test_codes_have_names() -> None:
    notices = parse("notice_types.toml", policy_path("notice_types.toml").read_text("utf-8"))
    assert set(QUEUES) <= set(words.QUEUES)
    assert set(notices) <= set(words.NOTICES)
    assert set(PROOF_RUNGS) <= set(words.PROOFS)
    assert set(STATUSES) <= set(words.RECEIPTS)
    assert set(words.RECEIPT_EFFECTS) == set(EFFECTS)
    assert set(Contact.CHANNELS) <= set(words.CHANNELS)
    assert set(Contact.PURPOSES) <= set(words.PURPOSES)
    assert set(StopFlag.KINDS) <= set(words.STOP_FLAGS)
    assert set(Address.HEALTH) <= set(words.HEALTH)


def test_reasons_that_end_something_have_words() -> None:
    pattern = r'(?:[( ]reason(?:=|: str = )|_REASON = )"([a-z_]+)"'
    found = {code for path in SOURCE.rglob("*.py") for code in re.findall(pattern, path.read_text("utf-8"))}
    assert {"cured", "covered_by_money_received"} <= found
    assert found <= set(words.REASONS)


def test_kinds_of_work_have_names() -> None:
    source = "".join(path.read_text("utf-8") for path in (SOURCE / "contexts").rglob("*.py"))
    toml = (SOURCE / "policy" / "outcomes.toml").read_text() + (
        SOURCE / "policy" / "timetable.toml"
    ).read_text()
    kinds = set(re.findall(r'kind = "([a-z_]+\.[a-z_]+)"', toml)) | set(
        re.findall(r'_KIND = "([a-z_]+\.[a-z_]+)"', source)
    )
    assert "collections.call" in kinds
    assert kinds <= set(words.KINDS)


def test_icons_are_in_the_sprite() -> None:
    sprite = set(json.loads((ROOT / "package.json").read_text())["anju"]["sprite"]["icons"])
    used = set()
    for path in (SOURCE / "web" / "templates" / "desk").rglob("*.html"):
        used |= set(re.findall(r'{% icon "([a-z-]+)" %}', path.read_text("utf-8")))
    python = "".join(path.read_text("utf-8") for path in (SOURCE / "web" / "desk").glob("*.py"))
    menu = importlib.import_module("anju.web.desk.shell").MENU
    used |= {entry[2] for entry in menu} | set(re.findall(r'"((?:[a-z]+-)+[a-z]+)"', python)) & sprite
    assert used - sprite == set()
    assert (
        set(
            re.findall(
                r'Said\(.*?, "([a-z-]+)"(?:, "(?:good|bad|warn|info)")?(?:, "out")?(?:, .*)?\)$', python, re.M
            )
        )
        <= sprite
    )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_unknown_fact_is_named_plainly(language: str) -> None:
    from datetime import UTC, datetime

    from anju.platform.journal.queries import EntryRow

    at = datetime(2026, 11, 23, tzinfo=UTC)
    entry = EntryRow(1, "loan", 1, 1, "future.thing.happened", at, at, "system:x", {})
    with translation.override(language):
        line = timeline.line(entry, timeline.Known())
        assert "future.thing.happened" in line.title
        assert Template("{{ l.title }}").render(Context({"l": line}))
