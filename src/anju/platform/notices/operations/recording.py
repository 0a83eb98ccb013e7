"""What a provider answered to a claim, written under lock: obligations first, then their attempts."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from anju.core.lifecycles import ATTEMPT, proof_at_least
from anju.platform.contacts import operations as contacts
from anju.platform.notices import config
from anju.platform.notices.facts import AnyFact, NoticeDelivered, NoticeSent
from anju.platform.notices.ladder import Position, on_status
from anju.platform.notices.models import Attempt, Obligation, Receipt
from anju.platform.notices.operations.bulk import insert, lock_attempts, lock_obligations, write_back
from anju.platform.notices.operations.planning import attempt_key
from anju.platform.notices.operations.settling import prove, subject_of, tell
from anju.platform.notices.ports import InDoubt, Message, NotTried, Port, Rejected, Submitted

ACTOR = "system:notices"
PUT_BACK_PAUSE = timedelta(seconds=20)
"""A message that was not handed over because the provider is down waits so long in the queue."""

ADDRESS_FAILURES = {"no_such_address": "bounced", "bounced": "bounced", "wrong_person": "wrong_person"}
"""Error classes that say something about the address itself (S2-04)."""

Outcome = Submitted | Rejected | InDoubt | NotTried

ATTEMPT_COLUMNS = (
    "state", "rung", "provider_ref", "claimed_at", "in_doubt_at", "submitted_at", "delivered_at", "finished_at",
    "claim_ends_at", "not_before_at", "error_class", "error",
)  # fmt: skip


def record(port: Port, outcomes: Sequence[tuple[Message, Outcome]], *, at: datetime) -> Counter[str]:
    """Write what the port answered; counts by kind of outcome."""
    with transaction.atomic(durable=True):
        ids = [message.attempt_id for message, _ in outcomes]
        owners = dict(Attempt.objects.filter(id__in=ids).values_list("id", "obligation_id"))
        obligations = lock_obligations(owners.values())
        attempts = lock_attempts(ids)
        return Recorder(port, obligations, attempts, at).run(outcomes)


class Recorder:
    """One recording over locked rows. Everything is decided in memory, then written with one statement per kind."""

    def __init__(
        self,
        port: Port | None,
        obligations: dict[int, Obligation],
        attempts: dict[int, Attempt],
        at: datetime,
    ) -> None:
        self.port = port
        self.obligations = obligations
        self.attempts = attempts
        self.at = at
        self.counts: Counter[str] = Counter()
        self.facts: list[AnyFact] = []
        self.retries: list[Attempt] = []
        self.finished: list[int] = []
        self.voided: list[int] = []
        self.bad_addresses: dict[str, set[int]] = {}
        self.moved: dict[int, Obligation] = {}
        self.delivered: set[int] = set()

    def run(self, outcomes: Sequence[tuple[Message, Outcome]]) -> Counter[str]:
        refs = self._free_refs([answer for _, answer in outcomes if isinstance(answer, Submitted)])
        for message, answer in outcomes:
            row = self.attempts[message.attempt_id]
            if isinstance(answer, Submitted):
                self._submitted(row, answer, refs)
            elif isinstance(answer, Rejected):
                self._rejected(row, answer)
            elif isinstance(answer, NotTried):
                self._put_back(row)
            else:
                self._in_doubt(row, answer)
        self._adopt([row.provider_ref for row in self.attempts.values() if row.provider_ref])
        self.write(how="receipt")
        return self.counts

    def write(self, *, how: str) -> None:
        """Everything decided, in a fixed number of statements."""
        write_back(list(self.attempts.values()), ATTEMPT_COLUMNS)
        proven = [row for row in self.moved.values() if self._is_met(row)]
        ids = {row.id for row in proven}
        write_back([row for row in self.moved.values() if row.id not in ids], ("rung", "next_step_at"))
        if proven:
            self.facts += prove(proven, how=how, at=self.at)
        wanted = [row for row in self.retries if row.obligation_id not in ids]
        if wanted:
            insert(self._numbered(wanted))
        if self.finished:
            contacts.finish_many(attempt_ids=self.finished, outcome_code="sent")
        if self.voided:
            contacts.void_many(attempt_ids=self.voided, reason="not_sent")
        tell(self.facts, at=self.at, actor=ACTOR)
        for health, address_ids in sorted(self.bad_addresses.items()):
            contacts.mark_addresses(address_ids=address_ids, health=health, at=self.at, actor=ACTOR)

    def _is_met(self, row: Obligation) -> bool:
        live = row.state in ("owed", "in_progress", "exception")
        return live and proof_at_least(row.rung or None, row.proof_required)

    def _free_refs(self, answers: Sequence[Submitted]) -> Counter[str]:
        """How often each reference is named; one that another attempt holds already counts as taken twice."""
        named = Counter(answer.provider_ref for answer in answers)
        held = Attempt.objects.filter(
            provider=self.port.name if self.port else "", provider_ref__in=list(named)
        )
        for ref in held.exclude(id__in=list(self.attempts)).values_list("provider_ref", flat=True):
            named[ref] += 1
        return named

    def _submitted(self, row: Attempt, answer: Submitted, refs: Counter[str]) -> None:
        self.counts["submitted"] += 1
        if refs[answer.provider_ref] == 1:
            row.provider_ref = answer.provider_ref
        else:
            row.error = f"provider named reference {answer.provider_ref} twice"[:400]
        if row.submitted_at is None:
            row.submitted_at = self.at
            self._tell_sent(row)
        self.finished.append(row.id)
        self.apply(row, answer.rung)
        self._ask_later(row)

    def _ask_later(self, row: Attempt) -> None:
        asked = row.state == "accepted" and self.port is not None and self.port.can_poll
        row.claim_ends_at = self.at + config.limits().accepted_poll if asked else None

    def _tell_sent(self, row: Attempt) -> None:
        owner = self.obligations[row.obligation_id]
        self.facts.append(
            NoticeSent(
                subject_of(owner),
                owner.id,
                owner.notice_type,
                row.id,
                row.channel,
                row.provider,
                row.content_id or "",
            )
        )

    def _rejected(self, row: Attempt, answer: Rejected) -> None:
        self.counts["rejected"] += 1
        if row.state not in ("in_flight", "in_doubt"):
            return
        self.fail(row, answer.error_class, answer.detail, retry=answer.retry)
        self.voided.append(row.id)

    def fail(self, row: Attempt, error_class: str, detail: str, *, retry: bool) -> None:
        """This attempt is over. Tried again later when that may help, else the journey goes on at once."""
        ATTEMPT.require(row.state, "failed")
        row.state, row.finished_at, row.claim_ends_at = "failed", self.at, None
        row.error_class, row.error = error_class[:40], detail[:400]
        health = ADDRESS_FAILURES.get(error_class)
        if health is not None and row.address_id is not None:
            self.bad_addresses.setdefault(health, set()).add(row.address_id)
        owner = self.obligations[row.obligation_id]
        if owner.state != "in_progress" or row.step_no != owner.step_no:
            return
        if retry:
            self.retries.append(row)
        else:
            owner.next_step_at = self.at
        self.moved[owner.id] = owner

    def _numbered(self, failed: Sequence[Attempt]) -> list[Attempt]:
        """A new row per retry that is still allowed; where none is, the journey goes on."""
        owners = [row.obligation_id for row in failed]
        count: Counter[int] = Counter()
        in_step: Counter[tuple[int, int]] = Counter()
        rows = Attempt.objects.filter(obligation_id__in=owners)
        for owner_id, step_no, state in rows.values_list("obligation_id", "step_no", "state"):
            count[owner_id] += 1
            in_step[(owner_id, step_no)] += state == "failed"
        fresh, over = [], []
        for row in failed:
            rule = config.retry(row.error_class)
            tried = in_step[(row.obligation_id, row.step_no)]
            if tried >= rule.tries:
                owner = self.obligations[row.obligation_id]
                owner.next_step_at = self.at
                over.append(owner)
                continue
            count[row.obligation_id] += 1
            fresh.append(self._again(row, count[row.obligation_id], rule.pause(tried)))
        write_back(over, ("next_step_at",))
        return fresh

    def _again(self, row: Attempt, number: int, pause: timedelta) -> Attempt:
        spread = pause * (row.id % 17) / 68  # up to a quarter more, so that a wave does not come back as one
        return Attempt(
            obligation_id=row.obligation_id, step_no=row.step_no, channel=row.channel, address_id=row.address_id,
            idempotency_key=attempt_key(row.obligation_id, number), queued_at=self.at,
            not_before_at=self.at + pause + spread,
        )  # fmt: skip

    def _put_back(self, row: Attempt) -> None:
        self.counts["put_back"] += 1
        if row.state == "in_flight":
            ATTEMPT.require(row.state, "queued")
            row.state, row.claim_ends_at = "queued", None
            row.not_before_at = self.at + PUT_BACK_PAUSE
            self.voided.append(row.id)

    def _in_doubt(self, row: Attempt, answer: InDoubt) -> None:
        self.counts["in_doubt"] += 1
        if row.state == "in_flight":
            ATTEMPT.require(row.state, "in_doubt")
            row.state, row.claim_ends_at = "in_doubt", self.at + config.limits().in_doubt_poll
            row.in_doubt_at = row.in_doubt_at or self.at
            row.error_class, row.error = "in_doubt", str(answer)[:400]

    def apply(self, row: Attempt, status: str, *, error_class: str = "", detail: str = "") -> str:
        """A provider's word about an attempt; the effect it had (`ladder.Move`)."""
        before = Position(row.state, row.rung)
        move = on_status(before, status)
        if move.effect == "failed":
            self.fail(row, error_class or "undelivered", detail, retry=False)
            return move.effect
        if move.position == before:
            return move.effect
        row.state, row.rung = move.position.state, move.position.rung
        if row.submitted_at is None:
            row.submitted_at = self.at
            self._tell_sent(row)
            self.finished.append(row.id)
        if row.claimed_at is None:
            row.claimed_at = self.at
        if row.state in ("accepted", "delivered"):
            row.not_before_at = None
        if row.state == "delivered":
            row.claim_ends_at = None
            if row.delivered_at is None:
                row.delivered_at = self.at
        self._raise_owner(row)
        return move.effect

    def _raise_owner(self, row: Attempt) -> None:
        owner = self.obligations[row.obligation_id]
        if proof_at_least(row.rung, "carrier_delivered") and row.id not in self.delivered:
            self.delivered.add(row.id)
            fact = NoticeDelivered(
                subject_of(owner), owner.id, owner.notice_type, row.id, row.channel, row.rung
            )
            self.facts.append(fact)
        if not proof_at_least(owner.rung or None, row.rung):
            owner.rung = row.rung
            self.moved[owner.id] = owner

    def _adopt(self, refs: Sequence[str]) -> None:
        """Receipts that came before we knew the reference they name are applied now."""
        if not refs or self.port is None:
            return
        waiting = Receipt.objects.select_for_update().filter(
            attempt=None, provider=self.port.name, provider_ref__in=refs
        )
        by_ref = {row.provider_ref: row for row in self.attempts.values() if row.provider_ref}
        adopted = []
        for receipt in waiting.order_by("id"):
            row = by_ref[receipt.provider_ref]
            error_class = str(receipt.raw.get("error_class", ""))
            receipt.effect = self.apply(row, receipt.status, error_class=error_class)
            receipt.attempt_id = row.id
            adopted.append(receipt)
        write_back(adopted, ("attempt_id", "effect"))
