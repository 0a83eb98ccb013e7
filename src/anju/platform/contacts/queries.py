"""Every read of contacts: addresses, the ledger, flags."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Case, Count, OuterRef, Q, Subquery, When

from anju.platform.bulk import IDS, numbers
from anju.platform.contacts.address_values import normal
from anju.platform.contacts.governor import ask, ask_many
from anju.platform.contacts.models import (
    Address,
    Agency,
    AgencyLoan,
    Appointment,
    Consent,
    Contact,
    ContactHours,
    NamedContact,
    Override,
    StopFlag,
)
from anju.platform.contacts.reads import weekdays_of
from anju.platform.contacts.rows import (
    AddressRow,
    AddressState,
    AgencyLoanRow,
    AgencyRow,
    AppointmentRow,
    ConsentRow,
    ContactRow,
    FlagRow,
    HoursRow,
    NamedRow,
    OverrideRow,
)
from anju.platform.identity.crypto import blind_index, decrypt

__all__ = [
    "address",
    "address_states",
    "addresses_of",
    "ask",
    "ask_many",
    "contacts_of_attempts",
    "flags",
    "history",
    "persons_at",
]


ROWS_MAX = 200


def _address_row(row: Address) -> AddressRow:
    return AddressRow(row.id, row.health, row.person_id, row.kind, row.value, row.verified_at)


def address(person_id: int, kind: str) -> AddressRow | None:
    """The live address of a kind (Address.KINDS), or None."""
    row = Address.objects.filter(person_id=person_id, kind=kind, active_to=None).first()
    return None if row is None else _address_row(row)


_LIVE = f"FROM contacts_address WHERE person_id = ANY({IDS}) AND active_to IS NULL"  # a constant


def addresses_of(
    person_ids: Collection[int], kinds: Collection[str] = Address.KINDS
) -> dict[tuple[int, str], AddressRow]:
    """Live addresses of many persons by `(person_id, kind)`, of these kinds; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, person_id, kind, value, health, verified_at {_LIVE} AND kind = ANY(%s)",
            [numbers(person_ids), list(kinds)],
        )
        return {
            (person, kind): AddressRow(pk, health, person, kind, decrypt(value), verified_at)
            for pk, person, kind, value, health, verified_at in cursor
        }


