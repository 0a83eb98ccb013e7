"""What happened about how people may be reached."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from anju.platform.journal.facts import AboutFields, Fields, Subject


@dataclass(frozen=True, slots=True)
class FlagSet(Fields):
    """A stop flag was set on a person."""

    KIND: ClassVar[str] = "contacts.flag.set"
    subject: Subject
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class FlagLifted(Fields):
    """A stop flag was lifted."""

    KIND: ClassVar[str] = "contacts.flag.lifted"
    subject: Subject
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class AddressFailed(Fields):
    """An address is known not to reach the person: it bounced, or somebody else answered (S2-04)."""

    KIND: ClassVar[str] = "contacts.address.failed"
    subject: Subject
    kind: str
    address_id: int
    health: str


@dataclass(frozen=True, slots=True)
class ConsentStated(Fields):
    """The person agreed to, or refused, contact for a purpose (PIPL Art. 14-16). `channel` "": all channels."""

    KIND: ClassVar[str] = "contacts.consent.stated"
    subject: Subject
    purpose: str
    channel: str
    agreed: bool
    source: str
    wording_version: str


@dataclass(frozen=True, slots=True)
class HoursStated(Fields):
    """The person said when they want to be contacted. `hours`: texts such as "1,2,3,4,5 18:00-20:00"."""

    KIND: ClassVar[str] = "contacts.hours.stated"
    subject: Subject
    hours: list[str]
    agreed: list[str]
    source: str


@dataclass(frozen=True, slots=True)
class AppointmentMade(Fields):
    """A time was agreed with the person."""

    KIND: ClassVar[str] = "contacts.appointment.made"
    subject: Subject
    appointment_id: int
    purpose: str
    channel: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class AppointmentCancelled(Fields):
    """An agreed time does not hold any more."""

    KIND: ClassVar[str] = "contacts.appointment.cancelled"
    subject: Subject
    appointment_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class OverrideAsked(Fields):
    """Somebody asked to be allowed one contact against the rule."""

    KIND: ClassVar[str] = "contacts.override.asked"
    subject: Subject
    override_id: int
    purpose: str
    channel: str
    from_at: datetime
    to_at: datetime
    reason: str
    against: list[str]


@dataclass(frozen=True, slots=True)
class OverrideGranted(Fields):
    """A supervisor allowed it, once."""

    KIND: ClassVar[str] = "contacts.override.granted"
    subject: Subject
    override_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class OverrideRefused(Fields):
    """A supervisor did not allow it."""

    KIND: ClassVar[str] = "contacts.override.refused"
    subject: Subject
    override_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class OverrideUsed(Fields):
    """The contact that was allowed against the rule began."""

    KIND: ClassVar[str] = "contacts.override.used"
    subject: Subject
    override_id: int
    contact_id: int


@dataclass(frozen=True, slots=True)
class OverrideExpired(Fields):
    """Its time passed without a decision, or without use."""

    KIND: ClassVar[str] = "contacts.override.expired"
    subject: Subject
    override_id: int
    was: str


@dataclass(frozen=True, slots=True)
class ContactOutsideRules(Fields):
    """A contact took place that the rule would have refused: it is in the ledger all the same."""

    KIND: ClassVar[str] = "contacts.contact.outside_rules"
    subject: Subject
    contact_id: int
    purpose: str
    channel: str
    against: list[str]


@dataclass(frozen=True, slots=True)
class RecordingPlayed(Fields):
    """A member of staff was given the recording of a contact to hear; written down before it was."""

    KIND: ClassVar[str] = "contacts.recording.played"
    subject: Subject
    contact_id: int
    staff_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class RecordingErased(Fields):
    """The sound was erased when its time was over; contact and checksum stay. `document`: the rule it follows."""

    KIND: ClassVar[str] = "contacts.recording.erased"
    subject: Subject
    contact_id: int
    checksum: str
    recorded_on: date
    years: int
    document: str


@dataclass(frozen=True, slots=True)
class AgencyEngaged(AboutFields):
    """An outside agency may act for the bank under this contract (PIPL Art. 21). `to_at` None: until it is ended."""

    KIND: ClassVar[str] = "contacts.agency.engaged"
    ABOUT: ClassVar[tuple[str, str]] = ("agency", "agency_id")
    agency_id: int
    name: str
    contract_ref: str
    from_at: datetime
    to_at: datetime | None
    scope: str = "all"


@dataclass(frozen=True, slots=True)
class AgencyEnded(AboutFields):
    """An outside agency may not contact customers any more."""

    KIND: ClassVar[str] = "contacts.agency.ended"
    ABOUT: ClassVar[tuple[str, str]] = ("agency", "agency_id")
    agency_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class LoanAssigned(AboutFields):
    """A loan is given to an outside agency 委案. `to_at` None: until it is ended."""

    KIND: ClassVar[str] = "contacts.agency.assigned"
    ABOUT: ClassVar[tuple[str, str]] = ("loan", "loan_id")
    loan_id: int
    agency_id: int
    name: str
    reason: str
    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoanWithdrawn(AboutFields):
    """A loan is taken back from an outside agency 退案."""

    KIND: ClassVar[str] = "contacts.agency.withdrawn"
    ABOUT: ClassVar[tuple[str, str]] = ("loan", "loan_id")
    loan_id: int
    agency_id: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class ThirdPartyNamed(Fields):
    """The debtor named a person who may be asked to pass on a call back, or who speaks for the estate."""

    KIND: ClassVar[str] = "contacts.third_party.named"
    subject: Subject
    person_id: int
    role: str
    consented: bool


@dataclass(frozen=True, slots=True)
class ThirdPartyRemoved(Fields):
    """A named person must not be contacted about the debtor any more."""

    KIND: ClassVar[str] = "contacts.third_party.removed"
    subject: Subject
    person_id: int
    reason: str
