"""What is due takes its next step: an attempt in the queue, a skipped one with its reason, or a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from anju.core.lifecycles import OBLIGATION
from anju.core.working_time import BANK_ZONE
from anju.platform.bulk import IDS, numbers
from anju.platform.contacts import queries as contacts
from anju.platform.contacts.governor import Desk
from anju.platform.contacts.people import PersonFacts, facts_of
from anju.platform.contacts.rows import Wish
from anju.platform.notices import config
from anju.platform.notices.journeys import Step, next_step
from anju.platform.notices.operations.bulk import insert
from anju.platform.notices.operations.lines import (
    NewAttempt,
    ObligationLine,
    columns,
    fetch,
    write_changed,
)
from anju.platform.notices.operations.settling import subject_of, tell, to_person, too_late
from anju.platform.notices.rows import Planned

ACTOR = "system:notices"
LANES = (0, 1, 2)
_REASON_OF_SKIP = {
    "no_address": "no_address",
    "address_bounced": "no_address",
    "address_wrong_person": "no_address",
    "governor": "governor",
    "governor_wait": "governor",
    "not_before": "deadline",
}


_ADDRESS_ZH = {
    "phone": "手机号", "email": "邮箱", "wecom": "企业微信", "wechat": "微信公众号", "push": "推送订阅",
    "post": "邮寄地址",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """Why a step cannot be taken; `wait_until` when it can be later."""

    error_class: str
    text: str
    wait_until: datetime | None = None


# Table and column names come from our own models, never from outside.
_DUE = (
    f"SELECT {columns(ObligationLine, 'o')} FROM notices_obligation o"  # noqa: S608
    " WHERE o.state IN ('owed', 'in_progress') AND o.lane = %s AND o.next_step_at <= %s"
    " ORDER BY o.next_step_at, o.id LIMIT %s FOR UPDATE SKIP LOCKED"
)


def plan(*, at: datetime, limit: int = 2000, lanes: Sequence[int] = LANES) -> Planned:
    """Move what is due to its next step, urgent ones first; counts. A handful of statements whatever the number, in one transaction.

    Several planners may run at once (SKIP LOCKED). A step is skipped with its reason as a row, never silently; one that
    the governor refuses waits when the next lawful instant lies before the deadline. After the deadline, or after the
    last step, a person has it (S2-11, S2-16).
    """
    with transaction.atomic():
        due: list[ObligationLine] = []
        for lane in lanes:
            if len(due) < limit:
                due += fetch(ObligationLine, _DUE, [lane, at, limit - len(due)])
        if not due:
            return Planned()
        return _Batch(due, at).run()


_TRIED = f"""
SELECT obligation_id, count(*), bool_or(submitted_at IS NOT NULL OR state = 'in_doubt'), bool_or(state = 'queued'),
       bool_or(state = 'failed')
