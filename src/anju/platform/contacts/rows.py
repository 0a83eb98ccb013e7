"""Values and errors of contacts."""

from dataclasses import dataclass
from datetime import datetime, time

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


class OverrideRejected(Exception):
    """Base of what an override is refused for; nothing was written."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        self.message_zh, self.message_en = message_zh, message_en
        super().__init__(f"{message_zh} / {message_en}")


class OverrideNeedless(OverrideRejected):
    """The contact is allowed as it is."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"不需要特批：{verdict.zh}", f"no override is needed: {verdict.en}")


class OverrideNotPossible(OverrideRejected):
    """Something stands against the contact that nobody may set aside."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"不能特批：{verdict.zh}", f"this cannot be overridden: {verdict.en}")


class OverrideUnauthorised(OverrideRejected):
    """Only a role with the permission decides."""

    def __init__(self) -> None:
        super().__init__("只有主管可以审批", "only a supervisor decides")


class OverrideNotOpen(OverrideRejected):
    """It was decided before, or its time is over."""

    def __init__(self, state: str) -> None:
        super().__init__("申请已处理或已过期", f"the request is decided or over ({state or 'unknown'})")


class OverrideOwn(OverrideRejected):
    """Nobody grants their own request."""

    def __init__(self) -> None:
        super().__init__("不能审批自己的申请", "nobody decides their own request")


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

    @property
    def loan_id(self) -> int | None:
        """The loan it is about, when it names one."""
        return self.subject[1] if self.subject is not None and self.subject[0] == "loan" else None


@dataclass(frozen=True, slots=True)
class Reserved:
    """A slot that is ours: it counts against the caps until it is finished or voided."""

    contact_id: int
    verdict: Verdict


UNUSABLE = ("bounced", "wrong_person")
"""Healths of an address at which a message is known not to reach the person (S2-04)."""


@dataclass(frozen=True, slots=True)
class AddressState:
    """A live address without its value. `health` as in Address.HEALTH."""

    id: int
    health: str

    @property
    def usable(self) -> bool:
        """False when a message is known not to reach the person there."""
        return self.health not in UNUSABLE


@dataclass(frozen=True, slots=True)
class AddressRow(AddressState):
    """A live address, in clear."""

    person_id: int
    kind: str
    value: str
    verified_at: datetime | None


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
    recording_checksum: str = ""
    agency_id: int | None = None
    basis: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A stop flag in force."""

    id: int
    person_id: int
    kind: str
    reason: str
    set_by: str
    active_from: datetime


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """What the person said about a purpose; `channel` "": all channels."""

    id: int
    purpose: str
    channel: str
    agreed: bool
    source: str
    wording_version: str
    by: str
    active_from: datetime
    active_to: datetime | None


@dataclass(frozen=True, slots=True)
class HoursRow:
    """Hours of the week the person wants; ISO weekdays, local times, half-open."""

    id: int
    weekdays: frozenset[int]
    start: time
    end: time
    agreed: bool
    source: str
    by: str
    active_from: datetime


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """A time agreed with the person."""

    id: int
    person_id: int
    purpose: str
    channel: str
    starts_at: datetime
    ends_at: datetime
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """A request to be allowed one contact against the rule, and its decision."""

    id: int
    person_id: int
    branch_id: int | None
    purpose: str
    channel: str
    from_at: datetime
    to_at: datetime
    reason: str
    state: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_reason: str
    contact_id: int | None


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """An outside agency with its contract; `state` standing, future or ended at the instant asked about."""

    id: int
    name: str
    contract_ref: str
    by: str
    active_from: datetime
    active_to: datetime | None
    state: str
    contacts: int = 0
    scope: str = "all"
    loans: int = 0


@dataclass(frozen=True, slots=True)
class AgencyLoanRow:
    """A loan given to an agency; `state` standing, future or ended at the instant asked about."""

    id: int
    agency_id: int
    loan_id: int
    reason: str
    by: str
    active_from: datetime
    active_to: datetime | None
    ended_by: str
    end_reason: str
    state: str


@dataclass(frozen=True, slots=True)
class NamedRow:
    """Somebody the debtor named."""

    id: int
    person_id: int
    role: str
    consent_at: datetime | None
    active_from: datetime
