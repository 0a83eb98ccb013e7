"""Loans, their parties, positions and payments."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from anju.contexts.parties import queries as parties
from anju.contexts.servicing.models import LedgerDay, Loan, LoanParty, Payment, Position
from anju.core.errors import BadInput
from anju.core.tape_rules import mobile_phone
from anju.platform.contacts import queries as contacts

PAGE_MAX = 200
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")

Branches = Collection[int] | None


@dataclass(frozen=True, slots=True)
class LoanRow:
    """A loan's contract, with the names a screen needs. Money fen, rates ppm. ``frequency``: how often its product is due
    (``core.schedule.Conventions``); ``due_day`` means nothing to a fortnightly one."""

    id: int
    loan_no: str
    branch_id: int
    branch_name: str
    product_code: str
    product_zh: str
    product_en: str
    borrower_id: int
    borrower_name: str
    account_manager_id: int | None
    principal_fen: int
    months: int
    method: str
    start_on: date
    due_day: int
    rate_kind: str
    fixed_ppm: int | None
    tenor: str
    spread_ppm: int
    repricing: str
    cycle_months: int
    home: str
    first_due: str
    state: str
    frequency: str


_LOAN = (
    "id", "loan_no", "branch_id", "branch__name", "product__code", "product__name_zh", "product__name_en", "borrower_id",
    "borrower__name", "account_manager_id", "principal_fen", "months", "method", "start_on", "due_day", "rate_kind",
    "fixed_ppm", "tenor", "spread_ppm", "repricing", "cycle_months", "home", "first_due", "state",
    "product__frequency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PositionRow:
    """A loan's position. ``balance_fen`` is not billed yet; ``outstanding_fen`` adds the principal of unpaid bills."""

    loan_id: int
    seq_next: int
    balance_fen: int
    outstanding_fen: int
    instalment_fen: int
    rate_ppm: int
    next_due_on: date | None
    next_principal_fen: int
    next_interest_fen: int
    next_amount_fen: int
    oldest_unpaid_due_on: date | None
    overdue_fen: int
    days_past_due: int
    unapplied_fen: int
    opened_on: date
    next_reprice_on: date | None
    as_of_on: date


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A person in a loan."""

    person_id: int
    role: str
    name: str


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """Money received. ``state`` as in ``Payment.STATES``."""

    id: int
    external_ref: str
    amount_fen: int
    unapplied_fen: int
    paid_on: date
    posted_on: date | None
    channel: str
    state: str


@dataclass(frozen=True, slots=True)
class OverdueRow:
    """A loan in arrears, with whom and where it belongs to."""

    loan_id: int
    loan_no: str
    person_id: int
    branch_id: int
    account_manager_id: int | None
    oldest_due_on: date
    overdue_fen: int
    days_past_due: int


def _loans(branch_ids: Branches) -> "QuerySet[Loan]":
    loans = Loan.objects.all()
    return loans if branch_ids is None else loans.filter(branch_id__in=branch_ids)


def _rows(loans: "QuerySet[Loan]", limit: int) -> list[LoanRow]:
    return [LoanRow(*row) for row in loans.values_list(*_LOAN)[: min(limit, PAGE_MAX)]]


def loan_row(loan_id: int, branch_ids: Branches = None) -> LoanRow:
    """One loan. Raises KeyError when there is none, or none in these branches."""
    found = _rows(_loans(branch_ids).filter(pk=loan_id), 1)
    if not found:
        raise KeyError(loan_id)
    return found[0]


def loans_page(branch_ids: Branches, *, after_id: int = 0, limit: int = 50) -> list[LoanRow]:
    """Loans in order of id, after one."""
    return _rows(_loans(branch_ids).filter(pk__gt=after_id).order_by("pk"), limit)


def loans_of_person(person_id: int, branch_ids: Branches = None) -> list[LoanRow]:
    """Loans in which a person stands in any role."""
    ids = LoanParty.objects.filter(person_id=person_id).values("loan_id")
    return _rows(_loans(branch_ids).filter(pk__in=ids).order_by("pk"), PAGE_MAX)


def search(text: str, branch_ids: Branches, *, limit: int = 50) -> list[LoanRow]:
    """Loans by what a person types: a whole ID number, a whole mobile number, the beginning of a loan number or a name.

    ID numbers and phones are found through their blind indexes, so only whole ones are.
    """
    wanted = "".join(text.split())
    if not wanted:
        return []
    loans = _loans(branch_ids).order_by("pk")
    people = _people(wanted)
    if people is None:
        people = parties.by_name(" ".join(text.split()))
        found = _rows(loans.filter(loan_no__istartswith=wanted), limit)
        if found:
            return found
    ids = LoanParty.objects.filter(person_id__in=people).values("loan_id")
    return _rows(loans.filter(pk__in=ids), limit)


def _people(wanted: str) -> list[int] | None:
    """Persons with this whole ID number or phone; None when the text is neither."""
    if _ID_NUMBER.fullmatch(wanted):
        person = parties.by_id_number(wanted.upper())
        return [] if person is None else [person]
    try:
        return list(contacts.persons_at("phone", mobile_phone(wanted)))
    except BadInput:
        return None


def parties_of(loan_id: int) -> list[PartyRow]:
    """Borrower first, then the others."""
    rows = LoanParty.objects.filter(loan_id=loan_id).values_list("person_id", "role", "person__name")
    order = {role: place for place, role in enumerate(LoanParty.ROLES)}
    return sorted((PartyRow(*row) for row in rows), key=lambda party: (order[party.role], party.person_id))


def others_of_loans(loan_ids: Collection[int]) -> dict[int, list[tuple[str, int]]]:
    """`(role, person id)` of everybody but the borrower, by loan, in the order of the roles; one query."""
    order = {role: place for place, role in enumerate(LoanParty.ROLES)}
    rows = LoanParty.objects.filter(loan_id__in=list(loan_ids)).exclude(role="borrower")
    found: dict[int, list[tuple[str, int]]] = {}
    for loan_id, role, person_id in rows.values_list("loan_id", "role", "person_id"):
        found.setdefault(loan_id, []).append((role, person_id))
    for people in found.values():
        people.sort(key=lambda one: (order[one[0]], one[1]))
    return found


def homes_of(person_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """`(branch id, loan id)` of the newest loan of each person, in any role; one query. For work about the person."""
    rows = LoanParty.objects.filter(person_id__in=list(person_ids)).order_by("loan_id")
    return {
        person_id: (branch_id, loan_id)
        for person_id, branch_id, loan_id in rows.values_list("person_id", "loan__branch_id", "loan_id")
    }


def position_row(loan_id: int) -> PositionRow:
    """A loan's position. Raises KeyError."""
    position = Position.objects.filter(pk=loan_id).first()
    if position is None:
        raise KeyError(loan_id)
    bills = position.loan.bills.filter(state="open").values_list("principal_fen", "paid_principal_fen")
    return PositionRow(
        loan_id=loan_id,
        seq_next=position.seq_next,
        balance_fen=position.balance_fen,
        outstanding_fen=position.balance_fen + sum(principal - paid for principal, paid in bills),
        instalment_fen=position.instalment_fen,
        rate_ppm=position.rate_ppm,
        next_due_on=position.next_due_on,
        next_principal_fen=position.next_principal_fen,
        next_interest_fen=position.next_interest_fen,
        next_amount_fen=position.next_principal_fen + position.next_interest_fen,
        oldest_unpaid_due_on=position.oldest_unpaid_due_on,
        overdue_fen=position.overdue_fen,
        days_past_due=position.days_past_due,
        unapplied_fen=position.unapplied_fen,
        opened_on=position.opened_on,
        next_reprice_on=position.next_reprice_on,
        as_of_on=position.as_of_on,
    )