def address_states(person_ids: Collection[int]) -> dict[tuple[int, str], AddressState]:
    """Live addresses of many persons by `(person_id, kind)`, their values left encrypted; one query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT person_id, kind, id, health {_LIVE}", [numbers(person_ids)])
        return {(person, kind): AddressState(pk, health) for person, kind, pk, health in cursor}


def persons_at(kind: str, value: str) -> list[int]:
    """Persons whose live address of this kind is exactly this value, through the blind index; at most 200."""
    index = blind_index(kind, normal(kind, value))
    rows = Address.objects.filter(kind=kind, value_index=index, active_to=None)
    return list(rows.order_by("person_id").values_list("person_id", flat=True)[:200])


def _contact_row(row: Contact) -> ContactRow:
    subject = None if row.subject_id is None else (row.subject_type, row.subject_id)
    return ContactRow(
        row.id, row.person_id, subject, row.purpose, row.channel, row.outbound, row.state, row.at, row.answered,
        row.outcome_code, row.actor, row.attempt_id, row.recording_ref, row.policy_version, row.recording_checksum,
        row.agency_id, row.basis, row.reason,
    )  # fmt: skip


def history(person_id: int, since: datetime, *, limit: int = 200) -> list[ContactRow]:
    """Contacts with a person from `since` on, newest first, void ones included; at most `limit`."""
    rows = Contact.objects.filter(person_id=person_id, at__gte=since).order_by("-at", "-id")[
        : min(limit, 1000)
    ]
    return [_contact_row(row) for row in rows]


def contact_row(contact_id: int) -> ContactRow:
    """One contact. Raises KeyError."""
    row = Contact.objects.filter(id=contact_id).first()
    if row is None:
        raise KeyError(contact_id)
    return _contact_row(row)


def contacts_of_attempts(attempt_ids: Sequence[int]) -> dict[int, ContactRow]:
    """Ledger rows by the notice attempt they belong to."""
    rows = Contact.objects.filter(attempt_id__in=list(attempt_ids))
    return {row.attempt_id: _contact_row(row) for row in rows if row.attempt_id is not None}


def flags(person_id: int, at: datetime) -> list[FlagRow]:
    """Stop flags in force at an instant, oldest first."""
    rows = StopFlag.objects.filter(person_id=person_id, active_from__lte=at).order_by("id")
    return [
        FlagRow(row.id, row.person_id, row.kind, row.reason, row.set_by, row.active_from)
        for row in rows
        if row.active_to is None or row.active_to > at
    ]


def consents(person_id: int, at: datetime, *, ended: bool = False) -> list[ConsentRow]:
    """What the person agreed to or refused, in force at an instant; with `ended` all that was said, newest first."""
    rows = Consent.objects.filter(person_id=person_id, active_from__lte=at).order_by("-active_from", "-id")
    if not ended:
        rows = rows.filter(Q(active_to=None) | Q(active_to__gt=at))
    return [
        ConsentRow(
            row.pk, row.purpose, row.channel, row.agreed, row.source, row.wording_version, row.by, row.active_from,
            row.active_to,
        )
        for row in rows[:ROWS_MAX]
    ]  # fmt: skip


def hours(person_id: int, at: datetime) -> list[HoursRow]:
    """Hours the person wants, in force at an instant."""
    rows = ContactHours.objects.filter(person_id=person_id, active_from__lte=at)
    live = rows.filter(Q(active_to=None) | Q(active_to__gt=at)).order_by("agreed", "weekdays", "start")
    return [
        HoursRow(
            row.pk, weekdays_of(row.weekdays), row.start, row.end, row.agreed, row.source, row.by, row.active_from
        )
        for row in live[:ROWS_MAX]
    ]  # fmt: skip


def appointments(person_id: int, at: datetime) -> list[AppointmentRow]:
    """Appointments that are not over at an instant, the next one first."""
    rows = Appointment.objects.filter(person_id=person_id, ends_at__gt=at, cancelled_at=None)
    return [
        AppointmentRow(
            row.pk, row.person_id, row.purpose, row.channel, row.starts_at, row.ends_at, row.note, row.by
        )
        for row in rows.order_by("starts_at")[:ROWS_MAX]
    ]  # fmt: skip


def named(debtor_id: int, at: datetime) -> list[NamedRow]:
    """Whom the debtor named, and who speaks for the estate."""
    rows = NamedContact.objects.filter(debtor_id=debtor_id, active_from__lte=at)
    live = rows.filter(Q(active_to=None) | Q(active_to__gt=at)).order_by("role", "id")
    return [
        NamedRow(row.pk, row.person_id, row.role, row.consent_at, row.active_from) for row in live[:ROWS_MAX]
    ]


def overrides(
    *,
    person_id: int | None = None,
    branch_ids: Collection[int] | None = None,
    states: Collection[str] = ("asked",),
    limit: int = 100,
) -> list[OverrideRow]:
    """Overrides of a person, or of branches (None: all), the oldest request first."""
    rows = Override.objects.filter(state__in=list(states)).order_by("asked_at", "id")
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    if branch_ids is not None:
        rows = rows.filter(branch_id__in=list(branch_ids))
    return [
        OverrideRow(**{name: getattr(row, name) for name in OverrideRow.__dataclass_fields__})
        for row in rows[: min(limit, ROWS_MAX)]
    ]


def override_row(override_id: int) -> OverrideRow | None:
    """One override, or None."""
    row = Override.objects.filter(id=override_id).first()
    return (
        None
        if row is None
        else OverrideRow(**{name: getattr(row, name) for name in OverrideRow.__dataclass_fields__})
    )


def agencies(at: datetime) -> list[AgencyRow]:
    """Every agency that was ever engaged, those standing first, with how many contacts it made in all and how many
    loans it has now; one query.
    """
    made = (
        Contact.objects.filter(agency_id=OuterRef("id"))
        .order_by()
        .values("agency_id")
        .annotate(n=Count("id"))
        .values("n")
    )
    has = (
        AgencyLoan.objects.filter(
            Q(active_to=None) | Q(active_to__gt=at), agency_id=OuterRef("id"), active_from__lte=at
        )
        .order_by()
        .values("agency_id")
        .annotate(n=Count("id"))
        .values("n")
    )
    rows = Agency.objects.annotate(n=Subquery(made), has=Subquery(has)).order_by("name")[:ROWS_MAX]
    found = [
        AgencyRow(
            row.pk, row.name, row.contract_ref, row.by, row.active_from, row.active_to, _agency_state(row, at),
            getattr(row, "n", None) or 0, row.scope, getattr(row, "has", None) or 0,
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda row: ("standing", "future", "ended").index(row.state))


def agency(agency_id: int, at: datetime) -> AgencyRow:
    """One agency. Raises KeyError."""
    for row in agencies(at):
        if row.id == agency_id:
            return row
    raise KeyError(agency_id)


def agency_loans(agency_id: int, at: datetime, *, limit: int = ROWS_MAX) -> list[AgencyLoanRow]:
    """Loans that were ever given to an agency, those it has now or will have first, then the newest; at most `limit`."""
    rows = AgencyLoan.objects.filter(agency_id=agency_id).annotate(
        over=Case(When(active_to__lte=at, then=1), default=0)
    )
    return [
        _agency_loan_row(row, at)
        for row in rows.order_by("over", "-active_from", "-id")[: min(limit, ROWS_MAX)]
    ]


def loans_assigned(
    agency_ids: Collection[int], loan_ids: Collection[int], at: datetime
) -> dict[int, list[int]]:
    """Of these loans, those that each of these agencies has at that instant; one query."""
    found: dict[int, list[int]] = {}
    rows = AgencyLoan.objects.filter(
        Q(active_to=None) | Q(active_to__gt=at), agency_id__in=list(agency_ids), loan_id__in=list(loan_ids), active_from__lte=at
    )  # fmt: skip
    for agency_id, loan_id in rows.order_by("loan_id").values_list("agency_id", "loan_id"):
        found.setdefault(agency_id, []).append(loan_id)
    return found


def _agency_loan_row(row: AgencyLoan, at: datetime) -> AgencyLoanRow:
    return AgencyLoanRow(
        row.pk, row.agency_id, row.loan_id, row.reason, row.by, row.active_from, row.active_to, row.ended_by, row.end_reason,
        _agency_state(row, at),
    )  # fmt: skip


def _agency_state(row: Agency | AgencyLoan, at: datetime) -> str:
    if row.active_to is not None and row.active_to <= at:
        return "ended"
    return "future" if row.active_from > at else "standing"
