"""``anju journal verify``, ``anju policy``, ``anju user``: what they say and how they end."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import connection

from anju.platform.identity.models import Staff
from anju.platform.journal.operations import record_many
from anju.platform.policies import queries as policies
from anju.site import postgres
from anju.site.cli import anju

from .facts import Happened

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _database_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ensure", lambda *given, **named: {})


def _run(*words: str, **given: Any) -> Result:
    return CliRunner().invoke(anju, list(words), **given)


def _json(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout))


def test_whole_chains(at: datetime) -> None:
    record_many([Happened(n % 2, {"n": n}) for n in range(6)], at=at, actor="system:test")
    done = _run("journal", "verify", "--json")
    assert done.exit_code == 0, done.output
    assert _json(done) == {"ok": True, "chains": 2, "entries": 6, "breaks": []}
    assert "全部完整" in _run("journal", "verify", "--subject", "loan:1").output


def test_a_broken_chain(at: datetime) -> None:
    record_many([Happened(n % 2, {"n": n}) for n in range(6)], at=at, actor="system:test")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE journal_entry SET body = '{}' WHERE subject_id = 1 AND seq = 2")
        cursor.execute("ALTER TABLE journal_entry ENABLE TRIGGER USER")
    done = _run("journal", "verify", "--json")
    assert done.exit_code == 1
    (found,) = _json(done)["breaks"]
    assert (found["subject"], found["seq"], found["problem"]) == ("loan:1", 2, "body_changed")
    assert "loan:1 #2" in _run("journal", "verify").output
    assert _run("journal", "verify", "--subject", "loan:0").exit_code == 0
    assert _run("journal", "verify", "--subject", "loan").exit_code == 2


def test_policy_files(tmp_path: Path) -> None:
    assert "lpr.csv" in _json(_run("policy", "load", "--json"))["loaded"]
    assert _json(_run("policy", "load", "--json"))["loaded"] == []
    own = tmp_path / "mine.csv"
    own.write_text("\ufeffdate,lpr_1y,lpr_5y,confidence\n2019-08-20,4.25,4.85,seed\n", encoding="utf-8")
    done = _run("policy", "load", str(own), "--name", "lpr.csv", "--json")
    assert done.exit_code == 0, done.output
    policies.forget()
    assert len(policies.lpr().dates) == 1
    listed = {row["name"]: row["version"] for row in _json(_run("policy", "list", "--json"))["policies"]}
    assert listed["lpr.csv"] == policies.version("lpr.csv")
    everything = _json(_run("policy", "list", "--all", "--json"))["policies"]
    assert len([row for row in everything if row["name"] == "lpr.csv"]) == 2


def test_staff_accounts() -> None:
    words = ["user", "add", "A001", "--name", "王芳", "--role", "collector", "--branch", "SH01"]
    done = _run(*words, "--password", "good-enough-77")
    assert done.exit_code == 0, done.output
    assert Staff.objects.get(staff_no="A001").branch.code == "SH01"
    again = _run(*words, "--password", "good-enough-77")
    assert type(again.exception).__name__ == "StaffNoTaken"
    assert _run("user", "passwd", "A001", "--password", "even-better-88").exit_code == 0
    assert Staff.objects.get(staff_no="A001").check_password("even-better-88")
    assert _run(*words, "--role", "king").exit_code == 2
