"""Accounts of staff and borrowers, and the record of revealed values. Codes stand in ``codes.py``."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from anju.platform.identity import facts
from anju.platform.identity.codes import CodeTooMany, CodeTooSoon, CodeWrong, code_issue, code_verify
from anju.platform.identity.models import BorrowerAccount, Branch, Reveal, Staff
from anju.platform.identity.permissions import NotPermitted, branch_ids, permitted, require, require_branch
from anju.platform.identity.roles import ROLES
from anju.platform.journal.operations import record

__all__ = [
    "CodeTooMany", "CodeTooSoon", "CodeWrong", "NotPermitted", "PasswordWeak", "ReasonMissing", "RoleUnknown",
    "StaffNoTaken", "StaffUnknown", "borrower_account_ensure", "branch_ensure", "branch_ids", "code_issue",
    "code_verify", "password_set", "permitted", "require", "require_branch", "reveal_record", "staff_create",
]  # fmt: skip

REASON_CHARACTERS_MAX = 200


class IdentityRefused(Exception):
    """Base: the account was not made or changed; ``message_zh`` and ``message_en`` can be shown."""

    message_zh = "账号操作被拒绝"
    message_en = "the account was not changed"

    def __init__(self, detail: str = "") -> None:
        self.message_zh = f"{type(self).message_zh}{':' if detail else ''}{detail}"
        self.message_en = f"{type(self).message_en}{': ' if detail else ''}{detail}"
        super().__init__(f"{self.message_zh} / {self.message_en}")


class StaffUnknown(IdentityRefused):
    message_zh = "没有这个工号"
    message_en = "there is no such staff number"


class RoleUnknown(IdentityRefused):
    message_zh = "没有这个角色"
    message_en = "there is no such role"


class StaffNoTaken(IdentityRefused):
    message_zh = "工号已被使用"
    message_en = "the staff number is taken"


class PasswordWeak(IdentityRefused):
    message_zh = "密码不合要求"
    message_en = "the password is not good enough"


class ReasonMissing(IdentityRefused):
    message_zh = "请填写查看原因"
    message_en = "a reason is needed"


def branch_ensure(*, code: str, name: str) -> int:
    """Id of the branch with this code, made if there is none."""
    branch, _ = Branch.objects.get_or_create(code=code, defaults={"name": name})
    return branch.pk


def staff_create(
    *,
    staff_no: str,
    name: str,
    role: str,
    branch_id: int,
    password: str | None,
    at: datetime,
    by: str,
    email: str = "",
    sees_all_branches: bool = False,
    language: str = "zh-hans",
) -> int:
    """A member of staff; returns the id. No password: cannot log in until one is set. Records
    ``identity.staff.created``.

    Raises RoleUnknown, StaffNoTaken, PasswordWeak.
    """
    if role not in ROLES:
        raise RoleUnknown(role)
    with transaction.atomic():
        if Staff.objects.filter(staff_no=staff_no).exists():
            raise StaffNoTaken(staff_no)
        _check_password(password)
        staff = Staff.objects.create_user(
            staff_no, password, name=name, role=role, branch_id=branch_id, email=email,
            sees_all_branches=sees_all_branches, language=language, joined_at=at,
        )  # fmt: skip
        record(facts.StaffCreated(staff.pk, staff_no, role, branch_id, sees_all_branches), at=at, actor=by)
    return staff.pk


def password_set(*, staff_no: str, password: str, at: datetime, by: str) -> int:
    """Give a member of staff a new password; returns the id. Records ``identity.password.set``.

    Raises StaffUnknown, PasswordWeak.
    """
    with transaction.atomic():
        staff = Staff.objects.select_for_update(of=("self",)).filter(staff_no=staff_no).first()
        if staff is None:
            raise StaffUnknown(staff_no)
        _check_password(password, staff)
        staff.set_password(password)
        staff.save(update_fields=["password"])
        record(facts.PasswordSet(staff.pk), at=at, actor=by)
    return staff.pk


def _check_password(password: str | None, staff: Staff | None = None) -> None:
    if password is None:
        return
    try:
        validate_password(password, staff)
    except ValidationError as error:
        raise PasswordWeak(" ".join(error.messages)) from error


def borrower_account_ensure(*, person_id: int, at: datetime, language: str = "zh-hans") -> int:
    """Id of the person's account, made if there is none."""
    account, _ = BorrowerAccount.objects.get_or_create(
        person_id=person_id, defaults={"created_at": at, "language": language}
    )
    return account.pk


def reveal_record(*, staff_id: int, person_id: int, field: str, reason: str, at: datetime) -> int:
    """Write down that a masked value is shown, before it is shown. Returns the id of the record.

    ``field`` is ``phone`` or ``id_number``: the permission ``reveal.<field>``. Records
    ``identity.value.revealed`` on the person. Raises NotPermitted, ReasonMissing.
    """
    staff = Staff.objects.get(pk=staff_id)
    require(staff, f"reveal.{field}")
    why = reason.strip()[:REASON_CHARACTERS_MAX]
    if not why:
        raise ReasonMissing
    with transaction.atomic():
        row = Reveal.objects.create(staff=staff, person_id=person_id, field=field, reason=why, at=at)
        record(facts.ValueRevealed(person_id, staff.pk, field, why), at=at, actor=f"staff:{staff.pk}")
    return row.pk
