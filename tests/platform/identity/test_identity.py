"""Who may do what; borrowers' codes; reveals; and no plain phone or ID number in the tables."""

# S1-09

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from django.db import connection, transaction

from anju.platform.identity import crypto, operations, queries
from anju.platform.identity.models import BorrowerAccount, Branch, OneTimeCode, Reveal, Staff
from anju.platform.identity.permissions import NotPermitted, branch_ids, permitted, require, require_branch
from anju.platform.identity.roles import PERMISSIONS, ROLE_LABELS, ROLES, may
from anju.platform.journal import queries as journal

MakeStaff = Callable[..., Staff]
PHONE, ID_NUMBER = "13812345678", "11010519491231002X"


# Roles.


def test_every_role_is_in_both_tables() -> None:
    assert set(PERMISSIONS) == set(ROLES) == set(ROLE_LABELS)


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        ("loan.view", "adviser follow_up_agent collector risk_officer supervisor"),
        ("work.do", "adviser follow_up_agent collector risk_officer supervisor"),
        ("call.record", "adviser follow_up_agent collector supervisor"),
        ("promise.take", "adviser collector supervisor"),
        ("visit.record", "follow_up_agent supervisor"),
        ("risk.review", "risk_officer supervisor"),
        ("reveal.phone", "adviser follow_up_agent collector risk_officer supervisor"),
        ("reveal.id_number", "supervisor"),
        ("evidence.export", "collector risk_officer supervisor"),
        ("recording.play", "risk_officer supervisor"),
        ("exception.close", "supervisor"),
        ("contact.override", "supervisor"),
        ("consult.use", "adviser supervisor"),
        ("work.assign", "supervisor"),
        ("hold.manage", "supervisor"),
        ("loan.change", "adviser supervisor"),
        ("loan.parties", "supervisor administrator"),
        ("letters.run", "supervisor administrator"),
        ("reveal.post", "supervisor administrator"),
        ("imports.load", "administrator"),
        ("imports.view", "supervisor administrator"),
        ("dayend.view", "supervisor administrator"),
        ("dayend.run", "administrator"),
        ("policy.load", "administrator"),
        ("staff.manage", "administrator"),
        ("jobs.view", "administrator"),
    ],
)
def test_role_table(permission: str, roles: str) -> None:
    assert {role for role in ROLES if may(role, permission)} == set(roles.split())


def test_the_table_above_knows_every_permission() -> None:
    marker = next(mark for mark in test_role_table.pytestmark if mark.name == "parametrize")  # type: ignore[attr-defined]
    assert {row[0] for row in marker.args[1]} == set().union(*PERMISSIONS.values())
    assert not may("nobody", "loan.view")


@pytest.mark.django_db
def test_requirements_and_scope(branch: Branch, staff: MakeStaff) -> None:
    collector, boss, gone = (
        staff("collector"),
        staff("supervisor", sees_all_branches=True),
        staff(is_active=False),
    )
    require(collector, "promise.take")
    with pytest.raises(NotPermitted) as caught:
        require(collector, "reveal.id_number")
    assert "reveal.id_number" in caught.value.message_zh
    with pytest.raises(NotPermitted):
        require(gone, "loan.view")
    assert not permitted(gone, "loan.view")
    assert branch_ids(collector) == [branch.pk]
    assert branch_ids(boss) is None
    assert branch_ids(gone) == []
    require_branch(collector, branch.pk)
    require_branch(boss, 999)
    with pytest.raises(NotPermitted):
        require_branch(collector, 999)


# Staff.


