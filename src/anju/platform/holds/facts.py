"""What happened to holds; what happened to a case stands on the case's own chain."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from anju.platform.journal.facts import AboutFields, Fields, Subject


@dataclass(frozen=True, slots=True)
class HoldOpened(AboutFields):
    """A supervisor put many cases on hold."""

    KIND: ClassVar[str] = "holds.opened"
    ABOUT: ClassVar[tuple[str, str]] = ("hold", "hold_id")
    hold_id: int
    reason: str
    until_on: date
    total: int
    skipped: int


@dataclass(frozen=True, slots=True)
class HoldReleased(AboutFields):
    """A supervisor let the cases of a hold go on."""

    KIND: ClassVar[str] = "holds.released"
    ABOUT: ClassVar[tuple[str, str]] = ("hold", "hold_id")
    hold_id: int
    note: str


@dataclass(frozen=True, slots=True)
class HoldExtended(AboutFields):
    """A supervisor expects the hold to end later than people were told."""

    KIND: ClassVar[str] = "holds.extended"
    ABOUT: ClassVar[tuple[str, str]] = ("hold", "hold_id")
    hold_id: int
    was_until_on: date
    until_on: date
    note: str


@dataclass(frozen=True, slots=True)
class CaseHeld(Fields):
    """This case waits; ``clocks`` of its clocks stand still. Owes ``case_on_hold``."""

    KIND: ClassVar[str] = "holds.case.held"
    subject: Subject
    hold_id: int
    person_id: int
    reason: str
    until_on: date


@dataclass(frozen=True, slots=True)
class CaseExtended(Fields):
    """This case waits longer than its people were told. Owes ``case_on_hold`` anew."""

    KIND: ClassVar[str] = "holds.case.extended"
    subject: Subject
    hold_id: int
    person_id: int
    reason: str
    until_on: date


@dataclass(frozen=True, slots=True)
class CaseReleased(Fields):
    """This case goes on. Owes ``case_resumed``."""

    KIND: ClassVar[str] = "holds.case.released"
    subject: Subject
    hold_id: int
    person_id: int
    note: str
