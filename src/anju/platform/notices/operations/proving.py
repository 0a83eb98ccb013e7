"""The person confirms, or opens: the strongest proofs there are."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from anju.core.lifecycles import ATTEMPT, higher_proof
from anju.platform.contacts import operations as contacts
from anju.platform.journal import operations as journal
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
from anju.platform.notices.operations.settling import prove_each
from anju.platform.notices.rows import Acknowledged, Confirmation, UnknownObligation

_LIVE = ("owed", "in_progress", "exception")


def acknowledge(
    *, obligation_id: int, by: str, at: datetime, attempt_id: int | None = None, how: str = "link"
) -> Acknowledged:
    """The person confirms receipt. Idempotent; never on GET: the caller is a button (S2-11).

    Meets the obligation, cancels what is still queued, ends an exception's clock and work item. `attempt_id` (it is in
    the link) says which message was answered; that message's address is verified by it. One that is proven or ended
    already keeps its state. Raises UnknownObligation.
    """
    return acknowledge_many([Confirmation(obligation_id, by, at, attempt_id, how)])[0]


def acknowledge_many(confirmations: Sequence[Confirmation]) -> list[Acknowledged]:
    """What `acknowledge` does, for many and in one transaction; each at its own time. Results in the same order."""
    with transaction.atomic():
        rows = lock_obligations(each.obligation_id for each in confirmations)
        for each in confirmations:
            if each.obligation_id not in rows:
                raise UnknownObligation(each.obligation_id)
        _mark(_answered(confirmations))
        met: dict[int, tuple[ObligationLine, Confirmation]] = {}
        done: list[Acknowledged] = []
        for each in confirmations:
            row = rows[each.obligation_id]
            row.rung = higher_proof(row.rung or None, "acknowledged") or ""
            first = row.state in _LIVE and row.id not in met
            if first:
                met[row.id] = (row, each)
            done.append(Acknowledged(row.id, "proven" if row.state in _LIVE else row.state, first))
        facts = prove_each([(row, each.how, each.at) for row, each in met.values()])
        write_changed(rows.values())
        told = [(fact, each.at, each.by) for fact, (_, each) in zip(facts, met.values(), strict=True)]
        journal.record_each(sorted(told, key=lambda one: (one[0].subject, one[1])))
    return done


def _answered(confirmations: Sequence[Confirmation]) -> list[tuple[AttemptLine, datetime]]:
    """The messages that were answered, locked, and when; their obligations are locked by then."""
    wanted = [(each, _newest(each) if each.attempt_id is None else each.attempt_id) for each in confirmations]
    locked = lock_attempts(pk for _, pk in wanted if pk is not None)
    return [
        (attempt, each.at)
        for each, pk in wanted
        if pk is not None
        and (attempt := locked.get(pk)) is not None
        and attempt.obligation_id == each.obligation_id
    ]


def _newest(confirmation: Confirmation) -> int | None:
    """What a confirmation without a link can only mean: the newest message of its channel."""
    mine = Attempt.objects.filter(
        obligation_id=confirmation.obligation_id,
        channel={"portal": "inbox"}.get(confirmation.how, ""),
        state__in=("accepted", "delivered"),
    )
    return mine.order_by("-id").values_list("id", flat=True).first()


def _mark(answered: Sequence[tuple[AttemptLine, datetime]]) -> None:
    """Mark the answered messages; one in a final state keeps it, its rung rises all the same."""
    for attempt, at in answered:
        attempt.rung = "acknowledged"
        if attempt.state not in ATTEMPT.final_codes:
            ATTEMPT.require(attempt.state, "acknowledged")
            attempt.state, attempt.finished_at, attempt.claim_ends_at = "acknowledged", at, None
    write_changed({attempt.id: attempt for attempt, _ in answered}.values())
    contacts.verify_addresses(
        [(attempt.address_id, at) for attempt, at in answered if attempt.address_id is not None]
    )


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