@pytest.mark.django_db
def test_making_staff(branch: Branch, at: datetime) -> None:
    given = {"name": "王芳", "role": "collector", "branch_id": branch.pk, "at": at, "by": "system:cli"}
    staff_id = operations.staff_create(staff_no="A001", password="长城万里-2026-长", **given)
    member = Staff.objects.get(pk=staff_id)
    assert member.check_password("长城万里-2026-长")
    assert member.password.startswith("argon2")
    (fact,) = journal.timeline([("staff", staff_id)])
    assert (fact.kind, fact.body["role"]) == ("identity.staff.created", "collector")
    assert "password" not in str(fact.body)
    with pytest.raises(operations.StaffNoTaken):
        operations.staff_create(staff_no="A001", password=None, **given)
    with pytest.raises(operations.RoleUnknown):
        operations.staff_create(staff_no="A002", password=None, **{**given, "role": "king"})
    for weak in ("short", "password1234567890"[:8]):
        with pytest.raises(operations.PasswordWeak):
            operations.staff_create(staff_no="A003", password=weak, **given)
    assert [row.staff_no for row in queries.staff()] == ["A001"]
    operations.password_set(staff_no="A001", password="another-good-one-9", at=at, by="system:cli")
    assert Staff.objects.get(pk=staff_id).check_password("another-good-one-9")
    with pytest.raises(operations.StaffUnknown):
        operations.password_set(staff_no="A999", password="another-good-one-9", at=at, by="system:cli")
    nobody = operations.staff_create(staff_no="A004", password=None, **given)
    assert not Staff.objects.get(pk=nobody).has_usable_password()


# One-time codes.


@pytest.fixture
def account(db: None, at: datetime) -> int:
    return operations.borrower_account_ensure(person_id=4, at=at)


def _minutes(at: datetime, minutes: float) -> datetime:
    return at + timedelta(minutes=minutes)


@pytest.mark.django_db
def test_an_account_per_person(account: int, at: datetime) -> None:
    assert operations.borrower_account_ensure(person_id=4, at=at) == account
    assert queries.account_of(4) == account
    assert queries.account_of(5) is None


@pytest.mark.django_db
def test_a_code_works_once(account: int, at: datetime) -> None:
    code = operations.code_issue(account_id=account, at=at)
    assert len(code) == 6
    assert code.isdigit()
    assert code not in str(list(OneTimeCode.objects.values()))
    assert operations.code_verify(account_id=account, code=code, at=_minutes(at, 1)) == 4
    assert BorrowerAccount.objects.get(pk=account).last_login_at == _minutes(at, 1)
    with pytest.raises(operations.CodeWrong):
        operations.code_verify(account_id=account, code=code, at=_minutes(at, 1))
    assert [e.kind for e in journal.timeline([("person", 4)])] == [
        "identity.borrower.entered", "identity.code.issued",
    ]  # fmt: skip


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.mark.django_db
def test_five_tries(account: int, at: datetime) -> None:
    code = operations.code_issue(account_id=account, at=at)
    for _ in range(4):
        with pytest.raises(operations.CodeWrong):
            operations.code_verify(account_id=account, code=_wrong(code), at=at)
    assert operations.code_verify(account_id=account, code=code, at=at) == 4, "the fifth try still counts"
    code = operations.code_issue(account_id=account, at=_minutes(at, 2))
    for _ in range(5):
        with pytest.raises(operations.CodeWrong):
            operations.code_verify(account_id=account, code=_wrong(code), at=_minutes(at, 2))
    with pytest.raises(operations.CodeWrong):
        operations.code_verify(account_id=account, code=code, at=_minutes(at, 2))


@pytest.mark.django_db(transaction=True)
def test_a_wrong_try_is_counted_although_it_raises(at: datetime) -> None:
    account = operations.borrower_account_ensure(person_id=4, at=at)
    code = operations.code_issue(account_id=account, at=at)
    with pytest.raises(operations.CodeWrong):
        operations.code_verify(account_id=account, code=_wrong(code), at=at)
    assert OneTimeCode.objects.get().tries == 1
    with pytest.raises(RuntimeError), transaction.atomic():
        operations.code_verify(account_id=account, code=code, at=at)