FROM notices_attempt WHERE obligation_id = ANY({IDS}) GROUP BY obligation_id
"""  # noqa: S608 -- a constant


class _Batch:
    """One plan: everything the decisions need is read first, everything decided is written last."""

    def __init__(self, due: Sequence[ObligationLine], at: datetime) -> None:
        self.due = due
        self.at = at
        ids = [row.id for row in due]
        self.addresses = contacts.address_states({row.person_id for row in due})
        self.tried: dict[int, int] = {}
        self.submitted: set[int] = set()
        self._read_attempts(ids)
        self.types = config.notice_types()
        self.purpose = {row.id: self.types[row.notice_type].purpose for row in due}
        self.desk = Desk([Wish(row.person_id, self.purpose[row.id], "inbox") for row in due], at)
        self.attempts: list[NewAttempt] = []
        self.exceptions: list[tuple[ObligationLine, str]] = []
        self.waiting = 0
        self._people: dict[int, PersonFacts] = {}

    def _read_attempts(self, ids: Sequence[int]) -> None:
        self.why: dict[int, str] = {}
        self.waits: list[int] = []
        """Whose step ran out while a message still waited in the queue."""
        with connection.cursor() as cursor:
            cursor.execute(_TRIED, [numbers(ids)])
            for owner, count, sent, queued, failed in cursor.fetchall():
                self.tried[owner] = count
                if sent:
                    self.submitted.add(owner)
                elif failed or queued:
                    self.why[owner] = "failed"
                if queued:
                    self.waits.append(owner)

    def run(self) -> Planned:
        too_late(self.waits, at=self.at)
        for row in self.due:
            self._walk(row)
        people = {row.id for row, _ in self.exceptions}
        write_changed([row for row in self.due if row.id not in people])
        insert(self.attempts)
        tell(to_person(self.exceptions, at=self.at), at=self.at, actor=ACTOR)
        queued = sum(attempt.state == "queued" for attempt in self.attempts)
        return Planned(len(self.due), queued, len(self.attempts) - queued, self.waiting, len(self.exceptions))

    def _walk(self, row: ObligationLine) -> None:
        """From the step after the last one on: the first that can be taken."""
        if row.deadline_at <= self.at and row.id in self.submitted:
            self.exceptions.append((row, "deadline"))
            return
        steps = config.steps(row.journey, row.journey_version)
        while True:
            number, not_before = self._next(row, steps)
            if number is None or steps[number - 1].channel == "person":
                break
            step = steps[number - 1]
            obstacle = _too_early(row, not_before) or self._obstacle(row, step.channel)
            if obstacle is None:
                self._queue(row, number, step)
                return
            if obstacle.error_class != "waits":
                self._skip(row, number, step.channel, obstacle)
            if obstacle.wait_until is not None:
                self._start(row)
                row.step_no, row.next_step_at = number - 1, obstacle.wait_until
                self.waiting += 1
                return
        self.exceptions.append((row, self._reason(row)))

    def _next(self, row: ObligationLine, steps: Sequence[Step]) -> tuple[int | None, datetime | None]:
        """The next step that the proof so far asks for, and when; those it does not ask for are skipped with a row."""
        zone = self._zone(row.person_id) if any(step.not_before for step in steps) else BANK_ZONE
        number, not_before = next_step(steps, row.step_no, row.rung, self.at, row.owed_at, zone)
        for passed in range(row.step_no + 1, number or len(steps) + 1):
            condition = steps[passed - 1].condition
            wanted, have = condition.text if condition else "", row.rung or "-"
            text = f"条件“{wanted}”不成立，目前证明：{have} / condition {wanted!r} does not hold, proof so far: {have}"
            self._skip(row, passed, steps[passed - 1].channel, _Obstacle("condition", text))
        row.step_no = number or len(steps)
        return number, not_before

    def _zone(self, person_id: int) -> ZoneInfo:
        if not self._people:
            self._people = facts_of({row.person_id for row in self.due})
        return self._people[person_id].tz

    def _reason(self, row: ObligationLine) -> str:
        if row.id in self.submitted:
            return "no_proof"
        return self.why.get(row.id, "no_address")

    def _start(self, row: ObligationLine) -> None:
        if row.state == "owed":
            OBLIGATION.require(row.state, "in_progress")
            row.state = "in_progress"

    def _obstacle(self, row: ObligationLine, channel: str) -> _Obstacle | None:
        kind = config.ADDRESS_KIND.get(channel)
        if kind is not None:
            address = self.addresses.get((row.person_id, kind))
            if address is None:
                return _Obstacle("no_address", f"没有{_ADDRESS_ZH[kind]} / no {kind}")
            if not address.usable:
                return _Obstacle(f"address_{address.health}", f"{kind}: {address.health}")
        wish = Wish(row.person_id, self.purpose[row.id], channel, subject_of(row))
        verdict = self.desk.verdict(wish)
        if verdict.ok:
            self.desk.took_place(wish)
            return None
        text = f"{verdict.zh} / {verdict.en}"
        if verdict.next_at is not None and self.at < verdict.next_at < row.deadline_at:
            return _Obstacle("governor_wait", text, verdict.next_at)
        return _Obstacle("governor", text)

    def _queue(self, row: ObligationLine, number: int, step: Step) -> None:
        self._start(row)
        address = self.addresses.get((row.person_id, config.ADDRESS_KIND.get(step.channel, "")))
        ends = self.at + step.wait
        if row.deadline_at > self.at:
            ends = min(ends, row.deadline_at)
        row.next_step_at = ends
        self.attempts.append(
            NewAttempt(
                obligation_id=row.id,
                step_no=number,
                lane=row.lane,
                channel=step.channel,
                address_id=address.id if address else None,
                idempotency_key=self._key(row),
                queued_at=self.at,
                send_by_at=self._send_by(row, step, ends),
            )
        )

    def _send_by(self, row: ObligationLine, step: Step, ends: datetime) -> datetime:
        """After this it is not sent any more: the end of its step, or what the step or the notice type says before."""
        within = [limit for limit in (step.send_within, self.types[row.notice_type].send_within) if limit]
        return min([ends, *(self.at + limit for limit in within)])

    def _skip(self, row: ObligationLine, number: int, channel: str, obstacle: _Obstacle) -> None:
        reason = _REASON_OF_SKIP.get(obstacle.error_class)
        if reason is not None and (reason == "governor" or row.id not in self.why):
            self.why[row.id] = reason
        self.attempts.append(
            NewAttempt(
                obligation_id=row.id,
                step_no=number,
                lane=row.lane,
                channel=channel,
                idempotency_key=self._key(row),
                state="skipped",
                queued_at=self.at,
                finished_at=self.at,
                error_class=obstacle.error_class,
                error=obstacle.text[:400],
            )
        )

    def _key(self, row: ObligationLine) -> str:
        self.tried[row.id] = self.tried.get(row.id, 0) + 1
        return attempt_key(row.id, self.tried[row.id])


def _too_early(row: ObligationLine, not_before: datetime | None) -> _Obstacle | None:
    """A step whose hour has not come waits for it; one whose hour comes after the deadline is not taken."""
    if not_before is None:
        return None
    if not_before < row.deadline_at:
        return _Obstacle("waits", "", not_before)
    return _Obstacle(
        "not_before", "最早可发送时间已过截止时间 / the earliest time to send is after the deadline"
    )


def attempt_key(obligation_id: int, number: int) -> str:
    """Idempotency key of the n-th attempt of an obligation; also the local part of the Message-ID of an e-mail."""
    return f"anju-{obligation_id}-{number}"
