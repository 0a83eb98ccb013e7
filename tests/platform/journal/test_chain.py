"""Chains: appended in order, hashed the same in SQL and Python, never changed, and a break is found where it
is.
"""

# S3-12 S3-19

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import Error, connection
from django.db.utils import DataError

from anju.platform.journal import chain, queries
from anju.platform.journal.operations import BodyNotPlain, record, record_many

from .facts import Ended, Happened

pytestmark = pytest.mark.django_db

BODIES = [
    {},
    {"金额_fen": 123456789012345678901234567890, "说明": "还款\n“引号”\\ \t 结束", "b": True, "n": None},
    {"zz": 1, "a": [1, "二", [], {}], "长键名在后": {"b": -1, "aa": 0, "é": "\u007f\u0001"}, "B": False},
    {"emoji": "🏠", "empty": "", "slash": "/", "zero": 0},
]


def test_hash_is_the_same_in_sql_and_python(at: datetime) -> None:
    record_many([Happened(7, body) for body in BODIES], at=at, actor="staff:3")
    entries = queries.chain(("loan", 7))
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert [entry.body for entry in entries] == BODIES
    for entry in entries:
        assert entry.hash == chain.entry_hash(
            prev_hash=entry.prev_hash, subject=("loan", 7), seq=entry.seq, kind="test.thing.happened",
            at=at, actor="staff:3", body=entry.body,
        )  # fmt: skip
    assert chain.verify_entries(entries, last=queries.head(("loan", 7))) == []


def test_random_bodies_agree(at: datetime) -> None:
    rng = random.Random(20261123)
    letters = 'abcXYZ 0123_中文利率贷款é🏠"\\\n\r\t\b\f\x00'.replace("\x00", "\x1f")

    def text() -> str:
        return "".join(rng.choice(letters) for _ in range(rng.randrange(0, 12)))

    def value(depth: int) -> object:
        kind = rng.randrange(7 if depth else 5)
        if kind == 5:
            return [value(depth - 1) for _ in range(rng.randrange(4))]
        if kind == 6:
            return {text(): value(depth - 1) for _ in range(rng.randrange(5))}
        return [rng.randrange(-(10**22), 10**22), text(), rng.random() < 0.5, None, rng.randrange(-9, 9)][
            kind
        ]

    record_many(
        [Happened(8, {text(): value(3) for _ in range(5)}) for _ in range(200)], at=at, actor="system:test"
    )
    assert chain.verify_entries(queries.chain(("loan", 8)), last=queries.head(("loan", 8))) == []
    assert queries.verify(("loan", 8)) == []


def test_instants_are_hashed_in_utc_with_microseconds(at: datetime) -> None:
    odd = datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)
    record(Happened(9), at=odd, actor="system:test")
    record(Happened(9), at=at + timedelta(microseconds=1), actor="system:test")
    assert chain.verify_entries(queries.chain(("loan", 9))) == []


