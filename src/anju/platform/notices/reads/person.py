"""Why did this person get, or not get, this? 这位客户为什么收到、没收到: everything about one person, a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime

from anju.platform.contacts import queries as contacts
from anju.platform.contacts.rows import ContactRow
from anju.platform.journal import queries as journal
from anju.platform.journal.queries import EntryRow
from anju.platform.notices.models import Attempt, InboxMessage, Obligation
from anju.platform.notices.queries import AttemptRow, ObligationRow, attempt_rows, row_of
from anju.platform.notices.rows import Subject

PAGE_MAX = 50
CALLS_MAX = 200
_ENDS = ("notices.proven", "notices.closed_by_person", "notices.moot")


@dataclass(frozen=True, slots=True)
class TriedRow:
    """One try of a notice; `opened_at` when the person read it in the portal."""

    attempt: AttemptRow
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One notice owed to the person, every try in order, and what ended it as the journal tells it (`ends`)."""

    obligation: ObligationRow
    tries: tuple[TriedRow, ...]
    ends: tuple[EntryRow, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A page: notices newest first, contacts that belong to no notice (calls, visits, inbound), whether older ones exist."""

    notices: tuple[ToldRow, ...]
    contacts: tuple[ContactRow, ...]
    older: int | None


def told(person_id: int, subject: Subject | None, *, before: int | None = None, limit: int = 30) -> Told:
    """Everything one person got or did not get, about one subject or about all. Nine queries whatever the number.

    `before`: id of the last notice already shown. Contacts are those of the time the page covers.
    """
    limit = min(limit, PAGE_MAX)
    wanted = Obligation.objects.filter(person_id=person_id)
    if subject is not None:
        wanted = wanted.filter(subject_type=subject[0], subject_id=subject[1])
    if before is not None:
        wanted = wanted.filter(id__lt=before)
    rows = list(wanted.order_by("-id")[: limit + 1])
    shown = rows[:limit]
    older = shown[-1].id if len(rows) > limit else None
    tries = _tries([row.id for row in shown])
    ends = _ends({(row.subject_type, row.subject_id) for row in shown})
    found = tuple(
        ToldRow(row_of(row), tuple(tries.get(row.id, ())), tuple(ends.get(row.id, ()))) for row in shown
    )
    since = shown[-1].owed_at if older is not None else None
    until = shown[0].owed_at if before is not None and shown else None
    return Told(found, _contacts(person_id, since, until), older)


def _tries(ids: list[int]) -> dict[int, list[TriedRow]]:
    attempts = list(Attempt.objects.filter(obligation_id__in=ids).order_by("id"))
    opened = dict(
        InboxMessage.objects.filter(attempt_id__in=[row.id for row in attempts]).values_list(
            "attempt_id", "opened_at"
        )
    )
    found: dict[int, list[TriedRow]] = {}
    for row, shown in zip(attempts, attempt_rows(attempts), strict=True):
        found.setdefault(row.obligation_id, []).append(TriedRow(shown, opened.get(row.id)))
    return found


def _ends(subjects: set[Subject]) -> dict[int, list[EntryRow]]:
    found: dict[int, list[EntryRow]] = {}
    for entry in journal.timeline(sorted(subjects), limit=500, kinds=_ENDS):
        number = entry.body.get("obligation_id")
        if number is not None:
            found.setdefault(int(number), []).append(entry)
    return found


def _contacts(person_id: int, since: datetime | None, until: datetime | None) -> tuple[ContactRow, ...]:
    start = since or datetime.fromisoformat("2000-01-01T00:00:00+08:00")
    rows = contacts.history(person_id, start, limit=CALLS_MAX)
    return tuple(row for row in rows if row.attempt_id is None and (until is None or row.at < until))
