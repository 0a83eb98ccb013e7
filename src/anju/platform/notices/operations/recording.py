"""What a provider answered to a claim, written under lock: obligations first, then their attempts."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property

from django.db import connection, transaction

from anju.core.lifecycles import ATTEMPT, proof_at_least
from anju.platform.bulk import IDS, insert, numbers, write_back
from anju.platform.contacts import operations as contacts
from anju.platform.notices import config
from anju.platform.notices.facts import AnyFact, NoticeDelivered, NoticeSent
from anju.platform.notices.ladder import STATUSES, Position, on_status
from anju.platform.notices.models import Receipt
from anju.platform.notices.operations.lines import (
    AttemptLine,
    NewAttempt,
    ObligationLine,
    clean_ref,
    clean_text,
    lock_both,
    write_changed,
)
from anju.platform.notices.operations.planning import attempt_key
from anju.platform.notices.operations.settling import prove, subject_of, tell
from anju.platform.notices.ports import InDoubt, Message, NotTried, Port, Rejected, Submitted

ACTOR = "system:notices"
PUT_BACK_PAUSE = timedelta(seconds=20)
"""A message that was not handed over because the provider is down waits so long in the queue."""

PROVIDER_DOWN = "服务商暂不可用，等待中 / the provider is not available, waiting"

ADDRESS_FAILURES = {"no_such_address": "bounced", "bounced": "bounced", "wrong_person": "wrong_person"}
"""Error classes that say something about the address itself (S2-04)."""

_WAITING = """
SELECT id, provider_ref, status, raw->>'error_class' FROM notices_receipt
WHERE attempt_id IS NULL AND provider = %s AND provider_ref = ANY(string_to_array(%s, E'\\x1f')) AND received_at > %s
ORDER BY id FOR UPDATE
"""
_RELEASE = """
UPDATE notices_attempt SET provider_ref = '', error = left('provider gave reference ' || provider_ref || ' anew', 400)
WHERE id = ANY(%s)
"""

Outcome = Submitted | Rejected | InDoubt | NotTried


def record(port: Port, outcomes: Sequence[tuple[Message, Outcome]], *, at: datetime) -> Counter[str]:
    """Write what the port answered; counts by kind of outcome."""
    with transaction.atomic(durable=True):
        obligations, attempts = lock_both(message.attempt_id for message, _ in outcomes)
        return Recorder(port, obligations, attempts, at).run(outcomes)


class Recorder:
    """One recording over locked rows. Everything is decided in memory, then written with one statement per kind."""

    def __init__(
        self,
        port: Port | None,
        obligations: dict[int, ObligationLine],
        attempts: dict[int, AttemptLine],
        at: datetime,
    ) -> None:
        self.port = port
        self.obligations = obligations
        self.attempts = attempts
        self.at = at
        self.counts: Counter[str] = Counter()
        self.facts: list[AnyFact] = []
        self.retries: list[AttemptLine] = []
        self.finished: list[int] = []
        self.voided: list[int] = []
        self.bad_addresses: dict[str, set[int]] = {}
        self.moved: dict[int, ObligationLine] = {}
        self.bound: dict[int, str] = {}
        """By attempt: the only provider that may be given its retry, where a doubt remains."""

    @cached_property
    def limits(self) -> config.Limits:
        """Limits in force, asked when they are needed."""
        return config.limits()

    def run(self, outcomes: Sequence[tuple[Message, Outcome]]) -> Counter[str]:
        provider = self.port.name if self.port else ""
        answers = [clean_ref(answer.provider_ref) for _, answer in outcomes if isinstance(answer, Submitted)]
        refs = self._free_refs(answers, provider)
        for message, answer in outcomes:
            row = self.attempts[message.attempt_id]
            if isinstance(answer, Submitted):
                self._submitted(row, answer, refs)
                continue
            # Another claim may have it by now (this one was slow and was found to hang): what we heard is not about that.
            mine = row.claimed_at == message.at
            if isinstance(answer, Rejected):
                self._rejected(row, answer, mine)
            elif isinstance(answer, NotTried):
                self._put_back(row, mine)
            else:
                self._in_doubt(row, answer, mine)
        self._adopt([row.provider_ref for row in self.attempts.values() if row.provider_ref], provider)
        self.write(how="receipt")
        return self.counts

    def write(self, *, how: str) -> None:
        """Everything decided, in a fixed number of statements."""
        write_changed(self.attempts.values())
        proven = [row for row in self.moved.values() if self._is_met(row)]
        ids = {row.id for row in proven}
        write_changed([row for row in self.moved.values() if row.id not in ids])
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

    def _is_met(self, row: ObligationLine) -> bool:
        live = row.state in ("owed", "in_progress", "exception")
        return live and proof_at_least(row.rung or None, row.proof_required)

    def _free_refs(self, refs: Sequence[str], provider: str) -> Counter[str]:
        """How often each reference is named; one that another attempt holds already counts as taken twice.

        Some message centres begin their numbers anew: one that was given longer ago than doubts last names the new
        message from now on.
        """
        named = Counter(refs)
        if not named:
            return named
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT provider_ref, id, submitted_at FROM notices_attempt WHERE provider = %s"
                " AND provider_ref = ANY(string_to_array(%s, E'\\x1f')) AND provider_ref <> ''",
                [provider, "\x1f".join(named)],
            )
            held = [row for row in cursor.fetchall() if row[1] not in self.attempts]
            old = [pk for _, pk, sent_at in held if sent_at is not None and sent_at < self._news_since()]
            if old:
                cursor.execute(_RELEASE, [old])
        named.update(ref for ref, pk, _ in held if pk not in old)
        return named

    def _news_since(self) -> datetime:
        """What a provider says of a message older than this is no news of the one that bears its reference today."""
        return self.at - self.limits.in_doubt

    def _submitted(self, row: AttemptLine, answer: Submitted, refs: Counter[str]) -> None:
        self.counts["submitted"] += 1
        ref = clean_ref(answer.provider_ref)
        if refs[ref] == 1:
            row.provider_ref = ref
        else:
            row.error = f"provider named reference {ref} twice"
        self.apply(row, answer.rung if answer.rung in STATUSES and answer.rung != "failed" else "accepted")
        if row.submitted_at is None:
            self._begin(row)
        if row.state == "accepted":
            asked = self.port is not None and self.port.can_poll
            row.claim_ends_at = self.at + self.limits.accepted_poll if asked else None

    def _begin(self, row: AttemptLine) -> None:
        """It left the house: from now on it counts as sent, in the ledger of contacts too."""
        row.submitted_at = self.at
        self.finished.append(row.id)
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

    def _rejected(self, row: AttemptLine, answer: Rejected, mine: bool) -> None:
        self.counts["rejected"] += 1
        if mine and row.state in ("in_flight", "in_doubt"):
            self.fail(row, answer.error_class, answer.detail, retry=answer.retry)
            self.voided.append(row.id)

    def fail(self, row: AttemptLine, error_class: str, detail: str, *, retry: bool) -> None:
        """This attempt is over. Tried again later when that may help, else the journey goes on at once."""
        ATTEMPT.require(row.state, "failed")
        row.state, row.finished_at, row.claim_ends_at = "failed", self.at, None
        row.error_class, row.error = error_class[:40], clean_text(detail)
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

    def _numbered(self, failed: Sequence[AttemptLine]) -> list[NewAttempt]:
        """A new row per retry that is still allowed; where none is, the journey goes on."""
        count: Counter[int] = Counter()
        in_step: Counter[tuple[int, int]] = Counter()
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT obligation_id, step_no, state FROM notices_attempt WHERE obligation_id = ANY({IDS})",  # noqa: S608
                [numbers(row.obligation_id for row in failed)],
            )
            for owner_id, step_no, state in cursor.fetchall():
                count[owner_id] += 1
                in_step[(owner_id, step_no)] += state == "failed"
        fresh, over = [], []
        for row in failed:
            rule = config.retry(row.error_class)
            tried = in_step[(row.obligation_id, row.step_no)]
            again = self.at + rule.pause(tried, row.id)
            if tried >= rule.tries or (row.send_by_at is not None and again >= row.send_by_at):
                owner = self.obligations[row.obligation_id]
                owner.next_step_at = self.at
                over.append(owner)
                continue
            count[row.obligation_id] += 1
            fresh.append(self._again(row, count[row.obligation_id], again))
        write_changed(over)
        return fresh

    def _again(self, row: AttemptLine, number: int, again: datetime) -> NewAttempt:
        return NewAttempt(
            obligation_id=row.obligation_id, step_no=row.step_no, lane=row.lane, channel=row.channel,
            address_id=row.address_id, idempotency_key=attempt_key(row.obligation_id, number), queued_at=self.at,
            not_before_at=again, send_by_at=row.send_by_at, provider=self.bound.get(row.id, ""),
        )  # fmt: skip

    def _put_back(self, row: AttemptLine, mine: bool) -> None:
        self.counts["put_back"] += 1
        if mine and row.state in ("in_flight", "in_doubt"):
            ATTEMPT.require(row.state, "queued")
            row.state, row.claim_ends_at, row.provider = "queued", None, ""
            row.not_before_at = self.at + PUT_BACK_PAUSE
            row.error_class, row.error = "provider_down", PROVIDER_DOWN
            self.voided.append(row.id)

    def _in_doubt(self, row: AttemptLine, answer: InDoubt, mine: bool) -> None:
        self.counts["in_doubt"] += 1
        if mine and row.state == "in_flight":
            ATTEMPT.require(row.state, "in_doubt")
            row.state, row.claim_ends_at = "in_doubt", self.at + self.limits.in_doubt_poll
            row.in_doubt_at = row.in_doubt_at or self.at
            row.error_class, row.error = "in_doubt", clean_text(str(answer))

    def apply(self, row: AttemptLine, status: str, *, error_class: str = "", detail: str = "") -> str:
        """A provider's word about an attempt; the effect it had (`ladder.Move`)."""
        before = Position(row.state, row.rung)
        move = on_status(before, status)
        if move.effect == "failed":
            error_class = error_class or "undelivered"
            self.fail(row, error_class, detail, retry=config.retried_when_told(error_class))
            return move.effect
        if move.position == before:
            return move.effect
        row.state, row.rung = move.position.state, move.position.rung
        if row.claimed_at is None:
            row.claimed_at = self.at
        if row.submitted_at is None:
            self._begin(row)
        if row.state == "delivered":
            row.claim_ends_at = None
            row.delivered_at = row.delivered_at or self.at
        if row.state in ("accepted", "delivered"):
            row.not_before_at = None
            if row.error_class == "in_doubt":
                row.error_class, row.error = "", ""
        self._raise_owner(row, before.rung)
        return move.effect

    def _raise_owner(self, row: AttemptLine, before: str) -> None:
        owner = self.obligations[row.obligation_id]
        arrived = proof_at_least(row.rung, "carrier_delivered")
        if arrived and not proof_at_least(before or None, "carrier_delivered"):
            fact = NoticeDelivered(
                subject_of(owner), owner.id, owner.notice_type, row.id, row.channel, row.rung
            )
            self.facts.append(fact)
        if not proof_at_least(owner.rung or None, row.rung):
            owner.rung = row.rung
            self.moved[owner.id] = owner

    def name(self, provider: str, refs: dict[int, str]) -> None:
        """Attempts of a provider learn their references, those that no other attempt holds; waiting receipts find them."""
        free = self._free_refs(list(refs.values()), provider)
        for attempt_id, ref in refs.items():
            if free[ref] == 1:
                self.attempts[attempt_id].provider_ref = ref
        self._adopt([ref for ref in refs.values() if free[ref] == 1], provider)

    def _adopt(self, refs: Sequence[str], provider: str) -> None:
        """Receipts that came before we knew the reference they name are applied now."""
        if not refs:
            return
        with connection.cursor() as cursor:
            cursor.execute(_WAITING, [provider, "\x1f".join(refs), self._news_since()])
            waiting = cursor.fetchall()
        by_ref = {row.provider_ref: row for row in self.attempts.values() if row.provider_ref}
        adopted = []
        for pk, ref, status, error_class in waiting:
            row = by_ref[ref]
            effect = self.apply(row, status, error_class=error_class or "")
            adopted.append(Receipt(id=pk, attempt_id=row.id, effect=effect))
        write_back(adopted, ("attempt_id", "effect"))
