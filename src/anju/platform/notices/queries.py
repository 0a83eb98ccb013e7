"""Every read of notices, for the desk, the portal and the page "why did this person get, or not get, this?"."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from anju.platform.contacts import queries as contacts
from anju.platform.contacts.rows import ContactRow
from anju.platform.notices import config
from anju.platform.notices.models import Attempt, Content, InboxMessage, Obligation, Receipt
from anju.platform.notices.operations.settling import REASONS
from anju.platform.notices.rows import Subject
from anju.platform.notices.tokens import ack_token, obligation_of_token, read_token

__all__ = [
    "ack_token", "exceptions", "in_doubt", "inbox", "inbox_unread", "obligation", "obligation_of_token",
    "obligation_page", "obligations_of", "obligations_of_person", "read_token",
]  # fmt: skip

PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class ObligationRow:
    """One obligation. Labels in Chinese and English; `reason` why it is an exception or how it ended."""

    id: int
    notice_type: str
    label_zh: str
    label_en: str
    key: str
    person_id: int
    subject: Subject
    branch_id: int
    state: str
    rung: str
    proof_required: str
    owed_at: datetime
    deadline_at: datetime
    next_step_at: datetime | None
    proven_at: datetime | None
    ended_at: datetime | None
    reason: str
    reason_zh: str
    reason_en: str
    variables: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """What a provider said and what it changed."""

    status: str
    at: datetime
    received_at: datetime
    effect: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One try, with the text that was sent, its receipts and its row of the contact ledger."""

    id: int
    step_no: int
    channel: str
    provider: str
    state: str
    rung: str
    queued_at: datetime
    not_before_at: datetime | None
    claimed_at: datetime | None
    submitted_at: datetime | None
    delivered_at: datetime | None
    finished_at: datetime | None
    provider_ref: str
    error_class: str
    error: str
    content_hash: str
    subject: str
    body: str
    receipts: tuple[ReceiptRow, ...]
    contact: ContactRow | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the journey as data, and what came of it."""

    number: int
    channel: str
    wait_minutes: int
    state: str
    attempts: tuple[AttemptRow, ...]


@dataclass(frozen=True, slots=True)
class ObligationPage:
    """Everything about one obligation on one page."""

    obligation: ObligationRow
    journey: str
    journey_version: str
    entry_id: int | None
    steps: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A message of a borrower's inbox. `needs_ack`: a button to confirm belongs under it."""

    id: int
    obligation_id: int
    attempt_id: int
    notice_type: str
    title: str
    body: str
    at: datetime
    opened_at: datetime | None
    needs_ack: bool
    acknowledged: bool


def row_of(row: Obligation) -> ObligationRow:
    """A row as screens read it."""
    kind = config.notice_types().get(row.notice_type)
    zh, en = REASONS.get(row.end_reason, (row.end_reason, row.end_reason))
    return ObligationRow(
        id=row.id,
        notice_type=row.notice_type,
        label_zh=kind.label_zh if kind else row.notice_type,
        label_en=kind.label_en if kind else row.notice_type,
        key=row.key,
        person_id=row.person_id,
        subject=(row.subject_type, row.subject_id),
        branch_id=row.branch_id,
        state=row.state,
        rung=row.rung,
        proof_required=row.proof_required,
        owed_at=row.owed_at,
        deadline_at=row.deadline_at,
        next_step_at=row.next_step_at,
        proven_at=row.proven_at,
        ended_at=row.ended_at,
        reason=row.end_reason,
        reason_zh=zh,
        reason_en=en,
        variables=row.variables,
    )


def obligation(obligation_id: int) -> ObligationRow | None:
    """One obligation, or None."""
    row = Obligation.objects.filter(id=obligation_id).first()
    return None if row is None else row_of(row)


def obligation_by_key(key: str) -> ObligationRow | None:
    """One obligation by its key, or None."""
    row = Obligation.objects.filter(key=key).first()
    return None if row is None else row_of(row)


def obligations_of(subject: Subject, *, limit: int = 50) -> list[ObligationRow]:
    """Notices about a subject, newest first."""
    rows = Obligation.objects.filter(subject_type=subject[0], subject_id=subject[1]).order_by(
        "-owed_at", "-id"
    )
    return [row_of(row) for row in rows[: min(limit, PAGE_MAX)]]


def obligations_of_person(person_id: int, *, limit: int = 50) -> list[ObligationRow]:
    """Notices owed to a person, newest first."""
    rows = Obligation.objects.filter(person_id=person_id).order_by("-owed_at", "-id")
    return [row_of(row) for row in rows[: min(limit, PAGE_MAX)]]


