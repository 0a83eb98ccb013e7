"""Claim short, call outside, record short (house rule 5).

1. `_claim`: queued attempts become in_flight, with their text, their slot in the contact ledger and an end to the claim;
   committed. 2. `_call`: the channel port, with no transaction open. 3. `_record`: what it answered, under lock.
Killed between 1 and 3, an attempt is found by `sweep`: in doubt. It is sent again under the same key only on a port
where the same key twice is one message (S2-03).
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from anju.core.lifecycles import ATTEMPT
from anju.core.verdict import Verdict
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries as contact_queries
from anju.platform.contacts.people import facts_of
from anju.platform.contacts.rows import AddressRow, Wish
from anju.platform.notices import config
from anju.platform.notices.models import Attempt, Content
from anju.platform.notices.operations.bulk import insert, write_back
from anju.platform.notices.operations.recording import Outcome, record
from anju.platform.notices.operations.settling import subject_of, tell, to_person
from anju.platform.notices.ports import (
    BulkPort,
    InDoubt,
    Message,
    NotTried,
    Port,
    Ports,
    Rejected,
)
from anju.platform.notices.render import Rendered, render
from anju.platform.notices.rows import MissingVariable, Sent
from anju.platform.notices.tokens import ack_token

ACTOR = "system:notices"
BATCH_MAX = 500
UNAVAILABLE_MAX = 3
"""So many refused connections in a row, and the rest of a batch is put back untouched."""

logger = logging.getLogger(__name__)

_CLAIMED = (
    "state", "claimed_at", "claim_ends_at", "provider", "content_id", "address_id", "finished_at", "error_class",
    "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one claim committed: messages to hand over, and how many the governor or a text refused."""

    messages: tuple[Message, ...]
    refused: int


def send(*, at: datetime, limit: int = 200, ports: Ports) -> Sent:
    """Send up to `limit` queued attempts on each channel there is a port for; counts over all channels.

    Must be called outside any transaction: the claim commits before a provider is called.
    """
    total: Counter[str] = Counter()
    for channel in sorted(ports):
        if not ports[channel]:
            continue
        port = ports[channel][0]
        claim = _claim(port, channel, at=at, limit=min(limit, BATCH_MAX))
        total["claimed"] += len(claim.messages)
        total["refused"] += claim.refused
        if claim.messages:
            outcomes = _call(port, claim.messages)
            total += record(port, list(zip(claim.messages, outcomes, strict=True)), at=at)
    return Sent(**total)


def _claim(port: Port, channel: str, *, at: datetime, limit: int) -> _Claim:
    with transaction.atomic(durable=True):
        rows = list(
            Attempt.objects.select_related("obligation")
            .select_for_update(skip_locked=True, of=("self", "obligation"))
            .filter(state="queued", channel=channel)
            .filter(Q(not_before_at=None) | Q(not_before_at__lte=at))
            .order_by("id")[:limit]
        )
        if not rows:
            return _Claim((), 0)
        return _Claiming(port, rows, at).run()


