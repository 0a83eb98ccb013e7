"""Policy is dated data: every version kept, the last one loaded in force, old ones still readable."""

from datetime import date, datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anju.platform.journal import queries as journal
from anju.platform.policies import operations, queries
from anju.platform.policies.parsing import PolicyUnreadable

pytestmark = pytest.mark.django_db
HEAD = "effective_date,param,scope,value,document,confidence\n"
OLD = HEAD + "2020-01-01,cap,loan,3,文号一,seed\n"
NEW = HEAD + "2020-01-01,cap,loan,5,文号二,seed\n"


def _load(content: str, at: datetime, name: str = "policy_params.csv") -> str:
    return operations.load(name, content, at=at, by="staff:1")


def test_the_last_one_loaded_is_in_force(at: datetime) -> None:
    old = _load(OLD, at)
    assert queries.params().integer("cap", "loan", date(2026, 1, 1)) == 3
    new = _load(NEW, at)
    assert queries.version("policy_params.csv") == new
    assert queries.params().integer("cap", "loan", date(2026, 1, 1)) == 5
    assert queries.params(version=old).integer("cap", "loan", date(2026, 1, 1)) == 3
    _load(OLD, at)
    assert queries.version("policy_params.csv") == old, "an old version loaded again is in force again"
    assert [(row.version, row.in_force) for row in queries.versions()] == [(old, True), (new, False)]
    assert queries.content("policy_params.csv", new) == NEW


def test_loading_is_a_fact_and_the_same_content_changes_nothing(at: datetime) -> None:
    _load(OLD, at)
    _load(OLD, at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM policies_policyversion")
        ((row_id,),) = cursor.fetchall()
    (entry,) = journal.timeline([("policy", row_id)])
    assert (entry.kind, entry.actor, entry.body["name"]) == (
        "policies.version.loaded", "staff:1", "policy_params.csv",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("policy_params.csv", HEAD + "yesterday,cap,loan,3,文号,seed\n"),
        ("special_days.csv", "date,kind\n2026-01-01,party\n"),
        ("working_hours.toml", 'zone = "Asia/Shanghai"\nshifts = [["12:00", "09:00"]]\n'),
        ("working_hours.toml", 'zone = "Asia/Nowhere"\nshifts = [["09:00", "12:00"]]\n'),
        ("working_hours.toml", "zone = 1"),
        ("benchmark_rates.csv", "effective_date,rate_le_1y_pct\n2015-10-24,4.35\n"),
        ("cities.toml", "[[city]]\ncode = 'x'\n"),
        ("anything.toml", "not toml"),
        ("anything.exe", ""),
    ],
)
def test_what_cannot_be_read_is_refused(at: datetime, name: str, content: str) -> None:
    with pytest.raises(PolicyUnreadable):
        _load(content, at, name)
    assert queries.versions() == []


def test_shipped_files_load_once_and_do_not_displace_the_banks_own(at: datetime) -> None:
    names = operations.load_shipped(at=at, by="system:test")
    assert {
        "policy_params.csv",
        "lpr.csv",
        "provident_rates.csv",
        "special_days.csv",
        "working_hours.toml",
    } <= set(names)
    assert operations.load_shipped(at=at, by="system:test") == []
    own = _load(OLD, at)
    assert operations.load_shipped(at=at, by="system:test") == []
    assert queries.version("policy_params.csv") == own
    assert queries.calendar().is_official(date(2026, 10, 1))
    assert not queries.calendar().is_working_day(date(2026, 10, 1))
    assert queries.hours().shifts[0] == (time(9), time(12))
    assert queries.lpr().dates
    assert queries.provident().rows
    assert queries.benchmark().in_force(date(2019, 1, 1)).over_5y_ppm == 49_000
    assert queries.rate_tables().benchmark == queries.benchmark()
    assert all(city.example for city in queries.cities().cities.values())


def test_every_shipped_file_is_read_and_dated(shipped_policy: list[str]) -> None:
    for name in shipped_policy:
        assert queries.value(name) is not None
        assert len(queries.version(name)) == 12


def test_not_loaded(at: datetime) -> None:
    with pytest.raises(queries.PolicyNotLoaded):
        queries.lpr()
    _load(OLD, at)
    with pytest.raises(queries.PolicyNotLoaded):
        queries.params(version="0" * 12)


def test_questions_cost_at_most_one_query_a_second(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(queries.time, "monotonic", lambda: now[0])
    _load(OLD, at)
    queries.params()
    with CaptureQueriesContext(connection) as captured:
        for _ in range(50):
            queries.params()
            queries.version("policy_params.csv")
    assert len(captured) == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO policies_policyversion (name, version, content, load_no, loaded_at, loaded_by)"
            " VALUES ('policy_params.csv', 'elsewhere', %s, nextval('policies_load_no'), %s, 'another process')",
            [NEW, at],
        )
    assert queries.params().integer("cap", "loan", date(2026, 1, 1)) == 3
    now[0] += 1.0
    assert queries.params().integer("cap", "loan", date(2026, 1, 1)) == 5
