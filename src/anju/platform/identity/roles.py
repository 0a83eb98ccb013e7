"""Roles 角色 and what each may do. Screens and operations ask ``may(role, permission)``; there is no other
list.
"""

ROLES = ("adviser", "follow_up_agent", "collector", "risk_officer", "supervisor", "administrator")

ROLE_LABELS = {
    "adviser": ("客户经理", "Account manager"),
    "follow_up_agent": ("回访专员", "Follow-up agent"),
    "collector": ("催收员", "Collector"),
    "risk_officer": ("风控专员", "Risk officer"),
    "supervisor": ("主管", "Supervisor"),
    "administrator": ("管理员", "Administrator"),
}

PERMISSIONS: dict[str, frozenset[str]] = {
    "adviser": frozenset(
        {"loan.view", "work.do", "call.record", "promise.take", "reveal.phone", "consult.use", "loan.change"}
    ),
    "follow_up_agent": frozenset({"loan.view", "work.do", "call.record", "visit.record", "reveal.phone"}),
    "collector": frozenset(
        {"loan.view", "work.do", "call.record", "promise.take", "reveal.phone", "evidence.export"}
    ),
    "risk_officer": frozenset({"loan.view", "work.do", "risk.review", "reveal.phone", "evidence.export", "recording.play"}),
    "supervisor": frozenset(
        {
            "loan.view", "work.do", "call.record", "promise.take", "visit.record", "risk.review",
            "reveal.phone",
            "reveal.id_number", "work.assign", "exception.close", "imports.view", "dayend.view", "evidence.export",
            "contact.override", "consult.use", "hold.manage", "loan.change", "letters.run", "reveal.post",
            "recording.play", "loan.parties",
        }
    ),
    "administrator": frozenset(
        {
            "imports.view", "imports.load", "dayend.view", "dayend.run", "policy.load", "staff.manage", "jobs.view",
            "letters.run", "reveal.post", "loan.parties",
        }
    ),
}  # fmt: skip


def may(role: str, permission: str) -> bool:
    """True when ``role`` holds ``permission``. Unknown roles hold nothing."""
    return permission in PERMISSIONS.get(role, frozenset())
