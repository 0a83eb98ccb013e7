"""Home 首页: what I owe, when, and one next step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from anju.contexts.servicing.queries import LoanRow, PositionRow
from anju.contexts.servicing.queries.portal import loans_owed_by, positions
from anju.platform.holds import queries as holds
from anju.web import clock
from anju.web import format as fmt
from anju.web.portal.loan_view import product_name
from anju.web.portal.page import show
from anju.web.portal.session import Borrower, borrower_required

TAIL = 4


@dataclass(frozen=True, slots=True)
class LoanCard:
    """A loan in one line."""

    id: int
    product: str
    tail: str
    settled: bool
    balance_text: str
    next_due_on: date | None
    next_amount_fen: int
    overdue_fen: int
    days_past_due: int


@dataclass(frozen=True, slots=True)
class Home:
    """What the page leads with: arrears if any, else the instalment that is due next; and all loans."""

    loans: tuple[LoanCard, ...]
    overdue_fen: int
    overdue_text: str
    days_past_due: int
    due: LoanCard | None


def _card(row: LoanRow, position: PositionRow | None) -> LoanCard:
    return LoanCard(
        id=row.id,
        product=product_name(row),
        tail=row.loan_no[-TAIL:],
        settled=row.state == "settled",
        balance_text=fmt.money(position.outstanding_fen if position else None),
        next_due_on=position.next_due_on if position else None,
        next_amount_fen=position.next_amount_fen if position else 0,
        overdue_fen=position.overdue_fen if position else 0,
        days_past_due=position.days_past_due if position else 0,
    )


def home_of(cards: Sequence[LoanCard]) -> Home:
    """Sums what is overdue over all loans; of what is due, the earliest."""
    overdue = sum(card.overdue_fen for card in cards)
    coming = [card for card in cards if card.next_due_on and not card.settled]
    return Home(
        loans=tuple(cards),
        overdue_fen=overdue,
        overdue_text=fmt.money(overdue),
        days_past_due=max((card.days_past_due for card in cards), default=0),
        due=min(coming, key=lambda card: card.next_due_on or date.max, default=None),
    )


@require_safe
@borrower_required
def home(request: HttpRequest, borrower: Borrower) -> HttpResponse:
    """The borrower's first page."""
    loans = loans_owed_by(borrower.person_id)
    known = positions([row.id for row in loans])
    page = home_of([_card(row, known.get(row.id)) for row in loans])
    held = list(holds.live_of([("loan", row.id) for row in loans]).values()) if loans else []
    today = clock.now().astimezone(fmt.BANK_ZONE).date()
    return show(
        request, "home.html", {"home": page, "today": today, "holds": held}, borrower=borrower, tab="home"
    )
