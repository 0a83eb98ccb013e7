"""Change of a loan's plan 变更还款计划: choose it, see what it costs and brings, accept, post what was accepted."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.contexts.servicing import operations
from anju.contexts.servicing import queries as servicing
from anju.core.errors import BadInput, RateMissing
from anju.web import format as fmt
from anju.web import plan_change as plan
from anju.web.desk import shell
from anju.web.desk.scope import Desk, desk_page

KEY_MAX = 60


def _loan(desk: Desk, loan_id: int) -> servicing.LoanRow:
    try:
        return servicing.loan_row(loan_id, desk.branch_ids)
    except KeyError:
        raise Http404 from None


@desk_page("loan.change")
def show(request: HttpRequest, desk: Desk, loan_id: int) -> HttpResponse:
    """The form; with a kind and its fields, the figures of each choice."""
    return _page(request, desk, _loan(desk, loan_id), request.GET.dict())


def _page(
    request: HttpRequest, desk: Desk, loan: servicing.LoanRow, data: dict[str, Any], problem: str = ""
) -> HttpResponse:
    kinds = plan.kinds_of(loan.frequency)
    kind = plan.wanted(data, kinds)
    cards: list[plan.Card] = []
    asked_on = _asked_on(data, desk)
    try:
        on = servicing.change_day(loan.id)
    except KeyError:
        raise Http404 from None
    if kind and ("quote" in data or problem):
        try:
            events = plan.events_of(kind, data, on)
            cards = [plan.card(each) for each in servicing.change_options(loan.id, events, asked_on=asked_on)]
        except (BadInput, RateMissing) as error:
            problem = problem or plan.told(error)
    there = servicing.position_row(loan.id).unapplied_fen
    context = {
        "loan": loan, "on": fmt.day(on), "asked_on": asked_on.isoformat(), "today": desk.on.isoformat(), "problem": problem,
        "cards": cards, "key": data.get("key", "")[:KEY_MAX] or plan.fresh_key(),
        "there": fmt.money(there), **plan.form(kind, data, kinds),
    }  # fmt: skip
    return shell.page(request, desk, "desk/change.html", context, at="loans", status=422 if problem else 200)


def _asked_on(data: dict[str, Any], desk: Desk) -> date:
    """When the borrower asked, not after today; notice counts from then."""
    try:
        return min(date.fromisoformat(data.get("asked_on", "")), desk.on)
    except ValueError:
        return desk.on


@desk_page("loan.change", methods=("POST",))
def post(request: HttpRequest, desk: Desk, loan_id: int) -> HttpResponse:
    """Post the change with the figures that were accepted; one key, one change."""
    loan, data = _loan(desk, loan_id), request.POST.dict()
    kind, key, figures = (
        plan.wanted(data, plan.kinds_of(loan.frequency)),
        data.get("key", "")[:KEY_MAX],
        plan.accepted(data),
    )
    if not (kind and key and figures):
        return _page(request, desk, loan, data, _("请重新试算后再确认。"))
    if data.get("confirmed") != "yes":
        return _page(request, desk, loan, data, _("请先向客户宣读以上金额，客户确认后勾选“客户已确认”。"))
    try:
        event = plan.choice(plan.events_of(kind, data, servicing.change_day(loan_id)), data)
        if event is None:
            return _page(request, desk, loan, data, _("请重新试算后再确认。"))
        operations.change_post(
            loan_id=loan_id, event=event, idempotency_key=f"desk:{key}", at=desk.at, actor=desk.actor,
            asked_on=_asked_on(data, desk), **figures,
        )  # fmt: skip
    except (BadInput, RateMissing, operations.ChangeRefused) as error:
        return _page(request, desk, loan, data, plan.told(error))
    messages.success(request, _("已按确认的金额变更还款计划。"))
    return redirect(reverse("desk:loan", args=[loan_id]))
