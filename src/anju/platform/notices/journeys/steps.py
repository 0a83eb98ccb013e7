"""Steps of a journey, from a policy file's rows to values; one clear error for the first value that is not allowed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any, cast

from anju.core.checks import bad
from anju.core.lifecycles import PROOF_RUNGS, proof_at_least
from anju.core.sla import Deadline, Kind
from anju.platform.notices.journeys import machine

CHANNELS = ("inbox", "sms", "email", "wecom", "wechat", "push", "letter", "voice", "person")
NOT_JOURNEYS = frozenset({"retry", "limits", "lanes"})
"""Tables of journeys.toml that are no journeys."""

STEPS_MAX = 12
MINUTES_MAX = 60 * 24 * 60
_FIELDS = frozenset(
    {"channel", "wait_minutes", "not_before", "not_before_minutes", "condition", "send_within_minutes"}
)
_PERSON_FIELDS = frozenset({"channel", "queue", "due"})
_KINDS = ("wall", "working_minutes", "working_days")
_DUE = Deadline("working_minutes", 240)


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether the proof so far lets a step be taken: it has reached `rung`, or (`negated`) it has not."""

    rung: str
    negated: bool = False

    def holds(self, proof: str) -> bool:
        """Whether the step is taken at this proof; empty text is no proof."""
        return proof_at_least(proof or None, self.rung) is not self.negated

    @property
    def text(self) -> str:
        """As it stands in the file: `opened` or `not opened`."""
        return f"not {self.rung}" if self.negated else self.rung


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a journey. `channel` "person" ends it: `queue` and `due` name the work item.

    `wait` is how long the step is given before the next one. `not_before` is a time of day in the person's zone before
    which it is not taken, `not_before_owed` how long after the notice became owed. `condition` looks at the proof so
    far. `send_within`: a message not handed over by then is not sent any more.
    """

    channel: str
    wait: timedelta
    queue: str = "exceptions"
    due: Deadline | None = None
    not_before: time | None = None
    not_before_owed: timedelta | None = None
    condition: Condition | None = None
    send_within: timedelta | None = None


def names(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the journeys in a parsed journeys.toml, in its order."""
    return tuple(name for name in data if name not in NOT_JOURNEYS)


def parse_file(data: Mapping[str, Any]) -> dict[str, tuple[Step, ...]]:
    """Every journey of a parsed journeys.toml, whose retry rules and limits are in order too. Raises BadInput for the first
    value that is not allowed."""
    machine.retries(data)
    machine.limits(data)
    found = {}
    for name in names(data):
        row = data[name]
        if not isinstance(row, Mapping):
            raise bad(name, row, "a table with label_zh, label_en, steps", allowed_zh="含名称和步骤的一节")
        for label in ("label_zh", "label_en"):
            text = row.get(label)
            if not isinstance(text, str) or not text.strip() or len(text) > 60:
                raise bad(f"{name}.{label}", text, "1 .. 60 characters", allowed_zh="1 至 60 个字")
        found[name] = parse(row.get("steps"), where=name)
    return found


def parse(rows: Any, *, where: str = "steps") -> tuple[Step, ...]:
    """Steps of one journey from the rows of its `steps`. Raises BadInput naming field, value and what is allowed."""
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not 1 <= len(rows) <= STEPS_MAX:
        count = len(rows) if isinstance(rows, Sequence) and not isinstance(rows, str) else rows
        raise bad(f"{where}.steps", count, f"1 .. {STEPS_MAX} steps", allowed_zh=f"1 至 {STEPS_MAX} 个步骤")
    last = len(rows)
    found = tuple(_step(row, f"{where}.{number}", number == last) for number, row in enumerate(rows, 1))
    if last == 1:
        raise bad(f"{where}.steps", last, "a channel before the person", allowed_zh="人工之前至少一个渠道")
    return found


def _step(row: Any, where: str, last: bool) -> Step:
    if not isinstance(row, Mapping):
        raise bad(where, row, "a table", allowed_zh="一个步骤")
    channel = row.get("channel")
    if channel not in CHANNELS:
        raise bad(f"{where}.channel", channel, " | ".join(CHANNELS))
    if (channel == "person") is not last:
        raise bad(
            f"{where}.channel", channel, "person as the last step, and only there",
            allowed_zh="最后一步、且只有最后一步是人工",
        )  # fmt: skip
    unknown = sorted(set(row) - (_PERSON_FIELDS if last else _FIELDS))
    if unknown:
        raise bad(
            f"{where}.{unknown[0]}", row[unknown[0]], " | ".join(sorted(_PERSON_FIELDS if last else _FIELDS))
        )
    return _person(row, where) if last else _channel(row, where)


def _person(row: Mapping[str, Any], where: str) -> Step:
    queue = row.get("queue", "exceptions")
    if not isinstance(queue, str) or not 1 <= len(queue) <= 40:
        raise bad(f"{where}.queue", queue, "the name of a queue", allowed_zh="队列名")
    return Step("person", timedelta(0), queue, _due(row["due"], where) if "due" in row else _DUE)


def _due(row: Any, where: str) -> Deadline:
    if not isinstance(row, Mapping) or row.get("kind") not in _KINDS:
        kind = row.get("kind") if isinstance(row, Mapping) else row
        raise bad(f"{where}.due.kind", kind, " | ".join(_KINDS))
    amount = _minutes(row, "amount", where, 1) or 0
    return Deadline(cast(Kind, row["kind"]), amount)


def _channel(row: Mapping[str, Any], where: str) -> Step:
    wait = _minutes(row, "wait_minutes", where, 1)
    if wait is None:
        raise bad(f"{where}.wait_minutes", None, f"1 .. {MINUTES_MAX}")
    after = _minutes(row, "not_before_minutes", where, 0)
    within = _minutes(row, "send_within_minutes", where, 1)
    return Step(
        channel=row["channel"],
        wait=timedelta(minutes=wait),
        not_before=_time_of_day(row.get("not_before"), f"{where}.not_before"),
        not_before_owed=None if after is None else timedelta(minutes=after),
        condition=_condition(row.get("condition"), f"{where}.condition"),
        send_within=None if within is None else timedelta(minutes=within),
    )


def _minutes(row: Mapping[str, Any], field: str, where: str, low: int) -> int | None:
    value = row.get(field)
    if value is None:
        return None
    if type(value) is not int or not low <= value <= MINUTES_MAX:
        raise bad(f"{where}.{field}", value, f"{low} .. {MINUTES_MAX}")
    return value


def _time_of_day(value: Any, where: str) -> time | None:
    if value is None:
        return None
    try:
        if not isinstance(value, str) or len(value) != 5:
            raise ValueError
        return time.fromisoformat(value)
    except ValueError:
        raise bad(where, value, "HH:MM, 00:00 .. 23:59") from None


def _condition(value: Any, where: str) -> Condition | None:
    if value is None:
        return None
    rung = value.removeprefix("not ").strip() if isinstance(value, str) else value
    if rung not in PROOF_RUNGS:
        raise bad(
            where, value, " | ".join(PROOF_RUNGS) + ", or not …", allowed_zh="证明层级之一，或 not 加证明层级"
        )
    return Condition(rung, value.startswith("not "))
