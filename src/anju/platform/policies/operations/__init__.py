"""Every write of policy data: loading a file, and the changes that one person proposes and another one approves."""

from anju.platform.policies.operations.loading import (
    CONTENT_CHARACTERS_MAX,
    SUFFIXES,
    load,
    load_shipped,
    shipped,
    version_of,
)
from anju.platform.policies.operations.proposing import (
    proposal_approve,
    proposal_draft,
    proposal_reject,
    proposal_revise,
    proposal_submit,
    proposal_withdraw,
    proposals_activate,
)

__all__ = [
    "CONTENT_CHARACTERS_MAX", "SUFFIXES", "load", "load_shipped", "proposal_approve", "proposal_draft",
    "proposal_reject", "proposal_revise", "proposal_submit", "proposal_withdraw", "proposals_activate", "shipped",
    "version_of",
]  # fmt: skip
