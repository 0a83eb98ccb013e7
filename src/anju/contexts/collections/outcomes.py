"""What a person can record about a call (table `outcomes.toml`): number key, labels, required fields, what
follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from anju.core.errors import BadInput
from anju.platform.policies import queries as policies

FILE = "outcomes.toml"
NEXTS = ("none", "promise", "retry", "open", "callback")
FIELDS = (
    "willingness",
    "overdue_reason",
    "promise_amount_fen",
    "promise_due_on",
    "callback_at",
    "refusal_reason",
    "stop_flag",
)
"""Every field a call form can have, in the order in which a form shows them."""

CHOICE_FIELDS = ("willingness", "overdue_reason", "refusal_reason", "stop_flag")
"""Fields that take a code of the option list of the same name."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice."""

    code: str
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Opens:
    """Work that an outcome opens for somebody else."""

    kind: str
    queue: str
    priority: int
    working_days: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome. `answered`: somebody spoke to us; `identity_checked`: it was the borrower, checked before
    loan data.
    """

    code: str
    key: int
    label_zh: str
    label_en: str
    answered: bool
    identity_checked: bool
    requires: tuple[str, ...]
    closes_work: bool
    next: str
    retry_hours: int
    marks_address: str
    opens: Opens | None


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """All outcomes by code, in the order of their keys, and the option lists of the choice fields."""

    outcomes: Mapping[str, Outcome]
    options: Mapping[str, tuple[Option, ...]]
    version: str


def table() -> OutcomeTable:
    """The table in force. Raises BadInput when it is not complete."""
    return parse(policies.toml(FILE), policies.version(FILE))


def parse(raw: Mapping[str, Any], version: str) -> OutcomeTable:
    """Outcome table of the file's content. Raises BadInput for doubled codes or keys, unknown fields or next
    actions.
    """
    outcomes = sorted((_outcome(row) for row in raw["outcome"]), key=lambda outcome: outcome.key)
    keys = [outcome.key for outcome in outcomes]
    codes = [outcome.code for outcome in outcomes]
    if len(set(keys)) != len(keys) or not set(keys) <= set(range(1, 10)):
        raise _bad("key", keys, "1-9, each once")
    if len(set(codes)) != len(codes):
        raise _bad("code", codes, "each once")
    options = {
        name: tuple(Option(row["code"], row["label_zh"], row["label_en"]) for row in raw[name])
        for name in CHOICE_FIELDS
    }
    return OutcomeTable({outcome.code: outcome for outcome in outcomes}, options, version)


def _outcome(row: Mapping[str, Any]) -> Outcome:
    unknown = set(row["requires"]) - set(FIELDS)
    if unknown:
        raise _bad("requires", sorted(unknown), ", ".join(FIELDS))
    if row["next"] not in NEXTS or (row["next"] == "open") != ("opens" in row):
        raise _bad("next", row["next"], ", ".join(NEXTS))
    if row["identity_checked"] and not {"willingness", "overdue_reason"} <= set(row["requires"]):
        raise _bad(
            "requires", row["code"], "willingness and overdue_reason when the borrower answered (S3-03)"
        )
    return Outcome(
        code=row["code"],
        key=row["key"],
        label_zh=row["label_zh"],
        label_en=row["label_en"],
        answered=row["answered"],
        identity_checked=row["identity_checked"],
        requires=tuple(row["requires"]),
        closes_work=row["closes_work"],
        next=row["next"],
        retry_hours=row.get("retry_hours", 0),
        marks_address=row.get("marks_address", ""),
        opens=Opens(**row["opens"]) if "opens" in row else None,
    )


def clean(field: str, value: object) -> object:
    """A form field as its type: fen as int, a date, an aware datetime, or text. None when empty. Raises
    BadInput.
    """
    if value is None or value == "":
        return None
    if field == "promise_amount_fen" and isinstance(value, bool | float):
        raise _bad(field, value, "integer fen")
    try:
        if field == "promise_amount_fen":
            return int(str(value))
        if field == "promise_due_on":
            return value if type(value) is date else date.fromisoformat(str(value))
        if field == "callback_at":
            at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
            if at.utcoffset() is None:
                raise ValueError("naive")
            return at
    except ValueError as error:
        raise _bad(field, value, "integer fen | YYYY-MM-DD | aware ISO instant") from error
    return str(value)


def _bad(field: str, value: object, allowed: str) -> BadInput:
    return BadInput(
        field=field,
        value=value,
        allowed=allowed,
        message_zh=f"通话结果的 {field} 无效，应为 {allowed}",
        message_en=f"{field} of a call outcome is not valid, expected {allowed}",
    )
