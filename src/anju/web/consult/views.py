"""The page for both faces. Everything is a GET: the address is the state; htmx asks the same address for parts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings as site
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from anju.core.errors import BadInput, PolicyMissing, RateMissing
from anju.core.working_time import BANK_ZONE
from anju.platform.documents.pdf import PdfProblem, render_pdf
from anju.platform.policies import queries as policies
from anju.web import clock
from anju.web.consult import controls, page, proposal, rules, words
from anju.web.consult.question import Asked, link, read
from anju.web.consult.sums import Sums, sums_of
from anju.web.desk import shell
from anju.web.desk.scope import Desk, desk_page
from anju.web.portal.page import show
from anju.web.portal.session import borrower_of

PDF_PER_ADDRESS_MAX = 60
PDF_PER_ADDRESS_SECONDS = 3600
Show = Callable[[str, dict[str, Any], int], HttpResponse]


@dataclass(frozen=True, slots=True)
class Told:
    """What came of an address: the question as read, its figures, or the trouble that stood in the way."""

    asked: Asked
    sums: Sums | None
    trouble: str = ""


def ask(request: HttpRequest, today: date) -> Told:
    """Read and compute. Every mistake of the reader comes back at its field."""
    asked = read(request.GET.dict())
    question = asked.question
    if question is None:
        return Told(asked, None)
    if question.on and question.on > today:
        return Told(_wrong(asked, _future(question.on, today)), None)
    try:
        return Told(asked, sums_of(question, rules.rules_of(question, today)))
    except BadInput as problem:
        return Told(_wrong(asked, problem), None)
    except (RateMissing, PolicyMissing) as missing:
        unknown = BadInput(
            field="on",
            value=question.on,
            allowed="",
            message_zh=f"{missing.message_zh}。请换一个日期，或直接填约定的年利率。",
            message_en=f"{missing.message_en}. Choose another date or enter an agreed rate.",
        )
        return Told(_wrong(asked, unknown), None)


_FIELD_OF = {
    "loan_fen": "down", "spread_bp": "spread", "rate_ppm": "rate", "lpr_spread_bp": "spread", "price_fen": "price",
    "fees": "fees", "fee.amount_fen": "fees", "months": "months", "date": "on",
}  # fmt: skip


def _wrong(asked: Asked, problem: BadInput) -> Asked:
    """A mistake of the core at the field that it comes from; the price when it is none of ours."""
    field = problem.field if problem.field in asked.texts else _FIELD_OF.get(problem.field, "price")
    if field == "rate" and not asked.texts["rate"]:
        field = "spread"
    return Asked(asked.texts, {**asked.errors, field: problem}, None)


def _future(on: date, today: date) -> BadInput:
    return BadInput(
        field="on",
        value=on,
        allowed=f"<= {today}",
        message_zh=f"计算日期 {on} 晚于今天（{today}），将来的利率还不知道。",
        message_en=f"{on} is later than today ({today}); rates of the future are not known yet.",
    )


@desk_page("consult.use")
def desk(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Consult at the desk 咨询试算."""
    return _page(
        request,
        desk.on,
        lambda template, context, status: shell.page(
            request, desk, f"desk/{template}", context, at="consult", status=status
        ),
        "desk:consult",
    )


@require_safe
def portal(request: HttpRequest) -> HttpResponse:
    """Consult for borrowers and everybody else; nothing of a person is asked or kept."""
    borrower = borrower_of(request)
    response = _page(
        request,
        _today(),
        lambda template, context, status: show(
            request, template, context, borrower=borrower, tab="consult", status=status
        ),
        "portal:consult",
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _today() -> date:
    return clock.now().astimezone(BANK_ZONE).date()


def _page(request: HttpRequest, today: date, show_page: Show, name: str) -> HttpResponse:
    told = ask(request, today)
    live = request.headers.get("HX-Target") == "answer"
    context = _context(told, today, name)
    status = 422 if told.asked.errors and not live else 200
    if live:
        context["moved"] = request.headers.get("X-Consult-Moved") == "1"
        response = render(request, "consult/parts/live.html", context)
        response["HX-Replace-Url"] = f"{reverse(name)}?{link(told.asked.texts, **_as_asked(told.asked))}"
    else:
        response = show_page("consult.html", context, status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _as_asked(asked: Asked) -> dict[str, Any]:
    """Date and version stay in the address as they stood there."""
    question = asked.question
    return {"on": question.on if question else None, "version": asked.texts.get("v", "")}


def _context(told: Told, today: date, name: str) -> dict[str, Any]:
    asked, settings = told.asked, rules.settings()
    question, base = asked.question, reverse(name)
    found = page.answer(told.sums, asked.texts, today) if told.sums else None
    example = link(settings["example"])
    rate = 0
    if told.sums:
        rate = (
            told.sums.offer.product.rate_ppm(told.sums.question.months) - told.sums.question.w_rate_bp * 100
        )
    return {
        "base": base,
        "groups": controls.groups(
            asked, settings, today, _spread(told, today), list(policies.value("cities.toml").cities.values())
        ),
        "sliders": controls.sliders(question if told.sums else None, settings, rate),
        "answer": found,
        "asked": asked,
        "mistakes": [(field, words.mistake(error)) for field, error in asked.errors.items()],
        "example_url": f"{base}?{example}",
        "pdf_url": f"{reverse(f'{name}_pdf')}?{found.share_query}" if found else "",
        "share_url": share_url(found.share_query) if found else "",
        "today": today,
    }


def _spread(told: Told, today: date) -> int | None:
    home = told.asked.texts.get("home") or "first"
    on = told.sums.rules.on if told.sums else today
    try:
        return rules.offered_spread_bp(home, on)
    except (PolicyMissing, KeyError):
        return None


def share_url(query: str) -> str:
    """The address anybody may open: the portal's, also when the desk made it."""
    return f"{site.ANJU_PUBLIC_URL}{reverse('portal:consult')}?{query}"


@desk_page("consult.use")
def desk_pdf(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The proposal as PDF, from the desk."""
    return _pdf(request, desk.on)


@require_safe
def portal_pdf(request: HttpRequest) -> HttpResponse:
    """The proposal as PDF, for everybody; so many an hour for each network address."""
    key = f"consult-pdf:{request.META.get('REMOTE_ADDR', '')}"
    cache.add(key, 0, PDF_PER_ADDRESS_SECONDS)
    if cache.incr(key) > PDF_PER_ADDRESS_MAX:
        return HttpResponse(
            _("您这里的请求太多了，请一小时后再试，或致电我们。"),
            status=429,
            content_type="text/plain; charset=utf-8",
        )
    return _pdf(request, _today())


def _pdf(request: HttpRequest, today: date) -> HttpResponse:
    """The PDF; with a mistake in the address the page itself says what is wrong, so go there."""
    told = ask(request, today)
    if told.sums is None or page.seen_index(told.sums, 1) is None:
        back = request.path.removesuffix("proposal.pdf")
        response = HttpResponse(status=303)
        response["Location"] = f"{back}?{link(told.asked.texts, **_as_asked(told.asked))}"
        return response
    found = page.answer(told.sums, told.asked.texts, today)
    at = clock.now()
    values = proposal.values(told.sums, found, share_url(found.share_query), site.ANJU_BANK_NAME, at)
    try:
        made = render_pdf("proposal", values, at=at)
    except PdfProblem as problem:
        return render(request, "consult/no_pdf.html", {"problem": problem}, status=503)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="anju-proposal-{found.on}.pdf"'
    response["X-Anju-SHA256"] = hashlib.sha256(made).hexdigest()
    response["Cache-Control"] = "private, no-store"
    return response
