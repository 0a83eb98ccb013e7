"""What happened about how people may be reached."""

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FlagSet:
    """A stop flag was set on a person."""

    KIND: ClassVar[str] = "contacts.flag.set"
    subject: tuple[str, int]
    kind: str
    reason: str

    def body(self) -> dict[str, Any]:
        return {"kind": self.kind, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class FlagLifted:
    """A stop flag was lifted."""

    KIND: ClassVar[str] = "contacts.flag.lifted"
    subject: tuple[str, int]
    kind: str
    reason: str

    def body(self) -> dict[str, Any]:
        return {"kind": self.kind, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class AddressFailed:
    """An address is known not to reach the person: it bounced, or somebody else answered (S2-04)."""

    KIND: ClassVar[str] = "contacts.address.failed"
    subject: tuple[str, int]
    kind: str
    address_id: int
    health: str

    def body(self) -> dict[str, Any]:
        return {"kind": self.kind, "address_id": self.address_id, "health": self.health}
