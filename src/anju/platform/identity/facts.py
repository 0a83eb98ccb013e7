"""What happens to people's access."""

from dataclasses import dataclass
from typing import ClassVar

from anju.platform.journal.facts import AboutFields


@dataclass(frozen=True, slots=True)
class StaffCreated(AboutFields):
    """A member of staff may log in."""

    KIND: ClassVar[str] = "identity.staff.created"
    ABOUT: ClassVar[tuple[str, str]] = ("staff", "staff_id")
    staff_id: int
    staff_no: str
    role: str
    branch_id: int
    sees_all_branches: bool


@dataclass(frozen=True, slots=True)
class PasswordSet(AboutFields):
    """A member of staff has a new password."""

    KIND: ClassVar[str] = "identity.password.set"
    ABOUT: ClassVar[tuple[str, str]] = ("staff", "staff_id")
    staff_id: int


@dataclass(frozen=True, slots=True)
class ValueRevealed(AboutFields):
    """A masked value of a person was shown to a member of staff; the value itself stands nowhere here."""

    KIND: ClassVar[str] = "identity.value.revealed"
    ABOUT: ClassVar[tuple[str, str]] = ("person", "person_id")
    person_id: int
    staff_id: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class CodeIssued(AboutFields):
    """A one-time code was made for a borrower."""

    KIND: ClassVar[str] = "identity.code.issued"
    ABOUT: ClassVar[tuple[str, str]] = ("person", "person_id")
    person_id: int


@dataclass(frozen=True, slots=True)
class BorrowerEntered(AboutFields):
    """A borrower logged in with a one-time code."""

    KIND: ClassVar[str] = "identity.borrower.entered"
    ABOUT: ClassVar[tuple[str, str]] = ("person", "person_id")
    person_id: int
