"""What happened to notices; all on the chain of the subject the notice is about."""

from dataclasses import dataclass
from typing import Any, ClassVar

from anju.platform.journal.facts import Fields, Subject


@dataclass(frozen=True, slots=True)
class NoticeOwed(Fields):
    """A message is owed from now on."""

    KIND: ClassVar[str] = "notices.owed"
    subject: Subject
    obligation_id: int
    type: str
    key: str
    person_id: int
    deadline_at: str


@dataclass(frozen=True, slots=True)
class NoticeSent(Fields):
    """A provider took it; the hash names the exact text."""

    KIND: ClassVar[str] = "notices.sent"
    subject: Subject
    obligation_id: int
    type: str
    attempt_id: int
    channel: str
    provider: str
    content: str


@dataclass(frozen=True, slots=True)
class NoticeDelivered(Fields):
    """There is proof that it arrived; `rung` says how strong."""

    KIND: ClassVar[str] = "notices.delivered"
    subject: Subject
    obligation_id: int
    type: str
    attempt_id: int
    channel: str
    rung: str


@dataclass(frozen=True, slots=True)
class NoticeProven(Fields):
    """The obligation is met. `how`: receipt, link, portal, phone ...; `rung` the proof."""

    KIND: ClassVar[str] = "notices.proven"
    subject: Subject
    obligation_id: int
    type: str
    how: str
    rung: str


@dataclass(frozen=True, slots=True)
class NoticeException(Fields):
    """The channels did not prove it: a person takes over."""

    KIND: ClassVar[str] = "notices.exception"
    subject: Subject
    obligation_id: int
    type: str
    reason: str


@dataclass(frozen=True, slots=True)
class NoticeMoot(Fields):
    """Its ground is gone: nobody need be told any more."""

    KIND: ClassVar[str] = "notices.moot"
    subject: Subject
    obligation_id: int
    type: str
    reason: str


@dataclass(frozen=True, slots=True)
class NoticeClosedByPerson(Fields):
    """A person ended an exception with an outcome and a note (S2-16)."""

    KIND: ClassVar[str] = "notices.closed_by_person"
    subject: Subject
    obligation_id: int
    type: str
    outcome: str
    note: str


@dataclass(frozen=True, slots=True)
class NoticesAudited(Fields):
    """A completeness run: what it looked at and what it found, whole counts and the first findings (S2-06)."""

    KIND: ClassVar[str] = "notices.audited"
    checked: int
    counts: dict[str, int]
    by_branch: dict[str, dict[str, int]]
    findings: list[dict[str, Any]]

    @property
    def subject(self) -> Subject:
        return ("notices", 1)


AnyFact = (
    NoticeOwed
    | NoticeSent
    | NoticeDelivered
    | NoticeProven
    | NoticeException
    | NoticeMoot
    | NoticeClosedByPerson
)
