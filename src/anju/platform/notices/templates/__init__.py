"""Templates 通知模板 as registered artefacts: texts by channel and language, their checks, samples and approvals."""

from anju.platform.notices.templates.approving import (
    Approval,
    approval,
    approval_move,
    approval_open,
    approvals,
)

__all__ = ["Approval", "approval", "approval_move", "approval_open", "approvals"]
