"""``anju user``."""

from __future__ import annotations

import click

from anju.platform.identity.roles import ROLE_LABELS, ROLES
from anju.site.cli.base import emit

ACTOR = "system:cli"
ROLE_HELP = "、".join(f"{role} {ROLE_LABELS[role][0]}" for role in ROLES)
password_option = click.option(
    "--password",
    prompt="密码 / password",
    hide_input=True,
    confirmation_prompt=True,
    envvar="ANJU_USER_PASSWORD",
    help="密码，不给则询问。Asked for when not given (or ANJU_USER_PASSWORD).",
)


@click.group()
def user() -> None:
    """员工账号。

    Staff accounts.
    """


@user.command()
@click.argument("staff_no")
@click.option("--name", required=True, help="姓名。Name.")
@click.option("--role", required=True, type=click.Choice(ROLES), help=ROLE_HELP)
@click.option("--branch", required=True, help="机构代码，不存在则新建。Branch code, made if new.")
@click.option("--branch-name", help="新建机构的名称。Name of a new branch.")
@click.option("--email", default="", help="邮箱。E-mail.")
@click.option("--all-branches", is_flag=True, help="可见全部机构（总行）。Sees every branch (head office).")
@password_option
def add(
    staff_no: str,
    name: str,
    role: str,
    branch: str,
    branch_name: str | None,
    email: str,
    all_branches: bool,
    password: str,
) -> None:
    """新增员工。

    Add a member of staff. Exit code 1 when the number is taken or the password is too weak.
    """
    from django.db import transaction

    from anju.platform.identity import operations
    from anju.site import clock

    with transaction.atomic():
        staff_id = operations.staff_create(
            staff_no=staff_no,
            name=name,
            role=role,
            branch_id=operations.branch_ensure(code=branch, name=branch_name or branch),
            password=password,
            email=email,
            sees_all_branches=all_branches,
            at=clock.now(),
            by=ACTOR,
        )
    emit({"staff_id": staff_id, "staff_no": staff_no}, f"已新增 {staff_no} {name} / added")


@user.command()
@click.argument("staff_no")
@password_option
def passwd(staff_no: str, password: str) -> None:
    """重设密码。

    Set a new password. Exit code 1 when there is no such number or the password is too weak.
    """
    from anju.platform.identity import operations
    from anju.site import clock

    staff_id = operations.password_set(staff_no=staff_no, password=password, at=clock.now(), by=ACTOR)
    emit({"staff_id": staff_id, "staff_no": staff_no}, f"密码已更新 / password set: {staff_no}")
