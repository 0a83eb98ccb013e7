"""The case page: read it, take it, pass it over, record what came of it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from anju.contexts.parties import queries as parties
from anju.contexts.servicing import queries as servicing
from anju.platform.contacts import queries as contacts
from anju.platform.identity import operations as identity
from anju.platform.journal import operations as journal
from anju.platform.journal import queries as journal_queries
from anju.platform.work import operations as work
from anju.platform.work.errors import WorkRefused
from anju.platform.work.queries import LIVE
from anju.web.desk import case_context, case_forms, case_view, shell, words
from anju.web.desk.composers import Composer, fresh_key, said
from anju.web.desk.facts import NoteWritten
from anju.web.desk.scope import Desk, desk_page

NOTE_KEYS_LOOKED_AT = 20
NOTE_CHARACTERS_MAX = 2000
DRAFT_SESSION_KEY = "desk_draft_done"


@desk_page("work.do", "loan.view")
def show(request: HttpRequest, desk: Desk, item_id: int) -> HttpResponse:
    """One case."""
    return _page(request, desk, case_view.read(desk, case_view.item_of(desk, item_id)))


def _page(
    request: HttpRequest, desk: Desk, case: case_view.Case, form: Composer | None = None, status: int = 200
) -> HttpResponse:
    item = case_view.head(case, desk)
    if form is None and item["mine"]:
        form = case_forms.composer(case, desk)
    before = request.GET.get("before", "")
    lines, older = case_view.past(case, int(before) if before.isdigit() else None)
    on_phone = case.item.kind in (*case_view.CALL_KINDS, *case_view.VISIT_KINDS, "notices.exception")
    context = {
        "item": item,
        "who": case_view.who(case),
        "ask": case_view.ask(case),
        "brief": case_view.brief(case, desk) if on_phone and case.item.state in LIVE else None,
        "composer": form,
        "queue": case_view.queue(case, desk),
        "able": case_view.able(case.item, desk) if desk.may("work.assign") and not item["closed"] else [],
        "lines": lines,
        "older_url": f"{reverse('desk:case', args=[case.item.id])}?before={older}#past-head" if older else "",
        "note_key": fresh_key(),
        "draft_done": request.session.pop(DRAFT_SESSION_KEY, "")
        if DRAFT_SESSION_KEY in request.session
        else "",
        "here": request.path,
        **case_context.context(case, desk),
    }
    return shell.page(request, desk, "desk/case.html", context, at="work", status=status)


@desk_page("work.do", methods=("POST",))
def take(request: HttpRequest, desk: Desk, item_id: int) -> HttpResponse:
    """Claim this item."""
    case_view.item_of(desk, item_id)
    try:
        work.claim(item_id=item_id, staff_id=desk.staff_id, at=desk.at)
    except WorkRefused as refusal:
        messages.warning(request, said(refusal))
    return redirect("desk:case", item_id)


@desk_page("work.assign", methods=("POST",))
def assign(request: HttpRequest, desk: Desk, item_id: int) -> HttpResponse:
    """Give this item to one person, or back to everybody of the queue."""
    item = case_view.item_of(desk, item_id)
    chosen = request.POST.get("assignee", "")
    able = {str(row.id): row for row in case_view.able(item, desk)}
    if chosen and chosen not in able:
        messages.warning(request, _("没有指派：请选择能处理这个队列的人。"))
        return redirect("desk:case", item_id)
    try:
        work.assign(
            item_id=item_id, assignee_id=int(chosen) if chosen else None, staff_id=desk.staff_id, at=desk.at
        )
    except WorkRefused as refusal:
        messages.warning(request, said(refusal))
        return redirect("desk:case", item_id)
    told = (
        _("已指派给%(name)s。") % {"name": able[chosen].name} if chosen else _("已交回队列，谁都可以处理。")
    )
    messages.success(request, told)
    return redirect("desk:case", item_id)


@desk_page("work.do", methods=("POST",))
def put_back(request: HttpRequest, desk: Desk, item_id: int) -> HttpResponse:
    """Release this item."""
    case_view.item_of(desk, item_id)
    try:
        work.release(item_id=item_id, staff_id=desk.staff_id, at=desk.at)
        messages.info(request, _("已放回队列。"))
    except WorkRefused as refusal:
        messages.warning(request, said(refusal))
    return redirect("desk:work")


@desk_page("work.do", methods=("POST",))
def skip(request: HttpRequest, desk: Desk, item_id: int) -> HttpResponse:
    """Pass this item over, with a reason, and take the next one."""
    case_view.item_of(desk, item_id)
    try:
        work.skip(item_id=item_id, staff_id=desk.staff_id, reason=request.POST.get("reason", ""), at=desk.at)
    except WorkRefused as refusal:
        messages.warning(request, said(refusal))
        return redirect("desk:case", item_id)
    return next_case(request, desk)


def next_case(request: HttpRequest, desk: Desk, done: str = "") -> HttpResponse:
    """Take the next item and go there; say so when there is none."""
    queues = queues_for(desk)
    found = work.claim_next(staff_id=desk.staff_id, queues=queues, branch_ids=desk.branch_ids, at=desk.at)
    if found is None:
        messages.info(request, f"{done} {_('队列里暂时没有要您处理的工作。')}".strip())
        return redirect("desk:work")
    if done:
        messages.success(request, done)
    return redirect("desk:case", found)


def queues_for(desk: Desk) -> tuple[str, ...]:
    """Queues this role works."""
    return tuple(work.queues_of(desk.role))


@desk_page("work.do", methods=("POST",))
def pull(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Next case."""
    return next_case(request, desk)


