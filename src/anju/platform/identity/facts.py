"""What happens to people's access."""

from dataclasses import dataclass
from typing import Any, ClassVar

from anju.platform.journal.facts import Subject


@dataclass(frozen=True, slots=True)
class StaffCreated:
    """A member of staff may log in."""

    KIND: ClassVar[str] = "identity.staff.created"
    staff_id: int
    staff_no: str
    role: str
    branch_id: int
    sees_all_branches: bool

    @property
    def subject(self) -> Subject:
        return ("staff", self.staff_id)

    def body(self) -> dict[str, Any]:
        return {
            "staff_no": self.staff_no,
            "role": self.role,
            "branch_id": self.branch_id,
            "sees_all_branches": self.sees_all_branches,
        }


@dataclass(frozen=True, slots=True)
class PasswordSet:
    """A member of staff has a new password."""

    KIND: ClassVar[str] = "identity.password.set"
    staff_id: int

    @property
    def subject(self) -> Subject:
        return ("staff", self.staff_id)

    def body(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True, slots=True)
class ValueRevealed:
    """A masked value of a person was shown to a member of staff; the value itself stands nowhere here."""

    KIND: ClassVar[str] = "identity.value.revealed"
    person_id: int
    staff_id: int
    field: str
    reason: str

    @property
    def subject(self) -> Subject:
        return ("person", self.person_id)

    def body(self) -> dict[str, Any]:
        return {"staff_id": self.staff_id, "field": self.field, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class CodeIssued:
    """A one-time code was made for a borrower."""

    KIND: ClassVar[str] = "identity.code.issued"
    person_id: int

    @property
    def subject(self) -> Subject:
        return ("person", self.person_id)

    def body(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True, slots=True)
class BorrowerEntered:
    """A borrower logged in with a one-time code."""

    KIND: ClassVar[str] = "identity.borrower.entered"
    person_id: int

    @property
    def subject(self) -> Subject:
        return ("person", self.person_id)

    def body(self) -> dict[str, Any]:
        return {}
