"""What happened about how people may be reached."""

from dataclasses import dataclass
from typing import ClassVar

from anju.platform.journal.facts import Fields, Subject


@dataclass(frozen=True, slots=True)
class FlagSet(Fields):
    """A stop flag was set on a person."""

    KIND: ClassVar[str] = "contacts.flag.set"
    subject: Subject
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class FlagLifted(Fields):
    """A stop flag was lifted."""

    KIND: ClassVar[str] = "contacts.flag.lifted"
    subject: Subject
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class AddressFailed(Fields):
    """An address is known not to reach the person: it bounced, or somebody else answered (S2-04)."""

    KIND: ClassVar[str] = "contacts.address.failed"
    subject: Subject
    kind: str
    address_id: int
    health: str