def payments_of(loan_id: int, *, limit: int = 50) -> list[PaymentLine]:
    """The latest payments first."""
    rows = Payment.objects.filter(loan_id=loan_id).order_by("-paid_on", "-id")
    return [PaymentLine(*row) for row in rows.values_list(*PaymentLine.__slots__)[: min(limit, PAGE_MAX)]]


def overdue_positions(
    branch_ids: Branches = None, *, days_past_due_min: int = 1, loan_ids: Sequence[int] | None = None
) -> list[OverdueRow]:
    """Every loan in arrears by the ledger, oldest loan id first. Not paged: the day end moves cases over all of them."""
    rows = Position.objects.filter(days_past_due__gte=days_past_due_min, oldest_unpaid_due_on__isnull=False)
    if branch_ids is not None:
        rows = rows.filter(loan__branch_id__in=branch_ids)
    if loan_ids is not None:
        rows = rows.filter(loan_id__in=loan_ids)
    fields = (
        "loan_id", "loan__loan_no", "loan__borrower_id", "loan__branch_id", "loan__account_manager_id",
        "oldest_unpaid_due_on", "overdue_fen", "days_past_due",
    )  # fmt: skip
    return [OverdueRow(*row) for row in rows.order_by("loan_id").values_list(*fields)]


def closed_on() -> date | None:
    """The last business date whose arrears were aged; None before the first day end."""
    return LedgerDay.objects.order_by("-closed_on").values_list("closed_on", flat=True).first()
