"""What happened to approvals of texts."""

from dataclasses import dataclass
from typing import ClassVar

from anju.platform.journal.facts import AboutFields


@dataclass(frozen=True, slots=True)
class TemplateApprovalMoved(AboutFields):
    """A provider's approval of a text came into this state."""

    KIND: ClassVar[str] = "policies.template.approval_moved"
    ABOUT: ClassVar[tuple[str, str]] = ("template_approval", "approval_id")
    approval_id: int
    provider: str
    channel: str
    template: str
    language: str
    text_hash: str
    provider_code: str
    state: str
