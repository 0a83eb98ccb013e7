"""Dry-run of a change of journeys: what the notices of the last 30 days would have done under the new steps.

A message that was sent then is answered as it was answered then, so many minutes after it is sent now. One that was
never sent is answered as that channel was answered on the whole ("estimated"); one to an address that is not there is not
sent. The governor's refusals count as they fell. Reads only, a handful of statements, at most `NOTICES_MAX` notices.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from anju.core.lifecycles import proof_at_least
from anju.core.working_time import BANK_ZONE
from anju.platform.contacts.people import facts_of
from anju.platform.notices.journeys.past import DAYS, NOTICES_MAX, Past, PastNotice, read_past
from anju.platform.notices.journeys.steps import Step, names, parse_file
from anju.platform.notices.journeys.walking import next_step

EXAMPLES_MAX = 12


@dataclass(slots=True)
class Road:
    """How one notice went, or would have gone: the channels used, in their order, and its end."""

    channels: list[str] = field(default_factory=list)
    end: str = "open"
    segments: int = 0
    estimated: bool = False


def dry_run(before: str, after: str, at: datetime) -> dict[str, Any]:
    """Figures of a change of journeys.toml, as JSON: see `_figures`. Raises BadInput when `after` is not sound."""
    old, new = tomllib.loads(before), tomllib.loads(after)
    roads = parse_file(new)
    changed = [name for name in names(new) if old.get(name, {}).get("steps") != new[name]["steps"]]
    past = read_past(changed, at)
    zones = {}
    if any(step.not_before for name in changed for step in roads[name]):
        zones = {
            person: facts.tz for person, facts in facts_of({row.person_id for row in past.notices}).items()
        }
    pairs = []
    for notice in past.notices:
        zone = zones.get(notice.person_id, BANK_ZONE)
        would = _Walk(past, notice, roads[notice.journey], at, zone).road()
        pairs.append((notice, _was(past, notice), would))
    return _figures(changed, past, pairs)


def _was(past: Past, notice: PastNotice) -> Road:
    """What really happened."""
    sent = past.sent(notice.id)
    road = Road([channel for channel, _ in sent], _end_of(notice))
    road.segments = sum(segments for _, segments in sent)
    return road


def _end_of(notice: PastNotice) -> str:
    if notice.was_exception or notice.state in ("exception", "closed_by_person"):
        return "exception"
    return {"proven": "proven", "moot": "moot"}.get(notice.state, "open")


class _Walk:
    """One notice on the new road."""

    def __init__(
        self, past: Past, notice: PastNotice, steps: Sequence[Step], at: datetime, zone: ZoneInfo
    ) -> None:
        self.past, self.notice, self.steps, self.at, self.zone = past, notice, steps, at, zone
        self.events: list[tuple[datetime, str]] = []
        self.made = Road()

    def road(self) -> Road:
        now, step_no = self.notice.owed_at, 0
        for _ in range(4 * len(self.steps) + 4):
            end = self._ended(now)
            if end:
                self.made.end = end
                return self.made
            number, wait = next_step(
                self.steps, step_no, self._proof(now), now, self.notice.owed_at, self.zone
            )
            if number is None or self.steps[number - 1].channel == "person":
                self.made.end = "exception"
                return self.made
            if wait is not None and wait < self.notice.deadline_at:
                now, step_no = wait, number - 1
                continue
            step_no = number
            if wait is None and self._send(self.steps[number - 1], now):
                ends = now + self.steps[number - 1].wait
                now = min(ends, self.notice.deadline_at) if self.notice.deadline_at > now else ends
        return self.made

    def _ended(self, now: datetime) -> str:
        if proof_at_least(self._proof(now) or None, self.notice.proof_required):
            return "proven"
        if self.notice.state == "moot" and self.notice.ended_at is not None and self.notice.ended_at <= now:
            return "moot"
        if now > self.at:
            return "open"
        return "exception" if now >= self.notice.deadline_at and self.made.channels else ""

    def _proof(self, now: datetime) -> str:
        reached = ""
        for moment, rung in self.events:
            if moment <= now and (not reached or proof_at_least(rung, reached)):
                reached = rung
        return reached

    def _send(self, step: Step, now: datetime) -> bool:
        """Whether a message leaves on this step."""
        answer = self.past.answer(self.notice, step.channel)
        if answer is None:
            return False
        self.made.channels.append(step.channel)
        self.made.estimated = self.made.estimated or answer.estimated
        self.made.segments += answer.segments
        self.events += [(now + event.after, event.rung) for event in answer.events]
        return True


def _figures(
    changed: Sequence[str], past: Past, pairs: Sequence[tuple[PastNotice, Road, Road]]
) -> dict[str, Any]:
    """journeys, days, notices, limited, changed, estimated; by channel, end and notice type what was and would be."""
    was, would = Counter[str](), Counter[str]()
    ends_was, ends_would = Counter[str](), Counter[str]()
    types: dict[str, Counter[str]] = {}
    examples: list[dict[str, Any]] = []
    moved = estimated = 0
    for notice, old, new in pairs:
        was.update(old.channels)
        would.update(new.channels)
        ends_was[old.end] += 1
        ends_would[new.end] += 1
        estimated += new.estimated
        kind = types.setdefault(notice.notice_type, Counter())
        kind.update(notices=1, was=len(old.channels), would=len(new.channels))
        if old.channels != new.channels or old.end != new.end:
            moved += 1
            kind["changed"] += 1
            if len(examples) < EXAMPLES_MAX:
                examples.append(_example(notice, old, new))
    return {
        "kind": "journeys", "journeys": list(changed), "days": DAYS, "notices": len(pairs), "limited": past.limited,
        "most": NOTICES_MAX, "changed": moved, "estimated": estimated,
        "channels": _pairs(was, would), "ends": _pairs(ends_was, ends_would),
        "segments": {"was": sum(old.segments for _, old, _ in pairs), "would": sum(new.segments for _, _, new in pairs)},
        "types": [{"type": name, **dict(figures)} for name, figures in sorted(types.items())],
        "examples": examples,
    }  # fmt: skip


def _pairs(was: Mapping[str, int], would: Mapping[str, int]) -> list[dict[str, Any]]:
    codes = sorted(set(was) | set(would))
    return [{"code": code, "was": was.get(code, 0), "would": would.get(code, 0)} for code in codes]


def _example(notice: PastNotice, old: Road, new: Road) -> dict[str, Any]:
    return {
        "obligation_id": notice.id, "type": notice.notice_type, "was": old.channels, "would": new.channels,
        "was_end": old.end, "would_end": new.end,
    }  # fmt: skip
