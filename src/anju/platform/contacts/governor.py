"""The governor 联系管控: may we contact this person now, and the slot that two callers cannot both win (S1-06).

The rule itself is `anju.core.contact_policy`; here it gets its history and what the person said, many persons at a time.
Reservations whose answer depends on other contacts are serialised by one advisory lock per person that lasts as long as
the caller's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import connection, transaction

from anju.core.verdict import Reason, Verdict
from anju.platform.bulk import insert
from anju.platform.contacts.desk import Desk
from anju.platform.contacts.models import Contact
from anju.platform.contacts.people import PersonFacts
from anju.platform.contacts.rows import ContactRefused, Reserved, Subject, Wish
from anju.platform.contacts.spending import claim_override, spend_overrides

__all__ = ["Desk", "ask", "ask_many", "lock_persons", "reserve", "reserve_many"]

LOCK_CLASS = 0x414E4A43
"""Advisory lock class of this governor ("ANJC")."""

RESERVE_MAX = 1000
"""Most wishes of one call: each holds an advisory lock until commit."""


@dataclass(slots=True)
class NewContact:
    """A contact to be inserted, reserved; every column of the model but its number, which it gets as `pk`."""

    MODEL: ClassVar[type[Contact]] = Contact
    person_id: int
    subject_type: str
    subject_id: int | None
    purpose: str
    channel: str
    at: datetime
    actor: str
    attempt_id: int | None
    policy_version: str
    agency_id: int | None
    basis: str
    reason: str
    outbound: bool = True
    state: str = "reserved"
    answered: bool = False
    outcome_code: str = ""
    recording_ref: str = ""
    recording_checksum: str = ""
    pk: int = 0


_SPENT = Reason("override_used", "特批已经用过。", "The override was used already.")


def ask(
    *,
    person_id: int,
    purpose: str,
    channel: str,
    at: datetime,
    debtor_is_person: bool = True,
    debtor_id: int | None = None,
    agency_id: int | None = None,
    subject: Subject | None = None,
    actor: str = "",
    facts: PersonFacts | None = None,
) -> Verdict:
    """May we contact this person now? Promises nothing: only `reserve` takes the slot. Raises PolicyMissing.

    `debtor_id`: whose debt it is, when the person is not a debtor; `agency_id`: the outside agency that acts, and `subject`:
    ("loan", id), for which loan: an agency that has only named loans is refused for any other, and when no loan is named;
    one engaged for all loans may leave it out. `actor`: who would make the contact; `facts`: of the person, where the
    caller has them already.
    """
    wish = Wish(person_id, purpose, channel, subject, None, debtor_is_person, debtor_id, agency_id)
    people = None if facts is None else {person_id: facts}
    return Desk([wish], at, actor=actor, people=people).verdict(wish)


def ask_many(wishes: Iterable[Wish], *, at: datetime, actor: str = "") -> list[Verdict]:
    """`ask` for many, each on its own, in their order; a constant number of queries."""
    wanted = list(wishes)
    if not wanted:
        return []
    desk = Desk(wanted, at, actor=actor)
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
    debtor_id: int | None = None,
    agency_id: int | None = None,
    invited: bool = False,
    reason: str = "",
) -> Reserved:
    """Take the slot, atomically against every other caller. Raises ContactRefused; then nothing was written.

    `invited`: the person asked for it just now (a one-time code); `reason`: why, a code of `contact.toml` or a kind of
    work. An agency names the loan in `subject`, as in `ask`.
    """
    wish = Wish(
        person_id, purpose, channel, subject, None, debtor_is_person, debtor_id, agency_id, invited, reason
    )
    with transaction.atomic():
        (got,) = reserve_many([wish], at=at, actor=actor)
    if isinstance(got, Verdict):
        raise ContactRefused(got)
    return got


def reserve_many(
    wishes: Sequence[Wish], *, at: datetime, actor: str, people: Mapping[int, PersonFacts] | None = None
) -> list[Reserved | Verdict]:
    """Take many slots in the caller's transaction: per wish a Reserved, or the Verdict that refuses it.

    Wishes for one person are judged in their order, each seeing those granted before it. Persons are locked in the
    order of their ids, so two batches cannot block each other for ever. A wish that no other contact bears on
    (a message of a purpose without caps) locks nobody. `people`: facts of the persons, where the caller has them.
    """
    if not wishes:
        return []
    if len(wishes) > RESERVE_MAX:
        raise ValueError(f"at most {RESERVE_MAX} wishes a call")
    desk = Desk(wishes, at, actor=actor, before_reading=lock_persons, people=people)
    verdicts: list[Verdict] = []
    made: list[NewContact] = []
    for wish in wishes:
        verdict, basis = desk.decide(wish)
        if verdict.ok and basis.startswith("override:") and not claim_override(basis, desk.spent):
            verdict = Verdict(False, (_SPENT, *verdict.reasons[1:]), verdict.policy_version)
        if verdict.ok:
            desk.took_place(wish, basis)
            made.append(_row(wish, verdict, at, actor, basis))
        verdicts.append(verdict)
    insert(made)
    spend_overrides(((row.pk, row.person_id, row.basis) for row in made), at=at, actor=actor)
    rows = iter(made)
    return [Reserved(next(rows).pk, verdict) if verdict.ok else verdict for verdict in verdicts]


def lock_persons(person_ids: Iterable[int]) -> None:
    """Hold these persons until the transaction ends, in the order of their ids."""
    keys = sorted({person_id & 0x7FFFFFFF for person_id in person_ids})
    if not keys:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, key) FROM unnest(%s::int[]) AS key", [LOCK_CLASS, keys]
        )


def _row(wish: Wish, verdict: Verdict, at: datetime, actor: str, basis: str) -> NewContact:
    subject_type, subject_id = wish.subject or ("", None)
    return NewContact(
        wish.person_id, subject_type, subject_id, wish.purpose, wish.channel, at, actor, wish.attempt_id,
        verdict.policy_version[:16], wish.agency_id, basis, wish.reason[:40],
    )  # fmt: skip
