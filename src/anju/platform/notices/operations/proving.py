"""The person confirms, or opens: the strongest proofs there are."""

from datetime import datetime

from django.db import transaction

from anju.core.lifecycles import ATTEMPT, higher_proof
from anju.platform.contacts import operations as contacts
from anju.platform.notices.models import Attempt, InboxMessage
from anju.platform.notices.operations.lines import (
    AttemptLine,
    ObligationLine,
    lock_attempts,
    lock_both,
    lock_obligations,
    write_changed,
)
from anju.platform.notices.operations.recording import Recorder
from anju.platform.notices.operations.settling import prove, tell
from anju.platform.notices.rows import Acknowledged, UnknownObligation

_LIVE = ("owed", "in_progress", "exception")


def acknowledge(
    *, obligation_id: int, by: str, at: datetime, attempt_id: int | None = None, how: str = "link"
) -> Acknowledged:
    """The person confirms receipt. Idempotent; never on GET: the caller is a button (S2-11).

    Meets the obligation, cancels what is still queued, ends an exception's clock and work item. `attempt_id` (it is in
    the link) says which message was answered; that message's address is verified by it. One that is proven or ended
    already keeps its state. Raises UnknownObligation.
    """
    with transaction.atomic():
        row = lock_obligations([obligation_id]).get(obligation_id)
        if row is None:
            raise UnknownObligation(obligation_id)
        answered = _answered_attempt(row, attempt_id, how)
        row.rung = higher_proof(row.rung or None, "acknowledged") or ""
        first = row.state in _LIVE
        facts = prove([row], how=how, at=at) if first else []
        if not first:
            write_changed([row])
        if answered is not None:
            _mark(answered, at)
        tell(facts, at=at, actor=by)
    return Acknowledged(row.id, row.state, first)


def _answered_attempt(row: ObligationLine, attempt_id: int | None, how: str) -> AttemptLine | None:
    """The attempt that was answered, locked; its obligation is locked by then."""
    mine = Attempt.objects.filter(obligation_id=row.id)
    if attempt_id is not None:
        mine = mine.filter(id=attempt_id)
    else:
        channel = {"portal": "inbox"}.get(how, "")
        mine = mine.filter(channel=channel, state__in=("accepted", "delivered"))
    chosen = mine.order_by("-id").values_list("id", flat=True).first()
    return None if chosen is None else lock_attempts([chosen])[chosen]


def _mark(attempt: AttemptLine, at: datetime) -> None:
    """Mark the answered message; one in a final state keeps it, its rung rises all the same."""
    attempt.rung = "acknowledged"
    if attempt.state not in ATTEMPT.final_codes:
        ATTEMPT.require(attempt.state, "acknowledged")
        attempt.state, attempt.finished_at, attempt.claim_ends_at = "acknowledged", at, None
    write_changed([attempt])
    if attempt.address_id is not None:
        contacts.verify_address(address_id=attempt.address_id, at=at)


def open_inbox(*, message_id: int, person_id: int, at: datetime) -> bool:
    """The person opened this message of their inbox; whether for the first time. Proof rung `opened`."""
    with transaction.atomic():
        found = InboxMessage.objects.filter(id=message_id, person_id=person_id).first()
        if found is None:
            return False
        obligations, attempts = lock_both([found.attempt_id])
        opened = InboxMessage.objects.filter(id=message_id, opened_at=None).update(opened_at=at)
        if not opened:
            return False
        recorder = Recorder(None, obligations, attempts, at)
        recorder.apply(attempts[found.attempt_id], "opened")
        recorder.write(how="opened")
    return True
