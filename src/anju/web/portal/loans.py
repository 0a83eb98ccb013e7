"""Loan 我的贷款: terms in plain words, the rate and why, the schedule as table and charts."""

from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from anju.contexts.servicing import queries as servicing
from anju.contexts.servicing.queries import LoanRow, PositionRow, ScheduleRow
from anju.contexts.servicing.queries.portal import loans_owed_by, positions, rate_steps_of
from anju.core.rates import RateStep
from anju.platform.holds import queries as holds
from anju.web import clock
from anju.web import format as fmt
from anju.web.portal import loan_view
from anju.web.portal.loan_view import StepView
from anju.web.portal.page import show
from anju.web.portal.session import Borrower, borrower_required


@dataclass(frozen=True, slots=True)
class LoanPage:
    """The loan as the template wants it: every figure ready as text."""

    product: str
    loan_no: str
    overdue_fen: int
    overdue_text: str
    days_past_due: int
    next_due_on: date | None
    next_text: str
    next_note: str
    balance_text: str
    paid_note: str
    rate_text: str
    facts: list[tuple[str, str]]
    rate_now: StepView | None
    rate_plain: str
    rate_past: tuple[StepView, ...]


def _loan_of(borrower: Borrower, loan_id: int) -> LoanRow:
    """The borrower's own loan: a guarantor or a stranger finds nothing here."""
    for row in loans_owed_by(borrower.person_id):
        if row.id == loan_id:
            return row
    raise Http404


def _when(on: date, today: date) -> str:
    return _("%(on)s，%(away)s") % {"on": fmt.day_long(on), "away": fmt.days_away(on, today)}


def page_of(
    row: LoanRow,
    position: PositionRow | None,
    rows: list[ScheduleRow],
    steps: tuple[RateStep, ...],
    today: date,
) -> LoanPage:
    """Everything above the schedule. A loan without a position yet shows its contract and dashes."""
    paid_fen = row.principal_fen - position.outstanding_fen if position else None
    due_on = position.next_due_on if position else None
    views = tuple(loan_view.step_view(step) for step in steps)
    return LoanPage(
        product=loan_view.product_name(row),
        loan_no=row.loan_no,
        overdue_fen=position.overdue_fen if position else 0,
        overdue_text=fmt.money(position.overdue_fen if position else 0),
        days_past_due=position.days_past_due if position else 0,
        next_due_on=due_on,
        next_text=fmt.money(position.next_amount_fen if position else None),
        next_note=_when(due_on, today) if due_on else "",
        balance_text=fmt.money(position.outstanding_fen if position else None),
        paid_note=_("已还本金 %(amount)s") % {"amount": fmt.money(paid_fen)} if position else "",
        rate_text=fmt.percent(position.rate_ppm if position else None),
        facts=loan_view.facts(row, rows),
        rate_now=views[-1] if views else None,
        rate_plain=loan_view.rate_plain(row),
        rate_past=tuple(reversed(views[:-1])),
    )


@require_safe
@borrower_required
def loan(request: HttpRequest, borrower: Borrower, loan_id: int) -> HttpResponse:
    """One loan of the borrower; ``?year=`` turns the pages of the schedule."""
    row = _loan_of(borrower, loan_id)
    today = clock.now().astimezone(fmt.BANK_ZONE).date()
    position = positions([loan_id]).get(loan_id)
    rows = servicing.schedule_of(loan_id, today) if position else []
    steps = rate_steps_of(loan_id, today)
    charts = loan_view.charts(rows, row.frequency, today)
    context = {
        "loan": page_of(row, position, rows, steps, today),
        "loan_id": loan_id,
        "schedule": loan_view.year_page(rows, request.GET.get("year", ""), today),
        "charts": charts,
        "rate_chart": loan_view.rate_chart(steps, today),
        "holds": list(holds.live_of([("loan", loan_id)]).values()),
    }
    return show(request, "loan.html", context, borrower=borrower, tab="home")
