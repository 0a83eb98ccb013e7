"""What the governor reads: the ledger, and everything known about a person that bears on contact; a query each."""

from collections.abc import Collection, Iterable
from datetime import datetime, time
from typing import Any

from django.db import connection

from anju.core.contact_policy import Appointment, Choice, ContactPast, FlagOn, Hours, Override, Standing
from anju.platform.contacts.rows import Wish

_PAST = """
SELECT person_id, at, purpose, channel, outbound, answered, outcome_code, basis FROM contacts_contact
 WHERE person_id = ANY(%s) AND state <> 'void' AND (%s::timestamptz IS NULL OR at > %s)
"""

_STANDING = """
WITH wanted AS MATERIALIZED (SELECT unnest(%(ids)s::bigint[]) AS person_id)
SELECT person_id, 'flag', 0::bigint, kind, '', '', false, active_from, active_to
  FROM contacts_stopflag JOIN wanted USING (person_id)
 WHERE active_from <= %(at)s AND (active_to IS NULL OR active_to > %(at)s)
UNION ALL
SELECT person_id, 'choice', 0, purpose, channel, '', agreed, active_from, active_to
  FROM contacts_consent JOIN wanted USING (person_id)
 WHERE active_from <= %(at)s AND (active_to IS NULL OR active_to > %(at)s)
UNION ALL
SELECT person_id, 'hours', weekdays, start::text, "end"::text, '', agreed, active_from, active_to
  FROM contacts_contacthours JOIN wanted USING (person_id)
 WHERE active_from <= %(at)s AND (active_to IS NULL OR active_to > %(at)s)
UNION ALL
SELECT person_id, 'appointment', id, purpose, channel, '', false, starts_at, ends_at
  FROM contacts_appointment JOIN wanted USING (person_id)
 WHERE ends_at > %(at)s AND made_at <= %(at)s AND (cancelled_at IS NULL OR cancelled_at > %(at)s)
UNION ALL
SELECT person_id, 'override', id, purpose, channel, asked_by, false, from_at, to_at
  FROM contacts_override JOIN wanted USING (person_id)
 WHERE state = 'granted' AND to_at > %(at)s
"""

_NAMED = """
SELECT n.person_id, n.debtor_id, n.role, n.consent_at FROM contacts_namedcontact n
  JOIN unnest(%s::bigint[], %s::bigint[]) AS w(person_id, debtor_id) USING (person_id, debtor_id)
 WHERE n.active_from <= %s AND (n.active_to IS NULL OR n.active_to > %s)
"""

_ENGAGED = """
SELECT w.agency_id, w.loan_id, a.scope = 'all' OR EXISTS (
    SELECT FROM contacts_agencyloan l WHERE l.agency_id = w.agency_id AND l.loan_id = w.loan_id
       AND l.active_from <= %(at)s AND (l.active_to IS NULL OR l.active_to > %(at)s))
  FROM unnest(%(agencies)s::bigint[], %(loans)s::bigint[]) AS w(agency_id, loan_id)
  JOIN contacts_agency a ON a.id = w.agency_id
 WHERE a.active_from <= %(at)s AND (a.active_to IS NULL OR a.active_to > %(at)s)
"""


def past(person_ids: Collection[int], since: datetime | None) -> dict[int, list[ContactPast]]:
    """Contacts by person, those given back left out; from `since` on, or all."""
    found: dict[int, list[ContactPast]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PAST, [list(person_ids), since, since])
        for person_id, at, purpose, channel, outbound, answered, outcome, basis in cursor.fetchall():
            direction = "outbound" if outbound else "inbound"
            row = ContactPast(at, purpose, channel, direction, answered, outcome, basis)
            found.setdefault(person_id, []).append(row)
    return found


def standing(person_ids: Collection[int], at: datetime) -> dict[int, Standing]:
    """What is known about these persons; only those about whom something is."""
    parts: dict[int, dict[str, list[Any]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"ids": list(person_ids), "at": at})
        for person_id, kind, *row in cursor.fetchall():
            parts.setdefault(person_id, {}).setdefault(kind, []).append(_PARTS[kind](*row))
    return {person_id: _put_together(kinds) for person_id, kinds in parts.items()}


def _put_together(kinds: dict[str, list[Any]]) -> Standing:
    return Standing(
        flags=tuple(kinds.get("flag", ())),
        choices=tuple(kinds.get("choice", ())),
        hours=tuple(kinds.get("hours", ())),
        appointments=tuple(kinds.get("appointment", ())),
        overrides=tuple(kinds.get("override", ())),
    )


def weekdays_of(mask: int) -> frozenset[int]:
    """ISO weekdays of a mask."""
    return frozenset(day for day in range(1, 8) if mask & 1 << (day - 1))


def mask_of(weekdays: Iterable[int]) -> int:
    """Mask of ISO weekdays."""
    return sum(1 << (day - 1) for day in set(weekdays))


def _hours(mask: int, start: str, end: str, _: str, agreed: bool, *_span: Any) -> Hours:
    return Hours(weekdays_of(mask), time.fromisoformat(start), time.fromisoformat(end), agreed)


_PARTS: dict[str, Any] = {
    "flag": lambda _n, code, _b, _c, _f, _start, end: FlagOn(code, end),
    "choice": lambda _n, purpose, channel, _c, agreed, _start, _end: Choice(purpose, channel, agreed),
    "hours": _hours,
    "appointment": lambda n, purpose, channel, _c, _f, start, end: Appointment(
        n, purpose, channel, start, end
    ),
    "override": lambda n, purpose, channel, who, _f, start, end: Override(
        n, purpose, channel, start, end, who
    ),
}


def named(wishes: Iterable[Wish], at: datetime) -> dict[tuple[int, int | None], str]:
    """Role by (person, debtor) of those whom a debtor named; a reference counts only with its consent."""
    pairs = {(wish.person_id, wish.debtor_id) for wish in wishes if wish.debtor_id is not None}
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, [[pair[0] for pair in pairs], [pair[1] for pair in pairs], at, at])
        return {
            (person_id, debtor_id): role
            for person_id, debtor_id, role, consent_at in cursor.fetchall()
            if role == "estate" or (consent_at is not None and consent_at <= at)
        }


def agencies_engaged(wishes: Iterable[Wish], at: datetime) -> dict[tuple[int, int | None], bool]:
    """Of these (agency, loan): those whose agency has a contract in force, and whether it covers the loan.

    It covers every loan, and a wish that names none, when the agency is engaged for all; else only loans that are assigned to
    it at that instant.
    """
    pairs = {(wish.agency_id, wish.loan_id) for wish in wishes if wish.agency_id is not None}
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _ENGAGED, {"agencies": [one[0] for one in pairs], "loans": [one[1] for one in pairs], "at": at}
        )
        return {(agency_id, loan_id): covered for agency_id, loan_id, covered in cursor.fetchall()}
