"""What happens to policy data."""

from dataclasses import dataclass
from typing import ClassVar

from anju.platform.journal.facts import AboutFields


@dataclass(frozen=True, slots=True)
class PolicyLoaded(AboutFields):
    """A version of a policy file came into force."""

    KIND: ClassVar[str] = "policies.version.loaded"
    ABOUT: ClassVar[tuple[str, str]] = ("policy", "version_id")
    version_id: int
    name: str
    version: str
    load_no: int


@dataclass(frozen=True, slots=True)
class ProposalSubmitted(AboutFields):
    """Somebody asks for a change of a policy file."""

    KIND: ClassVar[str] = "policies.proposal.submitted"
    ABOUT: ClassVar[tuple[str, str]] = ("policy_proposal", "proposal_id")
    proposal_id: int
    name: str
    base_version: str
    version: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProposalApproved(AboutFields):
    """Another person approved the change for a day."""

    KIND: ClassVar[str] = "policies.proposal.approved"
    ABOUT: ClassVar[tuple[str, str]] = ("policy_proposal", "proposal_id")
    proposal_id: int
    name: str
    version: str
    activate_on: str
    note: str


@dataclass(frozen=True, slots=True)
class ProposalRejected(AboutFields):
    """Another person said no, or the version it starts from was replaced before its day."""

    KIND: ClassVar[str] = "policies.proposal.rejected"
    ABOUT: ClassVar[tuple[str, str]] = ("policy_proposal", "proposal_id")
    proposal_id: int
    name: str
    version: str
    note: str


@dataclass(frozen=True, slots=True)
class ProposalWithdrawn(AboutFields):
    """The maker took the change back."""

    KIND: ClassVar[str] = "policies.proposal.withdrawn"
    ABOUT: ClassVar[tuple[str, str]] = ("policy_proposal", "proposal_id")
    proposal_id: int
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class ProposalActivated(AboutFields):
    """The change came into force on its day."""

    KIND: ClassVar[str] = "policies.proposal.activated"
    ABOUT: ClassVar[tuple[str, str]] = ("policy_proposal", "proposal_id")
    proposal_id: int
    name: str
    base_version: str
    version: str