class _Claiming:
    """One claim: slots in the contact ledger, texts, and the rows in flight."""

    def __init__(self, port: Port, rows: Sequence[Attempt], at: datetime) -> None:
        self.port = port
        self.rows = rows
        self.at = at
        people = {row.obligation.person_id for row in rows}
        self.facts = facts_of(people)
        kind = config.ADDRESS_KIND.get(rows[0].channel)
        self.addresses: dict[int, AddressRow] = {}
        if kind is not None:
            live = contact_queries.addresses_of(people)
            self.addresses = {person: row for (person, has), row in live.items() if has == kind}
        self.needs_address = kind is not None
        known = [row.content_id for row in rows if row.content_id]
        self.contents = Content.objects.in_bulk(known) if known else {}
        self.refused: list[Attempt] = []
        self.broken: list[Attempt] = []
        self.messages: list[Message] = []

    def run(self) -> _Claim:
        going = [row for row in self.rows if self._still_wanted(row)]
        going = self._reserved(going)
        rendered: list[Rendered] = []
        for row in going:
            self._take(row, rendered)
        if rendered:
            insert([_content(text) for text in rendered], ignore_conflicts=True)
        write_back(self.rows, _CLAIMED)
        self._back_to_journey()
        return _Claim(tuple(self.messages), len(self.refused) + len(self.broken))

    def _still_wanted(self, row: Attempt) -> bool:
        if row.obligation.state != "in_progress":
            self._end(row, "cancelled", "cancelled", row.obligation.state)
            return False
        address = self.addresses.get(row.obligation.person_id)
        if self.needs_address and (address is None or not address.usable):
            self._refuse(row, "no_address", "address gone since the step was planned")
            return False
        return True

    def _reserved(self, rows: Sequence[Attempt]) -> list[Attempt]:
        """Those that hold a slot in the contact ledger: from an earlier claim, or granted now."""
        again = [row.id for row in rows if row.claimed_at is not None]
        held = set(contact_queries.contacts_of_attempts(again)) if again else set()
        fresh = [row for row in rows if row.id not in held]
        types = config.notice_types()
        wishes = [
            Wish(
                row.obligation.person_id, types[row.obligation.notice_type].purpose, row.channel,
                subject_of(row.obligation), row.id,
            )
            for row in fresh
        ]  # fmt: skip
        granted = [row for row in rows if row.id in held]
        verdicts = contacts.reserve_many(wishes, at=self.at, actor=ACTOR)
        for row, got in zip(fresh, verdicts, strict=True):
            if isinstance(got, Verdict):
                self._refuse(row, "governor", f"{got.zh} / {got.en}", got.next_at)
            else:
                granted.append(row)
        return granted

    def _take(self, row: Attempt, rendered: list[Rendered]) -> None:
        obligation = row.obligation
        kept = self.contents.get(row.content_id or "")
        if kept is not None:
            subject, body = kept.subject, kept.body
        else:
            try:
                text = self._render(row)
            except MissingVariable as error:
                self._end(row, "failed", "content", str(error))
                self.broken.append(row)
                return
            rendered.append(text)
            row.content_id, subject, body = text.hash, text.subject, text.body
        ATTEMPT.require(row.state, "in_flight")
        address = self.addresses.get(obligation.person_id)
        row.state, row.provider = "in_flight", self.port.name
        row.claimed_at, row.claim_ends_at = self.at, self.at + config.limits().claim
        row.address_id = address.id if address else None
        self.messages.append(
            Message(
                row.idempotency_key, row.id, row.channel, obligation.person_id, address.value if address else "",
                subject, body, self.at,
            )
        )  # fmt: skip

    def _render(self, row: Attempt) -> Rendered:
        obligation = row.obligation
        kind = config.notice_type(obligation.notice_type)
        return render(
            template=kind.template,
            channel=row.channel,
            person=self.facts[obligation.person_id],
            variables=obligation.variables,
            ack_url=f"{settings.ANJU_PUBLIC_URL}/a/{ack_token(obligation.id, row.id)}",
        )

    def _refuse(self, row: Attempt, error_class: str, text: str, next_at: datetime | None = None) -> None:
        self._end(row, "skipped", error_class, text)
        self.refused.append(row)
        obligation = row.obligation
        if row.step_no != obligation.step_no:
            return
        if next_at is not None and self.at < next_at < obligation.deadline_at:
            row.error_class = "governor_wait"
            obligation.step_no, obligation.next_step_at = row.step_no - 1, next_at
        else:
            obligation.next_step_at = self.at

    def _end(self, row: Attempt, state: str, error_class: str, text: str) -> None:
        ATTEMPT.require(row.state, state)
        row.state, row.finished_at = state, self.at
        row.error_class, row.error = error_class, text[:400]

    def _back_to_journey(self) -> None:
        """Refused ones go on with their journey; one whose text cannot be written goes to a person at once."""
        moved = {row.obligation_id: row.obligation for row in self.refused}
        write_back(list(moved.values()), ("step_no", "next_step_at"))
        if not self.broken:
            return
        contacts.void_many(attempt_ids=[row.id for row in self.broken], reason="content")
        people = {row.obligation_id: row.obligation for row in self.broken}
        facts = to_person([(row, "content") for row in people.values()], at=self.at)
        tell(facts, at=self.at, actor=ACTOR)


def _content(text: Rendered) -> Content:
    return Content(
        hash=text.hash, channel=text.channel, template=text.template,
        template_version=text.template_version, subject=text.subject, body=text.body,
    )  # fmt: skip


def _call(port: Port, messages: Sequence[Message]) -> list[Outcome]:
    """Hand the messages over; nothing here touches our own rows. One outcome per message."""
    if isinstance(port, BulkPort):
        try:
            return list(port.send_many(messages))
        except Exception as error:  # whatever a port does not foresee leaves every message of it in doubt
            logger.exception("port %s", port.name)
            return [InDoubt(f"{type(error).__name__}")] * len(messages)
    outcomes: list[Outcome] = []
    down = 0
    for message in messages:
        if down >= UNAVAILABLE_MAX:
            outcomes.append(NotTried("unavailable"))
            continue
        outcome = _hand_over(port, message)
        down = down + 1 if isinstance(outcome, Rejected) and outcome.error_class == "unavailable" else 0
        outcomes.append(outcome)
    return outcomes


def _hand_over(port: Port, message: Message) -> Outcome:
    try:
        return port.send(message)
    except (Rejected, InDoubt) as answer:
        return answer
    except Exception as error:  # unforeseen: it may have been taken before it broke
        logger.exception("port %s attempt %s", port.name, message.attempt_id)
        return InDoubt(type(error).__name__)
