"""Values and errors of contacts."""

from dataclasses import dataclass
from datetime import datetime

from anju.core.verdict import Verdict

Subject = tuple[str, int]


class ContactRefused(Exception):
    """The governor says no; `verdict` says why and, when known, from when it would be yes. Nothing was written."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(verdict.zh)


class ContactNotOpen(Exception):
    """The contact is not reserved (any more): it was finished or voided before. Nothing was written."""


class ReasonMissing(Exception):
    """A flag is set or lifted only with a reason."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One contact somebody wants to make. `attempt_id` binds it to a notice's attempt.

    `debtor_id`: whose debt it is about, when the person is no debtor; `agency_id`: the outside agency that acts;
    `invited`: the person asked for it just now; `reason`: why, a code.
    """

    person_id: int
    purpose: str
    channel: str
    subject: Subject | None = None
    attempt_id: int | None = None
    debtor_is_person: bool = True
    debtor_id: int | None = None
    agency_id: int | None = None
    invited: bool = False
    reason: str = ""

    @property
    def plain(self) -> bool:
        """A contact by the bank itself with a debtor."""
        return self.debtor_is_person and self.agency_id is None and not self.invited


@dataclass(frozen=True, slots=True)
class Reserved:
    """A slot that is ours: it counts against the caps until it is finished or voided."""

    contact_id: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class AddressRow:
    """A live address, in clear. `health` as in Address.HEALTH."""

    id: int
    person_id: int
    kind: str
    value: str
    health: str
    verified_at: datetime | None

    @property
    def usable(self) -> bool:
        """False when a message is known not to reach the person there (S2-04)."""
        return self.health not in ("bounced", "wrong_person")


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact of the ledger."""

    id: int
    person_id: int
    subject: Subject | None
    purpose: str
    channel: str
    outbound: bool
    state: str
    at: datetime
    answered: bool
    outcome_code: str
    actor: str
    attempt_id: int | None
    recording_ref: str
    policy_version: str


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A stop flag in force."""

    id: int
    person_id: int
    kind: str
    reason: str
    set_by: str
    active_from: datetime
