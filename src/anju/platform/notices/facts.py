"""What happened to notices; all on the chain of the subject the notice is about."""

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class NoticeOwed:
    """A message is owed from now on."""

    KIND: ClassVar[str] = "notices.owed"
    subject: tuple[str, int]
    obligation_id: int
    notice_type: str
    key: str
    person_id: int
    deadline_at: str

    def body(self) -> dict[str, Any]:
        return {
            "obligation_id": self.obligation_id,
            "type": self.notice_type,
            "key": self.key,
            "person_id": self.person_id,
            "deadline_at": self.deadline_at,
        }


@dataclass(frozen=True, slots=True)
class NoticeSent:
    """A provider took it; the hash names the exact text."""

    KIND: ClassVar[str] = "notices.sent"
    subject: tuple[str, int]
    obligation_id: int
    notice_type: str
    attempt_id: int
    channel: str
    provider: str
    content: str

    def body(self) -> dict[str, Any]:
        return {
            "obligation_id": self.obligation_id,
            "type": self.notice_type,
            "attempt_id": self.attempt_id,
            "channel": self.channel,
            "provider": self.provider,
            "content": self.content,
        }


@dataclass(frozen=True, slots=True)
class NoticeDelivered:
    """There is proof that it arrived; `rung` says how strong."""

    KIND: ClassVar[str] = "notices.delivered"
    subject: tuple[str, int]
    obligation_id: int
    notice_type: str
    attempt_id: int
    channel: str
    rung: str

    def body(self) -> dict[str, Any]:
        return {
            "obligation_id": self.obligation_id,
            "type": self.notice_type,
            "attempt_id": self.attempt_id,
            "channel": self.channel,
            "rung": self.rung,
        }


@dataclass(frozen=True, slots=True)
class NoticeProven:
    """The obligation is met. `how`: receipt, link, portal, phone ...; `rung` the proof."""

    KIND: ClassVar[str] = "notices.proven"
    subject: tuple[str, int]
    obligation_id: int
    notice_type: str
    how: str
    rung: str

    def body(self) -> dict[str, Any]:
        return {
            "obligation_id": self.obligation_id,
            "type": self.notice_type,
            "how": self.how,
            "rung": self.rung,
        }


@dataclass(frozen=True, slots=True)
class NoticeException:
    """The channels did not prove it: a person takes over."""

    KIND: ClassVar[str] = "notices.exception"
    subject: tuple[str, int]
    obligation_id: int
    notice_type: str
    reason: str

    def body(self) -> dict[str, Any]:
        return {"obligation_id": self.obligation_id, "type": self.notice_type, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class NoticeMoot:
    """Its ground is gone: nobody need be told any more."""

    KIND: ClassVar[str] = "notices.moot"
    subject: tuple[str, int]
    obligation_id: int
    notice_type: str
    reason: str

    def body(self) -> dict[str, Any]:
        return {"obligation_id": self.obligation_id, "type": self.notice_type, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class NoticeClosedByPerson:
    """A person ended an exception with an outcome and a note (S2-16)."""

    KIND: ClassVar[str] = "notices.closed_by_person"
    subject: tuple[str, int]
    obligation_id: int
    notice_type: str
    outcome: str
    note: str

    def body(self) -> dict[str, Any]:
        return {
            "obligation_id": self.obligation_id,
            "type": self.notice_type,
            "outcome": self.outcome,
            "note": self.note,
        }


AnyFact = (
    NoticeOwed
    | NoticeSent
    | NoticeDelivered
    | NoticeProven
    | NoticeException
    | NoticeMoot
    | NoticeClosedByPerson
)
