"""A change of policy data: one person drafts and submits it, another one approves it, a job brings it into force on its
day (S2-20; four-eyes principle 双人复核). A change whose base is no longer in force is refused, never merged silently.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from anju.core.lifecycles import POLICY_PROPOSAL
from anju.core.working_time import BANK_ZONE
from anju.platform.journal.facts import Fact
from anju.platform.journal.operations import record, record_many
from anju.platform.policies import queries
from anju.platform.policies.dryruns import dry_run
from anju.platform.policies.errors import (
    ActivationDateNotAllowed,
    NothingChanged,
    NotTheMaker,
    PolicyConflict,
    ReasonMissing,
    SamePerson,
    UnknownProposal,
)
from anju.platform.policies.facts import (
    ProposalActivated,
    ProposalApproved,
    ProposalRejected,
    ProposalSubmitted,
    ProposalWithdrawn,
)
from anju.platform.policies.models import PolicyProposal
from anju.platform.policies.operations.loading import load, lock_in_force, require_sound, version_of

REASON_CHARACTERS = (5, 500)
DAYS_AHEAD_MAX = 366
ACTIVATED_AT_ONCE_MAX = 50
ACTOR = "system:policies"


@dataclass(frozen=True, slots=True)
class Activated:
    """Counts of one `proposals_activate`."""

    active: int = 0
    conflicts: int = 0


def proposal_draft(*, name: str, base_version: str, content: str, by: int, at: datetime) -> int:
    """A draft of a change by staff member `by`, tried on the past where the file has a dry-run; the proposal's id.

    Raises, in this order: PolicyUnreadable, PolicyConflict, NothingChanged.
    """
    require_sound(name, content)
    with transaction.atomic():
        _require_base(name, base_version, content)
        row = PolicyProposal(
            name=name, base_version=base_version, content=content, version=version_of(content),
            proposed_by_id=by, drafted_at=at,
        )  # fmt: skip
        row.dry_run = dry_run(name, queries.content(name, base_version), content, at)
        row.save()
    return row.pk


def proposal_revise(*, proposal_id: int, content: str, by: int, at: datetime) -> None:
    """Another content for a draft; it is tried on the past again.

    Raises, in this order: UnknownProposal, NotTheMaker, UnlawfulTransition, PolicyUnreadable, PolicyConflict,
    NothingChanged.
    """
    with transaction.atomic():
        row = _locked(proposal_id, maker=by)
        POLICY_PROPOSAL.require(row.state, "proposed")
        require_sound(row.name, content)
        _require_base(row.name, row.base_version, content)
        row.content, row.version, row.drafted_at = content, version_of(content), at
        row.dry_run = dry_run(row.name, queries.content(row.name, row.base_version), content, at)
        row.save()


def proposal_submit(*, proposal_id: int, reason: str, by: int, at: datetime) -> None:
    """The maker asks for the change, with its reason.

    Raises, in this order: UnknownProposal, NotTheMaker, UnlawfulTransition, ReasonMissing, PolicyConflict.
    """
    with transaction.atomic():
        row = _locked(proposal_id, maker=by)
        POLICY_PROPOSAL.require(row.state, "proposed")
        text = _reason(reason)
        _require_base(row.name, row.base_version, row.content)
        row.state, row.reason, row.proposed_at = "proposed", text, at
        row.save()
        record(
            ProposalSubmitted(row.pk, row.name, row.base_version, row.version, text),
            at=at,
            actor=f"staff:{by}",
        )


def proposal_approve(*, proposal_id: int, activate_on: date, by: int, at: datetime, note: str = "") -> None:
    """Another person approves; it comes into force on `activate_on`, today or later.

    Raises, in this order: UnknownProposal, SamePerson, UnlawfulTransition, ActivationDateNotAllowed, PolicyConflict.
    """
    with transaction.atomic():
        row = _locked(proposal_id, checker=by)
        POLICY_PROPOSAL.require(row.state, "approved")
        first = at.astimezone(BANK_ZONE).date()
        last = first + timedelta(days=DAYS_AHEAD_MAX)
        if not first <= activate_on <= last:
            raise ActivationDateNotAllowed(first.isoformat(), last.isoformat(), activate_on.isoformat())
        _require_base(row.name, row.base_version, row.content)
        row.state, row.activate_on = "approved", activate_on
        row.checked_by_id, row.checked_at, row.note = by, at, note.strip()[:500]
        row.save()
        record(
            ProposalApproved(row.pk, row.name, row.version, activate_on.isoformat(), row.note),
            at=at,
            actor=f"staff:{by}",
        )


def proposal_reject(*, proposal_id: int, note: str, by: int, at: datetime) -> None:
    """Another person says no, and why; also of an approved one that is not in force yet.

    Raises, in this order: UnknownProposal, SamePerson, UnlawfulTransition, ReasonMissing.
    """
    with transaction.atomic():
        row = _locked(proposal_id, checker=by)
        POLICY_PROPOSAL.require(row.state, "rejected")
        row.note = _reason(note)
        row.state, row.checked_by_id, row.checked_at, row.ended_at = "rejected", by, at, at
        row.save()
        record(ProposalRejected(row.pk, row.name, row.version, row.note), at=at, actor=f"staff:{by}")


def proposal_withdraw(*, proposal_id: int, by: int, at: datetime) -> None:
    """The maker takes it back before it is in force. Raises UnknownProposal, NotTheMaker, UnlawfulTransition."""
    with transaction.atomic():
        row = _locked(proposal_id, maker=by)
        POLICY_PROPOSAL.require(row.state, "withdrawn")
        row.state, row.ended_at = "withdrawn", at
        row.save()
        record(ProposalWithdrawn(row.pk, row.name, row.version), at=at, actor=f"staff:{by}")


def proposals_activate(*, at: datetime) -> Activated:
    """Approved changes whose day has come are in force; one whose base is not in force any more is rejected with both
    versions named. Each in its own transaction, so that one that fails holds up no other.
    """
    today = at.astimezone(BANK_ZONE).date()
    due = PolicyProposal.objects.filter(state="approved", activate_on__lte=today).order_by(
        "activate_on", "id"
    )
    done = [_activate(pk, at) for pk in due.values_list("id", flat=True)[:ACTIVATED_AT_ONCE_MAX]]
    return Activated(sum(one is True for one in done), sum(one is False for one in done))


def _activate(proposal_id: int, at: datetime) -> bool | None:
    with transaction.atomic():
        row = (
            PolicyProposal.objects.select_for_update(skip_locked=True)
            .filter(pk=proposal_id, state="approved")
            .first()
        )
        if row is None:
            return None
        in_force = lock_in_force(row.name)
        if in_force != row.base_version:
            POLICY_PROPOSAL.require(row.state, "rejected")
            conflict = PolicyConflict(row.name, row.base_version, in_force)
            row.state, row.ended_at, row.conflict_version = "rejected", at, in_force or "-"
            facts: Sequence[Fact] = [ProposalRejected(row.pk, row.name, row.version, str(conflict))]
        else:
            POLICY_PROPOSAL.require(row.state, "active")
            load(row.name, row.content, at=at, by=f"staff:{row.proposed_by_id}")
            row.state, row.ended_at = "active", at
            facts = [ProposalActivated(row.pk, row.name, row.base_version, row.version)]
        row.save()
        record_many(facts, at=at, actor=ACTOR)
        return row.state == "active"


def _locked(proposal_id: int, *, maker: int | None = None, checker: int | None = None) -> PolicyProposal:
    row = PolicyProposal.objects.select_for_update().filter(pk=proposal_id).first()
    if row is None:
        raise UnknownProposal(proposal_id)
    if maker is not None and row.proposed_by_id != maker:
        raise NotTheMaker
    if checker is not None and row.proposed_by_id == checker:
        raise SamePerson
    return row


def _reason(text: str) -> str:
    least, most = REASON_CHARACTERS
    text = text.strip()
    if not least <= len(text) <= most:
        raise ReasonMissing(least, most)
    return text


def _require_base(name: str, base_version: str, content: str) -> None:
    in_force = lock_in_force(name)
    if in_force != base_version:
        raise PolicyConflict(name, base_version, in_force)
    if version_of(content) == base_version:
        raise NothingChanged
