"""Reading accounts: staff, branches, borrowers' accounts, reveals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from anju.platform.identity.models import BorrowerAccount, Branch, Reveal, Staff
from anju.platform.identity.permissions import branch_ids, permitted, require_branch

__all__ = [
    "BranchRow", "RevealRow", "StaffRow", "account_of", "branch_ids", "branches", "permitted",
    "require_branch", "reveals", "staff", "staff_names", "staff_role",
]  # fmt: skip

REVEALS_MAX = 200


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A branch."""

    id: int
    code: str
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff, without secrets."""

    id: int
    staff_no: str
    name: str
    role: str
    branch_id: int
    sees_all_branches: bool
    is_active: bool


@dataclass(frozen=True, slots=True)
class RevealRow:
    """Who saw which masked value of a person, and why."""

    staff_id: int
    staff_name: str
    person_id: int
    field: str
    reason: str
    at: datetime


def branches() -> list[BranchRow]:
    """All branches, by code."""
    return [
        BranchRow(*row) for row in Branch.objects.order_by("code").values_list("id", "code", "name", "zone")
    ]


def staff(*, branch_ids: Sequence[int] | None = None, role: str | None = None) -> list[StaffRow]:
    """Staff by number, of these branches (None: all) and this role (None: all)."""
    found = Staff.objects.order_by("staff_no")
    if branch_ids is not None:
        found = found.filter(branch_id__in=list(branch_ids))
    if role is not None:
        found = found.filter(role=role)
    return [StaffRow(*row) for row in found.values_list(*StaffRow.__dataclass_fields__)]


def staff_names(ids: Sequence[int]) -> dict[int, str]:
    """Names by id, for a page's worth of ids."""
    return dict(Staff.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


def staff_role(staff_id: int) -> str:
    """Role of a member of staff who is active; "" for anybody else."""
    return Staff.objects.filter(pk=staff_id, is_active=True).values_list("role", flat=True).first() or ""


def account_of(person_id: int) -> int | None:
    """Id of the person's account, or None."""
    return BorrowerAccount.objects.filter(person_id=person_id).values_list("pk", flat=True).first()


def reveals(*, person_id: int) -> list[RevealRow]:
    """Reveals about a person, the latest first; at most 200."""
    found = Reveal.objects.filter(person_id=person_id).order_by("-at", "-pk")
    columns = ("staff_id", "staff__name", "person_id", "field", "reason", "at")
    return [RevealRow(*row) for row in found.values_list(*columns)[:REVEALS_MAX]]
