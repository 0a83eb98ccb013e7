"""The governor 联系管控: may we contact this person now, and the slot that two callers cannot both win (S1-06).

The rule itself is `anju.core.contact_policy`; here it gets its history and flags, many persons at a time, and
reservations are serialised by one advisory lock per person that lasts as long as the caller's transaction.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from anju.core.contact_policy import ContactPast, ContactRules, Flags, History, may_contact
from anju.core.verdict import Verdict
from anju.platform.bulk import insert
from anju.platform.contacts.models import Contact, StopFlag
from anju.platform.contacts.people import PersonFacts, facts_of
from anju.platform.contacts.rows import ContactRefused, Reserved, Subject, Wish
from anju.platform.policies import queries as policies

LOCK_CLASS = 0x414E4A43
"""Advisory lock class of this governor ("ANJC")."""

HISTORY_DAYS = 2
"""A local day of any zone lies within two days before `at`; that is all the daily caps look at."""

RESERVE_MAX = 1000
"""Most wishes of one call: each holds an advisory lock until commit."""


class Desk:
    """Everything the rule needs for a set of persons at an instant, read in three queries."""

    def __init__(self, wishes: Collection[Wish], at: datetime) -> None:
        ids = sorted({wish.person_id for wish in wishes})
        third = sorted({wish.person_id for wish in wishes if not wish.debtor_is_person})
        self.at = at
        self.people: dict[int, PersonFacts] = facts_of(ids)
        self.past = _past(ids, third, at)
        self.flags = _flags(ids, at)
        self.table = policies.params()
        self.rules: dict[object, ContactRules] = {}

    def verdict(self, wish: Wish) -> Verdict:
        zone = self.people[wish.person_id].tz
        on = self.at.astimezone(zone).date()
        if on not in self.rules:
            self.rules[on] = ContactRules.from_policy(self.table, on)
        return may_contact(
            purpose=wish.purpose,
            channel=wish.channel,
            at=self.at,
            zone=zone,
            rules=self.rules[on],
            history=History(tuple(self.past[wish.person_id])),
            flags=self.flags[wish.person_id],
            debtor_is_person=wish.debtor_is_person,
        )

    def took_place(self, wish: Wish) -> None:
        self.past[wish.person_id].append(ContactPast(self.at, wish.purpose, wish.channel, "outbound", False))


def _past(ids: Sequence[int], third: Sequence[int], at: datetime) -> dict[int, list[ContactPast]]:
    rows = Contact.objects.filter(person_id__in=ids, state__in=("reserved", "done"))
    recent = rows.filter(at__gt=at - timedelta(days=HISTORY_DAYS))
    if third:
        recent = recent | Contact.objects.filter(person_id__in=third, state__in=("reserved", "done"))
    past: dict[int, list[ContactPast]] = defaultdict(list)
    columns = ("person_id", "at", "purpose", "channel", "outbound", "answered", "outcome_code")
    for person_id, when, purpose, channel, outbound, answered, outcome in recent.values_list(*columns):
        direction = "outbound" if outbound else "inbound"
        past[person_id].append(ContactPast(when, purpose, channel, direction, answered, outcome))
    return past


def _flags(ids: Sequence[int], at: datetime) -> dict[int, Flags]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = StopFlag.objects.filter(person_id__in=ids, active_from__lte=at).values_list(
        "person_id", "kind", "active_to"
    )
    for person_id, kind, active_to in rows:
        if active_to is None or active_to > at:
            found[person_id].add(kind)
    return {person_id: Flags.of(found.get(person_id, ())) for person_id in ids}


def ask(
    *, person_id: int, purpose: str, channel: str, at: datetime, debtor_is_person: bool = True
) -> Verdict:
    """May we contact this person now? Promises nothing: only `reserve` takes the slot. Raises PolicyMissing."""
    wish = Wish(person_id, purpose, channel, debtor_is_person=debtor_is_person)
    return Desk([wish], at).verdict(wish)


def ask_many(wishes: Iterable[Wish], *, at: datetime) -> list[Verdict]:
    """`ask` for many, each on its own, in their order; four queries in all."""
    wanted = list(wishes)
    if not wanted:
        return []
    desk = Desk(wanted, at)
    return [desk.verdict(wish) for wish in wanted]


def reserve(
    *,
    person_id: int,
    purpose: str,
    channel: str,
    at: datetime,
    actor: str,
    subject: Subject | None,
    debtor_is_person: bool = True,
) -> Reserved:
    """Take the slot, atomically against every other caller. Raises ContactRefused; then nothing was written."""
    wish = Wish(person_id, purpose, channel, subject, None, debtor_is_person)
    with transaction.atomic():
        (got,) = reserve_many([wish], at=at, actor=actor)
    if isinstance(got, Verdict):
        raise ContactRefused(got)
    return got


def reserve_many(wishes: Sequence[Wish], *, at: datetime, actor: str) -> list[Reserved | Verdict]:
    """Take many slots in the caller's transaction: per wish a Reserved, or the Verdict that refuses it.

    Wishes for one person are judged in their order, each seeing those granted before it. Persons are locked in the
    order of their ids, so two batches cannot block each other for ever.
    """
    if not wishes:
        return []
    if len(wishes) > RESERVE_MAX:
        raise ValueError(f"at most {RESERVE_MAX} wishes a call")
    keys = sorted({wish.person_id & 0x7FFFFFFF for wish in wishes})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, key) FROM unnest(%s::int[]) AS key", [LOCK_CLASS, keys]
        )
    desk = Desk(wishes, at)
    verdicts = []
    for wish in wishes:
        verdict = desk.verdict(wish)
        if verdict.ok:
            desk.took_place(wish)
        verdicts.append(verdict)
    granted = [(wish, verdict) for wish, verdict in zip(wishes, verdicts, strict=True) if verdict.ok]
    made = [_row(wish, verdict, at, actor) for wish, verdict in granted]
    insert(made)
    rows = iter(made)
    return [Reserved(next(rows).id, verdict) if verdict.ok else verdict for verdict in verdicts]


def _row(wish: Wish, verdict: Verdict, at: datetime, actor: str) -> Contact:
    subject_type, subject_id = wish.subject or ("", None)
    return Contact(
        person_id=wish.person_id,
        subject_type=subject_type,
        subject_id=subject_id,
        purpose=wish.purpose,
        channel=wish.channel,
        at=at,
        actor=actor,
        attempt_id=wish.attempt_id,
        policy_version=verdict.policy_version[:16],
    )