@pytest.mark.django_db
def test_every_failure_looks_the_same(account: int, at: datetime) -> None:
    texts = set()
    code = operations.code_issue(account_id=account, at=at)
    newer = operations.code_issue(account_id=account, at=_minutes(at, 1))
    for wrong, when in (
        (code if code != newer else "x", 1),
        (newer, 6),
        ("", 1),
        ("不是数字", 1),
        (newer + "0", 1),
    ):
        with pytest.raises(operations.CodeWrong) as caught:
            operations.code_verify(account_id=account, code=wrong, at=_minutes(at, when))
        texts.add(str(caught.value))
    with pytest.raises(operations.CodeWrong) as caught:
        operations.code_verify(account_id=account + 999, code="000000", at=at)
    assert texts == {str(caught.value)}
    assert operations.code_verify(account_id=account, code=newer, at=_minutes(at, 5.9)) == 4


@pytest.mark.django_db
def test_one_a_minute_and_five_an_hour(account: int, at: datetime) -> None:
    operations.code_issue(account_id=account, at=at)
    with pytest.raises(operations.CodeTooSoon) as soon:
        operations.code_issue(account_id=account, at=at + timedelta(seconds=59))
    assert soon.value.next_at == _minutes(at, 1)
    for minute in (1, 2, 3, 4):
        operations.code_issue(account_id=account, at=_minutes(at, minute))
    with pytest.raises(operations.CodeTooMany) as many:
        operations.code_issue(account_id=account, at=_minutes(at, 30))
    assert many.value.next_at == _minutes(at, 60)
    operations.code_issue(account_id=account, at=_minutes(at, 60))
    assert OneTimeCode.objects.count() == 6


# Reveals and encryption.


@pytest.mark.django_db
def test_a_reveal_needs_a_permission_and_a_reason(staff: MakeStaff, at: datetime) -> None:
    collector, boss = staff("collector"), staff("supervisor")
    with pytest.raises(NotPermitted):
        operations.reveal_record(staff_id=collector.pk, person_id=4, field="id_number", reason="核对", at=at)
    with pytest.raises(operations.ReasonMissing):
        operations.reveal_record(staff_id=collector.pk, person_id=4, field="phone", reason=" ", at=at)
    assert Reveal.objects.count() == 0
    assert journal.timeline([("person", 4)]) == []
    operations.reveal_record(staff_id=boss.pk, person_id=4, field="id_number", reason="核对身份", at=at)
    (row,) = queries.reveals(person_id=4)
    assert (row.staff_id, row.field, row.reason) == (boss.pk, "id_number", "核对身份")
    (fact,) = journal.timeline([("person", 4)])
    assert (fact.kind, fact.actor) == ("identity.value.revealed", f"staff:{boss.pk}")


def test_encryption_is_different_each_time_and_notices_changes() -> None:
    first, second = crypto.encrypt(PHONE), crypto.encrypt(PHONE)
    assert first != second
    assert crypto.decrypt(first) == crypto.decrypt(second) == PHONE
    with pytest.raises(InvalidTag):
        crypto.decrypt(first[:-1] + bytes([first[-1] ^ 1]))
    assert crypto.blind_index("phone", PHONE) == crypto.blind_index("phone", PHONE)
    assert crypto.blind_index("phone", PHONE) != crypto.blind_index("id_number", PHONE)


@pytest.mark.django_db
def test_a_dump_of_every_table_shows_no_phone_and_no_id_number(at: datetime) -> None:
    from anju.contexts.parties.models import Person
    from anju.platform.contacts.operations import set_addresses_many

    before = _dump()
    person = Person.objects.create(
        name="张三",
        id_number=ID_NUMBER,
        id_number_index=crypto.blind_index("id_number", ID_NUMBER),
        created_at=at,
    )
    assert set_addresses_many([(person.pk, "phone", PHONE)], at=at) == 1
    operations.borrower_account_ensure(person_id=person.pk, at=at)
    person.refresh_from_db()
    assert person.id_number == ID_NUMBER, "it can be read with the key"
    dump = _dump()
    assert "张三" in dump
    assert dump != before
    for plain in (PHONE, ID_NUMBER):
        for form in (plain, plain.encode().hex(), plain.encode("utf-16-le").hex()):
            assert form not in dump


def _dump() -> str:
    """Every row of every table of ours, as text, the way pg_dump would write it."""
    out = io.StringIO()
    writer = csv.writer(out)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            writer.writerows(cursor.fetchall())
    return out.getvalue()