@desk_page("work.do", methods=("POST",))
def record(request: HttpRequest, desk: Desk, item_id: int) -> HttpResponse:
    """Save what came of it; then the next one, or stay."""
    case = case_view.read(desk, case_view.item_of(desk, item_id))
    form = case_forms.composer(case, desk)
    if form is None:
        raise Http404
    sent = case_forms.send(case, desk, form, request.POST.dict())
    if sent.again is not None:
        return _page(request, desk, case, sent.again, status=422)
    request.session[DRAFT_SESSION_KEY] = form.draft
    if request.POST.get("then") == "stay":
        messages.success(request, sent.text)
        return redirect("desk:case", item_id)
    return next_case(request, desk, sent.text)


@desk_page("work.do", methods=("POST",))
def note(request: HttpRequest, desk: Desk, item_id: int) -> HttpResponse:
    """An internal note; the same form sent again writes it once."""
    item = case_view.item_of(desk, item_id)
    text = request.POST.get("text", "").strip()[:NOTE_CHARACTERS_MAX]
    key = request.POST.get("idempotency_key", "")[:40] or fresh_key()
    if not text:
        messages.warning(request, _("备注是空的，没有保存。"))
        return redirect("desk:case", item_id)
    before = journal_queries.timeline([item.subject], kinds=[NoteWritten.KIND], limit=NOTE_KEYS_LOOKED_AT)
    if all(entry.body.get("key") != key for entry in before):
        journal.record(NoteWritten(item.subject, text, key, desk.staff_id), at=desk.at, actor=desk.actor)
        messages.success(request, _("备注已记下。"))
    return redirect(f"{reverse('desk:case', args=[item_id])}#past-head")


@desk_page("reveal.phone", methods=("POST",))
def reveal(request: HttpRequest, desk: Desk, person_id: int) -> HttpResponse:
    """Show a phone number in clear, once, after writing down who looked and why."""
    if not servicing.loans_of_person(person_id, desk.branch_ids):
        raise Http404
    reason = request.POST.get("reason", "")
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("desk:work")
    person = parties.persons([person_id]).get(person_id)
    phone = contacts.address(person_id, "phone")
    if person is None or phone is None:
        raise Http404
    if reason not in words.REVEALS:
        messages.warning(request, _("请选择查看原因。"))
        return redirect(back)
    identity.reveal_record(
        staff_id=desk.staff_id, person_id=person_id, field="phone", reason=reason, at=desk.at
    )
    face = case_context.person_face(person, "borrower", phone, desk, clear=phone.value)
    if request.headers.get("HX-Request"):
        return render(request, "desk/parts/phone.html", {"person": face})
    return shell.page(request, desk, "desk/reveal.html", {"person": face, "back": back}, at="work")
