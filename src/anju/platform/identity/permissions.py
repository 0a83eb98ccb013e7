"""Who may do what, and whose rows they see."""

from typing import Protocol

from django.core.exceptions import PermissionDenied

from anju.platform.identity.roles import may


class StaffLike(Protocol):
    """What a check needs to know of a member of staff."""

    role: str
    is_active: bool
    sees_all_branches: bool
    branch_id: int


class NotPermitted(PermissionDenied):
    """The role of this member of staff does not hold the permission; a screen answers 403."""

    def __init__(self, permission: str) -> None:
        self.permission = permission
        self.message_zh = f"您没有此项权限（{permission}）"
        self.message_en = f"you may not do this ({permission})"
        super().__init__(f"{self.message_zh} / {self.message_en}")


def permitted(staff: StaffLike, permission: str) -> bool:
    """Whether an active member of staff holds the permission."""
    return staff.is_active and may(staff.role, permission)


def require(staff: StaffLike, permission: str) -> None:
    """Pass, or raise NotPermitted. Somebody who has left holds nothing."""
    if not permitted(staff, permission):
        raise NotPermitted(permission)


def branch_ids(staff: StaffLike) -> list[int] | None:
    """The branches whose rows this person sees; None means all of them (head office). Somebody who has left:
    none.
    """
    if not staff.is_active:
        return []
    return None if staff.sees_all_branches else [staff.branch_id]


def require_branch(staff: StaffLike, branch_id: int) -> None:
    """Pass when the branch is in this person's scope, or raise NotPermitted."""
    scope = branch_ids(staff)
    if scope is not None and branch_id not in scope:
        raise NotPermitted("branch")
