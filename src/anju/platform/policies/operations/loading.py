"""Loading policy data. Contents are kept for ever; what is in force is the last one loaded under its name."""

import hashlib
from datetime import datetime
from importlib import resources

from django.db import connection, transaction

from anju.platform.journal.operations import record
from anju.platform.policies import queries
from anju.platform.policies.facts import PolicyLoaded
from anju.platform.policies.models import PolicyVersion
from anju.platform.policies.parsing import PolicyUnreadable, check, parse

CONTENT_CHARACTERS_MAX = 4_000_000
SUFFIXES = (".csv", ".toml")


def version_of(content: str) -> str:
    """12 hex digits that name a content."""
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def load(name: str, content: str, *, at: datetime, by: str) -> str:
    """Bring a policy file into force; returns its version. The content in force already: nothing changes.

    An old version loaded again is in force again. Records ``policies.version.loaded``. Raises
    PolicyUnreadable.
    """
    require_sound(name, content)
    version = version_of(content)
    with transaction.atomic():
        if lock_in_force(name) != version:
            _put(name, version, content, at, by)
    queries.forget()
    return version


def require_sound(name: str, content: str) -> None:
    """Pass for a content that may come into force: readable, and without a fault that a registered check finds.

    Raises PolicyUnreadable.
    """
    if len(content) > CONTENT_CHARACTERS_MAX:
        raise PolicyUnreadable(name, f"> {CONTENT_CHARACTERS_MAX} characters")
    check(name, parse(name, content))


def lock_in_force(name: str) -> str | None:
    """The version in force, which nobody changes before the caller's transaction ends; None before any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('policies.load'))")
    newest = PolicyVersion.objects.filter(name=name).order_by("-load_no").values("version").first()
    return newest["version"] if newest else None


def _put(name: str, version: str, content: str, at: datetime, by: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('policies_load_no')")
        load_no = cursor.fetchone()[0]
    row, _ = PolicyVersion.objects.update_or_create(
        name=name,
        version=version,
        defaults={"load_no": load_no, "loaded_at": at, "loaded_by": by},
        create_defaults={"content": content, "load_no": load_no, "loaded_at": at, "loaded_by": by},
    )
    record(PolicyLoaded(row.pk, name, version, load_no), at=at, actor=by)


def load_shipped(*, at: datetime, by: str) -> list[str]:
    """Load every file of ``anju/policy/`` whose content was never loaded before; returns their names.

    A bank's own version stays in force until a release ships new content under that name.
    """
    loaded = []
    for name, content in shipped():
        if not PolicyVersion.objects.filter(name=name, version=version_of(content)).exists():
            load(name, content, at=at, by=by)
            loaded.append(name)
    return loaded


def shipped() -> list[tuple[str, str]]:
    """(name, content) of every file shipped, by name."""
    files = [file for file in resources.files("anju.policy").iterdir() if file.name.endswith(SUFFIXES)]
    return sorted((file.name, file.read_text(encoding="utf-8")) for file in files)
