"""What every test may ask for: a database of this session's own, a branch, staff, an instant, the shipped
policy.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

AT = datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
"""A Monday morning in working hours."""


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    anju_postgres: object, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """The session's server runs before the test database is made (a conftest's fixture goes before any
    plugin's).
    """


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """The journal refuses TRUNCATE, which is how transactional tests clean up: here alone it is allowed.

    At the end, sessions of threads that have ended are ended too: the collector may not have come by yet, and a database in use
    is not dropped.
    """
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("DROP TRIGGER IF EXISTS journal_entry_no_truncate ON journal_entry")
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _fresh_process(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test sees what another left in the process: policy kept, handlers registered, journal of one
    transaction.
    """
    names = set(request.fixturenames)
    in_database = bool(names & {"db", "transactional_db", "django_db_reset_sequences"}) or any(
        request.node.iter_markers("django_db")
    )
    if not in_database:
        yield
        return
    from anju.platform.journal import handlers
    from anju.platform.policies import queries

    known = dict(handlers._handlers)
    queries.forget()
    yield
    queries.forget()
    handlers._handlers.clear()
    handlers._handlers.update(known)


@pytest.fixture(autouse=True)
def _journal_of_one_transaction(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a test that lives in one transaction, handlers hear what that transaction recorded."""
    marker = request.node.get_closest_marker("django_db")
    transactional = "transactional_db" in request.fixturenames or (
        marker is not None and marker.kwargs.get("transaction", False)
    )
    if not transactional and ("db" in request.fixturenames or marker is not None):
        from anju.platform.journal import handlers

        monkeypatch.setattr(handlers, "see_own_transaction", True)


@pytest.fixture
def at() -> datetime:
    """2026-11-23 09:30 in Shanghai, a working Monday."""
    return AT


@pytest.fixture
def branch(db: None) -> object:
    """A branch."""
    from anju.platform.identity.models import Branch

    return Branch.objects.create(code="SH01", name="上海徐汇支行")


@pytest.fixture
def staff(branch: object) -> Callable[..., object]:
    """``staff(role)``: a member of staff of the branch, with a password; other columns by keyword."""
    from anju.platform.identity.models import Staff

    count = iter(range(1, 1000))

    def make(role: str = "collector", *, password: str | None = None, **fields: object) -> object:
        number = next(count)
        given = {
            "staff_no": f"{role[:3].upper()}{number:04d}",
            "name": f"员工{number}",
            "branch": branch,
            **fields,
        }
        return Staff.objects.create_user(password=password, role=role, **given)

    return make


@pytest.fixture
def shipped_policy(db: None, at: datetime) -> list[str]:
    """Every shipped policy file, loaded."""
    from anju.platform.policies import operations

    return operations.load_shipped(at=at, by="system:test")
