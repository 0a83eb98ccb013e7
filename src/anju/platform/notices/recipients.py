"""Who else is told 通知对象: one duty becomes one obligation per role that the table names (issue 4, point 1).

The platform knows no loan: who stands in which role of a subject is looked up where a context registered it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from anju.platform.notices import owes
from anju.platform.notices.models import Obligation
from anju.platform.notices.rows import Owed

Parties = Mapping[int, Sequence[tuple[str, int]]]
"""`(role, person id)` of each subject, the one the notice is owed to may be left out."""

LIVE = ("owed", "in_progress", "exception")
Lookup = Callable[[Collection[int]], Parties]
_lookups: dict[str, Lookup] = {}
Joined = Callable[[Collection[int]], Mapping[tuple[int, str, int], datetime]]
"""Since when people stand in a role: `(subject, role, person)` -> the instant, for those who came later than the subject."""
_joined: dict[str, Joined] = {}


def register_lookup(subject_type: str, lookup: Lookup) -> None:
    """Who stands in which role of subjects of this type; one query whatever the number (wired in `site.wiring`)."""
    _lookups[subject_type] = lookup


def register_joined(subject_type: str, joined: Joined) -> None:
    """Since when people stand in their roles, for the completeness run (wired in `site.wiring`)."""
    _joined[subject_type] = joined


def unregister_lookup(subject_type: str) -> None:
    """For tests."""
    _lookups.pop(subject_type, None)
    _joined.pop(subject_type, None)


def joined(rows: Sequence[Owed]) -> dict[tuple[str, int, str, int], datetime]:
    """`(subject type, subject, role, person)` -> since when, of those who joined a subject of these rows later."""
    found = {}
    for subject_type in {row.subject[0] for row in rows} & _joined.keys():
        ids = {row.subject[1] for row in rows if row.subject[0] == subject_type}
        for (number, role, person_id), since in _joined[subject_type](ids).items():
            found[(subject_type, number, role, person_id)] = since
    return found


def key_of(key: str, role: str, person_id: int) -> str:
    """Key of another recipient's obligation; the borrower's stays as it is."""
    return f"{key}:{role}:{person_id}"


def base_of(key: str) -> str:
    """Key of the obligation that another recipient's key was made of."""
    return key.rsplit(":", 2)[0]


def expand(rows: Sequence[Owed]) -> Sequence[Owed]:
    """The rows, and after them one for each further person that the table names. One look-up per type of subject.

    A role without a text of its own in the table is told nothing; a person in two roles is told once, by the first.
    """
    more = owed_to_others(rows)
    return [*rows, *more] if more else rows


def owed_to_others(rows: Sequence[Owed], *, as_of_then: bool = False) -> list[Owed]:
    """What each further person that the table names is owed for these rows. `as_of_then`: only to those who stood in their
    role when the row became owed; who joined later is owed what comes later."""
    table = owes.table()
    others = {name: table[name].others for name in {row.notice_type for row in rows} if name in table}
    wanted = [row for row in rows if others.get(row.notice_type)]
    if not wanted or not _lookups:
        return []
    parties: dict[tuple[str, int], Sequence[tuple[str, int]]] = {}
    for subject_type in {row.subject[0] for row in wanted} & _lookups.keys():
        ids = {row.subject[1] for row in wanted if row.subject[0] == subject_type}
        found = _lookups[subject_type](ids)
        parties |= {(subject_type, number): people for number, people in found.items()}
    since = joined(wanted) if as_of_then else {}
    found_all = []
    for row in wanted:
        people = [
            (role, person_id)
            for role, person_id in parties.get(row.subject, ())
            if since.get((*row.subject, role, person_id), row.owed_at) <= row.owed_at
        ]
        found_all += _others(row, others[row.notice_type], people)
    return found_all


def _others(row: Owed, told: Mapping[str, str], people: Sequence[tuple[str, int]]) -> list[Owed]:
    seen = {row.person_id}
    found = []
    for role, person_id in people:
        if role in told and person_id not in seen:
            seen.add(person_id)
            key = key_of(row.key, role, person_id)
            found.append(replace(row, notice_type=told[role], key=key, person_id=person_id))
    return found


def keys_of_others(keys: Collection[str]) -> list[str]:
    """Keys of the live obligations that other recipients have for these; two queries, none when no type tells others."""
    table = owes.table()
    told = {name: set(row.others.values()) for name, row in table.items() if row.others}
    if not keys or not told:
        return []
    asked = set(keys)
    base = Obligation.objects.filter(key__in=asked, notice_type__in=list(told))
    subjects: dict[str, set[int]] = {}
    types: set[str] = set()
    for name, kind, number in base.values_list("notice_type", "subject_type", "subject_id"):
        subjects.setdefault(kind, set()).add(number)
        types |= told[name]
    found = []
    for kind, numbers in subjects.items():
        rows = Obligation.objects.filter(
            subject_type=kind, subject_id__in=numbers, notice_type__in=types, state__in=LIVE
        )
        found += [key for key in rows.values_list("key", flat=True) if base_of(key) in asked]
    return found
