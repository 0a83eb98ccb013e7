"""Prepayment or payoff 提前还款: the borrower sees each way side by side, accepts, or asks the account manager."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from anju.contexts.servicing import operations
from anju.contexts.servicing import queries as servicing
from anju.contexts.servicing.queries import LoanRow
from anju.contexts.servicing.queries.portal import loans_owed_by
from anju.core.errors import BadInput, RateMissing
from anju.web import clock
from anju.web import format as fmt
from anju.web import plan_change as plan
from anju.web.portal.page import show
from anju.web.portal.session import Borrower, borrower_required

KEY_MAX = 60


@require_http_methods(["GET", "HEAD", "POST"])
@borrower_required
def change(request: HttpRequest, borrower: Borrower, loan_id: int) -> HttpResponse:
    """The figures of a prepayment or a payoff; POST accepts them, or asks a person of the bank to arrange it."""
    loan = next((row for row in loans_owed_by(borrower.person_id) if row.id == loan_id), None)
    if loan is None:
        raise Http404
    if request.method == "POST":
        return _answer(request, borrower, loan)
    return _page(request, borrower, loan, request.GET.dict())


def _page(
    request: HttpRequest, borrower: Borrower, loan: LoanRow, data: dict[str, Any], problem: str = ""
) -> HttpResponse:
    kind = plan.wanted(data, plan.PORTAL_KINDS)
    cards: list[plan.Card] = []
    today = clock.now().astimezone(fmt.BANK_ZONE).date()
    try:
        on, there = servicing.change_day(loan.id), servicing.position_row(loan.id).unapplied_fen
    except KeyError:
        raise Http404 from None
    if kind and ("quote" in data or problem):
        try:
            events = plan.events_of(kind, data, on)
            cards = [plan.card(each) for each in servicing.change_options(loan.id, events, asked_on=today)]
        except (BadInput, RateMissing) as error:
            problem = problem or plan.told(error)
    context = {
        "loan": loan, "on": fmt.day(on), "there": fmt.money(there), "problem": problem, "cards": cards,
        "asked": "asked" in data, "done": "done" in data, "key": plan.fresh_key(), **plan.form(kind, data, plan.PORTAL_KINDS),
    }  # fmt: skip
    return show(
        request, "change.html", context, borrower=borrower, tab="home", status=422 if problem else 200
    )


def _answer(request: HttpRequest, borrower: Borrower, loan: LoanRow) -> HttpResponse:
    data, at = request.POST.dict(), clock.now()
    kind, key, figures = (
        plan.wanted(data, plan.PORTAL_KINDS),
        data.get("key", "")[:KEY_MAX],
        plan.accepted(data),
    )
    today, actor = at.astimezone(fmt.BANK_ZONE).date(), f"borrower:{borrower.person_id}"
    problem = _("请重新试算后再确认。")
    if not (kind and key and figures):
        return _page(request, borrower, loan, data, problem)
    try:
        event = plan.choice(plan.events_of(kind, data, servicing.change_day(loan.id)), data)
        if event is None:
            return _page(request, borrower, loan, data, problem)
        if data.get("do") == "ask":
            operations.change_request(loan_id=loan.id, event=event, asked_on=today, at=at, actor=actor)
            return _back(loan, "asked")
        (option,) = servicing.change_options(loan.id, [event], asked_on=today)
        if not option.self_service:
            return _page(request, borrower, loan, data, _("这项业务须由客户经理办理，请提交申请。"))
        if data.get("confirmed") != "yes":
            return _page(request, borrower, loan, data, _("请核对金额并勾选确认。"))
        operations.change_post(
            loan_id=loan.id, event=event, idempotency_key=f"portal:{borrower.person_id}:{key}", at=at, actor=actor,
            asked_on=today, **figures,
        )  # fmt: skip
    except (BadInput, RateMissing, operations.ChangeRefused) as error:
        return _page(request, borrower, loan, data, plan.told(error))
    return _back(loan, "done")


def _back(loan: LoanRow, mark: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('portal:change', args=[loan.id])}?{mark}=1")