def exceptions(
    branch_ids: Collection[int] | None, *, page: int = 1, size: int = 50
) -> tuple[list[ObligationRow], int]:
    """Exceptions of these branches (None: all), oldest deadline first; the page and how many there are in all."""
    rows: QuerySet[Obligation] = Obligation.objects.filter(state="exception")
    if branch_ids is not None:
        rows = rows.filter(branch_id__in=list(branch_ids))
    size = min(size, PAGE_MAX)
    start = (max(page, 1) - 1) * size
    return [row_of(row) for row in rows.order_by("deadline_at", "id")[start : start + size]], rows.count()


def inbox(person_id: int, *, limit: int = 50) -> list[InboxRow]:
    """A person's inbox, newest first."""
    rows = (
        InboxMessage.objects.filter(person_id=person_id)
        .select_related("attempt__obligation")
        .order_by("-at", "-id")[: min(limit, PAGE_MAX)]
    )
    return [_inbox_row(row) for row in rows]


def _inbox_row(row: InboxMessage) -> InboxRow:
    owner = row.attempt.obligation
    live = owner.state in ("owed", "in_progress", "exception")
    return InboxRow(
        row.id, owner.id, row.attempt_id, owner.notice_type, row.title, row.body, row.at, row.opened_at,
        live and owner.proof_required == "acknowledged", owner.rung == "acknowledged",
    )  # fmt: skip


def inbox_unread(person_id: int) -> int:
    """How many messages a person has not opened."""
    return InboxMessage.objects.filter(person_id=person_id, opened_at=None).count()


def in_doubt(*, limit: int = 100) -> list[dict[str, Any]]:
    """Sends nobody knows the end of, oldest first, expired ones included."""
    rows = Attempt.objects.filter(state="in_doubt") | Attempt.objects.filter(error_class="in_doubt_expired")
    columns = (
        "id", "obligation_id", "channel", "provider", "idempotency_key", "state", "claimed_at", "claim_ends_at", "error",
    )  # fmt: skip
    return list(rows.order_by("claimed_at", "id").values(*columns)[: min(limit, PAGE_MAX)])


def obligation_page(obligation_id: int) -> ObligationPage | None:
    """Why did this person get, or not get, this: steps, tries, texts, receipts, the governor's words. Six queries."""
    row = Obligation.objects.filter(id=obligation_id).first()
    if row is None:
        return None
    attempts = attempt_rows(Attempt.objects.filter(obligation_id=obligation_id).order_by("id"))
    steps = []
    for number, step in enumerate(config.steps(row.journey, row.journey_version), start=1):
        mine = tuple(attempt for attempt in attempts if attempt.step_no == number)
        wait = int(step.wait.total_seconds() // 60)
        steps.append(StepRow(number, step.channel, wait, _step_state(row, number, step.channel, mine), mine))
    return ObligationPage(row_of(row), row.journey, row.journey_version, row.entry_id, tuple(steps))


def _step_state(row: Obligation, number: int, channel: str, attempts: Sequence[AttemptRow]) -> str:
    if channel == "person":
        return "with_person" if row.state == "exception" else "not_reached"
    if attempts:
        return attempts[-1].state
    return "not_reached" if number > row.step_no else "none"


def texts(hashes: Iterable[str]) -> dict[str, tuple[str, str]]:
    """What was sent, subject and body, by the hash of its content."""
    found = Content.objects.filter(hash__in=set(hashes)).values_list("hash", "subject", "body")
    return {digest: (subject, body) for digest, subject, body in found}


def attempt_rows(rows: Iterable[Attempt]) -> list[AttemptRow]:
    """Tries with their texts, receipts and ledger rows, in the order given; three queries."""
    found = list(rows)
    texts = Content.objects.in_bulk([row.content_id for row in found if row.content_id])
    ledger = contacts.contacts_of_attempts([row.id for row in found])
    said: dict[int, list[ReceiptRow]] = {}
    receipts = Receipt.objects.filter(attempt_id__in=[row.id for row in found]).order_by("received_at", "id")
    for receipt in receipts:
        said.setdefault(receipt.attempt_id or 0, []).append(
            ReceiptRow(receipt.status, receipt.at, receipt.received_at, receipt.effect, receipt.raw)
        )
    result = []
    for row in found:
        text = texts.get(row.content_id or "")
        result.append(
            AttemptRow(
                row.id, row.step_no, row.channel, row.provider, row.state, row.rung, row.queued_at, row.not_before_at,
                row.claimed_at, row.submitted_at, row.delivered_at, row.finished_at, row.provider_ref, row.error_class,
                row.error, row.content_id or "", text.subject if text else "", text.body if text else "",
                tuple(said.get(row.id, ())), ledger.get(row.id),
            )
        )  # fmt: skip
    return result
