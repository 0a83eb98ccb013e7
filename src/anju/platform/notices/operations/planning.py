"""What is due takes its next step: an attempt in the queue, a skipped one with its reason, or a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Max, Q

from anju.core.lifecycles import OBLIGATION
from anju.core.working_time import BANK_ZONE
from anju.platform.contacts import queries as contacts
from anju.platform.contacts.governor import Desk
from anju.platform.contacts.people import PersonFacts, facts_of
from anju.platform.contacts.rows import Wish
from anju.platform.notices import config
from anju.platform.notices.journeys import Step, next_step
from anju.platform.notices.models import Attempt, Obligation
from anju.platform.notices.operations.bulk import insert, write_back
from anju.platform.notices.operations.settling import cancel_queued, subject_of, tell, to_person
from anju.platform.notices.rows import Planned

ACTOR = "system:notices"
_LIVE = ("owed", "in_progress")
_REASON_OF_SKIP = {
    "no_address": "no_address",
    "address_bounced": "no_address",
    "address_wrong_person": "no_address",
    "governor": "governor",
    "governor_wait": "governor",
    "not_before": "deadline",
}


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """Why a step cannot be taken; `wait_until` when it can be later."""

    error_class: str
    text: str
    wait_until: datetime | None = None


def plan(*, at: datetime, limit: int = 2000) -> Planned:
    """Move what is due to its next step; counts. A handful of statements whatever the number, in one transaction.

    Several planners may run at once (SKIP LOCKED). A step is skipped with its reason as a row, never silently; one that
    the governor refuses waits when the next lawful instant lies before the deadline. After the deadline, or after the
    last step, a person has it (S2-11, S2-16).
    """
    with transaction.atomic():
        due = list(
            Obligation.objects.select_for_update(skip_locked=True)
            .filter(state__in=_LIVE, next_step_at__lte=at)
            .order_by("next_step_at", "id")[:limit]
        )
        if not due:
            return Planned()
        return _Batch(due, at).run()


class _Batch:
    """One plan: everything the decisions need is read first, everything decided is written last."""

    def __init__(self, due: Sequence[Obligation], at: datetime) -> None:
        self.due = due
        self.at = at
        ids = [row.id for row in due]
        self.addresses = contacts.addresses_of({row.person_id for row in due})
        self.tried: dict[int, int] = {}
        self.submitted: set[int] = set()
        self._read_attempts(ids)
        types = config.notice_types()
        self.purpose = {row.id: types[row.notice_type].purpose for row in due}
        self.desk = Desk([Wish(row.person_id, self.purpose[row.id], "inbox") for row in due], at)
        self.attempts: list[Attempt] = []
        self.exceptions: list[tuple[Obligation, str]] = []
        self.waiting = 0
        self._people: dict[int, PersonFacts] = {}

    def _read_attempts(self, ids: Sequence[int]) -> None:
        self.why: dict[int, str] = {}
        rows = (
            Attempt.objects.filter(obligation_id__in=ids)
            .values("obligation_id")
            .annotate(
                n=Count("id"),
                sent=Max("submitted_at"),
                doubtful=Count("id", filter=Q(state="in_doubt")),
                failed=Count("id", filter=Q(state="failed")),
            )
        )
        for row in rows:
            self.tried[row["obligation_id"]] = row["n"]
            if row["sent"] is not None or row["doubtful"]:
                self.submitted.add(row["obligation_id"])
            elif row["failed"]:
                self.why[row["obligation_id"]] = "failed"

    def run(self) -> Planned:
        moved_on = [row.id for row in self.due if row.id in self.tried]
        if moved_on:
            cancel_queued(moved_on, at=self.at, reason="step_ran_out")
        for row in self.due:
            self._walk(row)
        people = {row.id for row, _ in self.exceptions}
        write_back([row for row in self.due if row.id not in people], ("state", "step_no", "next_step_at"))
        insert(self.attempts)
        tell(to_person(self.exceptions, at=self.at), at=self.at, actor=ACTOR)
        queued = sum(attempt.state == "queued" for attempt in self.attempts)
        return Planned(len(self.due), queued, len(self.attempts) - queued, self.waiting, len(self.exceptions))

    def _walk(self, row: Obligation) -> None:
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

    def _next(self, row: Obligation, steps: Sequence[Step]) -> tuple[int | None, datetime | None]:
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

    def _reason(self, row: Obligation) -> str:
        if row.id in self.submitted:
            return "no_proof"
        return self.why.get(row.id, "no_address")

    def _start(self, row: Obligation) -> None:
        if row.state == "owed":
            OBLIGATION.require(row.state, "in_progress")
            row.state = "in_progress"

    def _obstacle(self, row: Obligation, channel: str) -> _Obstacle | None:
        kind = config.ADDRESS_KIND.get(channel)
        if kind is not None:
            address = self.addresses.get((row.person_id, kind))
            if address is None:
                return _Obstacle("no_address", f"没有{'手机号' if kind == 'phone' else '邮箱'} / no {kind}")
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

    def _queue(self, row: Obligation, number: int, step: Step) -> None:
        self._start(row)
        address = self.addresses.get((row.person_id, config.ADDRESS_KIND.get(step.channel, "")))
        self.attempts.append(
            Attempt(
                obligation_id=row.id,
                step_no=number,
                channel=step.channel,
                address_id=address.id if address else None,
                idempotency_key=self._key(row),
                queued_at=self.at,
                send_by_at=self.at + step.send_within if step.send_within else None,
            )
        )
        ends = self.at + step.wait
        row.next_step_at = min(ends, row.deadline_at) if row.deadline_at > self.at else ends

    def _skip(self, row: Obligation, number: int, channel: str, obstacle: _Obstacle) -> None:
        reason = _REASON_OF_SKIP.get(obstacle.error_class)
        if reason is not None and (reason == "governor" or row.id not in self.why):
            self.why[row.id] = reason
        self.attempts.append(
            Attempt(
                obligation_id=row.id,
                step_no=number,
                channel=channel,
                idempotency_key=self._key(row),
                state="skipped",
                queued_at=self.at,
                finished_at=self.at,
                error_class=obstacle.error_class,
                error=obstacle.text[:400],
            )
        )

    def _key(self, row: Obligation) -> str:
        self.tried[row.id] = self.tried.get(row.id, 0) + 1
        return attempt_key(row.id, self.tried[row.id])


def _too_early(row: Obligation, not_before: datetime | None) -> _Obstacle | None:
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