def test_one_call_with_many_subjects_returns_ids_in_order(at: datetime) -> None:
    facts = [Happened(number % 5, {"n": number}) for number in range(50)]
    ids = record_many(facts, at=at, actor="system:test")
    assert len(set(ids)) == 50
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, subject_id, (body->>'n')::int, seq FROM journal_entry ORDER BY id")
        rows = cursor.fetchall()
    assert [row[0] for row in rows] == ids
    assert [(row[1], row[2], row[3]) for row in rows] == [(n % 5, n, n // 5 + 1) for n in range(50)]
    assert queries.verify() == []


def test_nothing_recorded_for_nothing(at: datetime) -> None:
    assert record_many([], at=at, actor="system:test") == []


def test_floats_are_refused(at: datetime) -> None:
    for body in ({"x": 1.0}, {"x": [1, {"y": 2.5}]}, {"x": {1: "key"}}, {"x": at}):
        with pytest.raises(BodyNotPlain):
            record(Happened(1, body), at=at, actor="system:test")
    with pytest.raises(ValueError, match="aware"):
        record(Happened(1), at=datetime(2026, 1, 1), actor="system:test")
    assert queries.chain(("loan", 1)) == []


def test_a_separator_in_a_name_is_refused(at: datetime) -> None:
    from django.db import transaction

    with pytest.raises(DataError), transaction.atomic():
        record(Happened(1), at=at, actor="staff:1|x")
    assert queries.chain(("loan", 1)) == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal_entry SET body = '{}' WHERE subject_id = 4",
        "DELETE FROM journal_entry WHERE subject_id = 4",
    ],
)
def test_entries_are_never_changed(at: datetime, sql: str) -> None:
    from django.db import transaction

    record(Happened(4, {"amount_fen": 5}), at=at, actor="system:test")
    with pytest.raises(Error, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert queries.chain(("loan", 4))[0].body == {"amount_fen": 5}


def _tamper(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        assert cursor.rowcount == 1
        cursor.execute("ALTER TABLE journal_entry ENABLE TRIGGER USER")


@pytest.fixture
def _book(at: datetime) -> None:
    record_many([Happened(n % 40, {"n": n}) for n in range(400)], at=at, actor="system:test")
    record_many([Happened(n, {"n": n}, "person") for n in range(40)], at=at, actor="system:test")


@pytest.mark.usefixtures("_book")
@pytest.mark.parametrize(
    ("sql", "seq", "problem"),
    [
        ("UPDATE journal_entry SET body = '{\"n\": 1}' WHERE {which} AND seq = 4", 4, "body_changed"),
        ("UPDATE journal_entry SET actor = 'staff:9' WHERE {which} AND seq = 4", 4, "body_changed"),
        ("UPDATE journal_entry SET at = at + interval '1 us' WHERE {which} AND seq = 1", 1, "body_changed"),
        ("DELETE FROM journal_entry WHERE {which} AND seq = 4", 4, "missing_entry"),
        ("DELETE FROM journal_entry WHERE {which} AND seq = 1", 1, "missing_entry"),
        ("DELETE FROM journal_entry WHERE {which} AND seq = 10", 10, "head_mismatch"),
        ("UPDATE journal_head SET hash = sha256('x') WHERE {which}", 10, "head_mismatch"),
        ("DELETE FROM journal_head WHERE {which}", 10, "head_missing"),
        (
            "UPDATE journal_entry e SET body = '{\"n\": 1}', hash = sha256(e.prev_hash || journal_payload("
            "e.subject_type, e.subject_id, e.seq, e.kind, e.at, e.actor, '{\"n\": 1}'))"
            " WHERE {which} AND seq = 4",
            5,
            "link_broken",
        ),
    ],
)
def test_a_break_is_found_exactly_there(sql: str, seq: int, problem: str) -> None:
    assert queries.verify() == []
    _tamper(sql.replace("{which}", "subject_type = 'loan' AND subject_id = 17"))
    found = queries.verify()
    assert [(b.subject, b.seq, b.problem) for b in found] == [(("loan", 17), seq, problem)]
    assert found[0].zh
    assert found[0].en
    assert [(b.seq, b.problem) for b in queries.verify(("loan", 17))] == [(seq, problem)]
    assert queries.verify(("loan", 16)) == []
    if problem != "head_missing":
        offline = chain.verify_entries(queries.chain(("loan", 17)), last=queries.head(("loan", 17)))
        assert [(b.seq, b.problem) for b in offline] == [(seq, problem)]


def test_timeline_is_newest_first_and_pages(at: datetime) -> None:
    for day in range(5):
        record(Happened(1, {"day": day}), at=at + timedelta(days=day), actor="system:test")
        record(Ended(2, {"day": day}, "person"), at=at + timedelta(days=day), actor="system:test")
    record(Happened(3), at=at, actor="system:test")
    subjects = [("loan", 1), ("person", 2)]
    whole = queries.timeline(subjects)
    assert [(row.subject[0], row.body["day"]) for row in whole] == [
        (kind, day) for day in (4, 3, 2, 1, 0) for kind in ("person", "loan")
    ]
    first = queries.timeline(subjects, limit=4)
    assert first + queries.timeline(subjects, limit=100, before=first[-1].id) == whole
    assert {row.kind for row in queries.timeline(subjects, kinds=["test.thing.ended"])} == {
        "test.thing.ended"
    }
    assert queries.timeline([]) == []
