"""Recordings of calls 通话录音: played to those who may, each time with its reason; erased when the policy says so.

A recording is a stored file, encrypted; the contact keeps its reference ("file:<sha256 of the stored bytes>") and the checksum of
the sound itself. Erasing takes the sound alone: contact, checksum and the fact of the erasure stay, so the evidence still says
that there was a recording, which one, and when and why it went.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from anju.core.working_time import BANK_ZONE
from anju.platform.contacts.facts import RecordingErased, RecordingPlayed
from anju.platform.contacts.models import Contact
from anju.platform.contacts.queries import contact_row
from anju.platform.contacts.rows import ContactRow, ReasonMissing, Subject
from anju.platform.documents import operations as documents
from anju.platform.documents import queries as files
from anju.platform.identity import queries as identity
from anju.platform.identity.crypto import decrypt_bytes
from anju.platform.identity.permissions import NotPermitted
from anju.platform.identity.roles import may
from anju.platform.journal import operations as journal
from anju.platform.policies import queries as policies

PERMISSION = "recording.play"
KIND = "voice.recording"
STORED = "file:"
ACTOR = "system:contacts"
PARAM, SCOPE = "call_recording_retention_years", "after_call"
REASON_MAX = 200
BATCH = 200

Keeper = Callable[[Collection[Subject], date], Collection[Subject]]
"""Those of these subjects whose recordings must be kept still, whatever their age."""
_keepers: list[Keeper] = []


class RecordingUnplayable(LookupError):
    """The sound cannot be played: it lies elsewhere (`elsewhere`), was erased (`erased`), or was changed (`damaged`)."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code, self.message_zh, self.message_en = code, zh, en
        super().__init__(f"{zh} / {en}")


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound in clear."""

    content: bytes
    media_type: str
    name: str


def register_keeper(keeper: Keeper) -> None:
    """A context that knows why recordings must stay longer (wired in `site.wiring`). Again: once."""
    if keeper not in _keepers:
        _keepers.append(keeper)


def state_of(row: ContactRow) -> str:
    """`none`, `elsewhere` (kept by the telephone system), `here`, or `erased`."""
    if not row.recording_ref:
        return "none"
    if not row.recording_ref.startswith(STORED):
        return "elsewhere"
    try:
        files.info(_digest(row))
    except files.FileMissing:
        return "erased"
    return "here"


def _digest(row: ContactRow) -> str:
    return row.recording_ref.removeprefix(STORED)


def recording_play(*, contact_id: int, staff_id: int, reason: str, at: datetime) -> None:
    """Write down that this member of staff is given the recording to hear, and why; call it before `sound`.

    Raises NotPermitted (the caller checks the branch), ReasonMissing, RecordingUnplayable.
    """
    if not may(identity.staff_role(staff_id), PERMISSION):
        raise NotPermitted(PERMISSION)
    if not reason.strip():
        raise ReasonMissing("recording")
    row = contact_row(contact_id)
    sound(row)
    with transaction.atomic():
        fact = RecordingPlayed(("person", row.person_id), row.id, staff_id, reason.strip()[:REASON_MAX])
        journal.record(fact, at=at, actor=f"staff:{staff_id}")


def sound(row: ContactRow) -> Sound:
    """The sound of a contact, proven against the checksum in the ledger. Raises RecordingUnplayable."""
    state = state_of(row)
    if state in ("none", "elsewhere"):
        raise RecordingUnplayable(
            "elsewhere",
            "录音不在本系统，请到话务系统按编号调取",
            "the recording is kept by the telephone system",
        )
    try:
        stored = files.info(_digest(row))
        content = decrypt_bytes(files.get(_digest(row)))
    except files.FileMissing:
        raise RecordingUnplayable(
            "erased", "录音已超过保存期限，按规定删除", "the recording was erased when its time was over"
        ) from None
    except files.FileDamaged:
        raise _damaged() from None
    if row.recording_checksum and hashlib.sha256(content).hexdigest() != row.recording_checksum:
        raise _damaged()
    return Sound(content, stored.media_type.partition(";")[0], stored.name)


def _damaged() -> RecordingUnplayable:
    return RecordingUnplayable(
        "damaged",
        "录音与登记的校验值不符，不能播放，请报告管理员",
        "the recording does not match its checksum",
    )


def erase_old(*, at: datetime) -> int:
    """Erase recordings whose time is over under the policy in force today, and leave a fact for each; how many.

    Both must be over: the years of the policy, counted from the call, and the day the file was promised to be kept until.
    A subject that any keeper still needs keeps its recordings.
    """
    today = at.astimezone(BANK_ZONE).date()
    rule = policies.params().row(PARAM, SCOPE, today)
    years = policies.params().integer(PARAM, SCOPE, today)
    count = 0
    after = 0
    while True:
        old, after = files.kept_until_before(kind=KIND, on=today, after=after, limit=BATCH)
        if not old:
            return count
        due = [
            row.sha256
            for row in old
            if _years_later(row.stored_at.astimezone(BANK_ZONE).date(), years) < today
        ]
        count += _erase(due, today, at, years, rule.document)


def _erase(digests: Collection[str], today: date, at: datetime, years: int, document: str) -> int:
    with transaction.atomic():
        rows = list(
            Contact.objects.filter(recording_ref__in=[STORED + one for one in digests]).order_by("id")
        )
        subjects = {_subject(row) for row in rows}
        needed = {subject for keeper in _keepers for subject in keeper(subjects, today)}
        kept = {row.recording_ref for row in rows if _subject(row) in needed}
        going = [row for row in rows if row.recording_ref not in kept]
        removed = documents.remove({row.recording_ref.removeprefix(STORED) for row in going}, on=today)
        journal.record_many(
            [
                RecordingErased(
                    ("person", row.person_id), row.pk, row.recording_checksum, row.at.astimezone(BANK_ZONE).date(), years, document
                )
                for row in going
            ],
            at=at,
            actor=ACTOR,
        )  # fmt: skip
    return removed


def _subject(row: Contact) -> Subject:
    """The loan it was about, else the person."""
    about_loan = row.subject_type == "loan" and row.subject_id is not None
    return ("loan", int(row.subject_id or 0)) if about_loan else ("person", row.person_id)


def _years_later(on: date, years: int) -> date:
    try:
        return on.replace(year=on.year + years)
    except ValueError:  # 29 February
        return on.replace(year=on.year + years, day=28)
