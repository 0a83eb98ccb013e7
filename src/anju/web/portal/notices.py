"""Notices 通知: the borrower's inbox, one message, and the confirmation of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from anju.platform.notices import inbox, operations
from anju.platform.notices.inbox import InboxItem
from anju.web import clock
from anju.web import format as fmt
from anju.web.message import without_link
from anju.web.portal.page import show
from anju.web.portal.session import Borrower, borrower_required, person_in

PAGE_SIZE = 20
STOP_POLLING = 286


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A message as the templates want it: texts ready."""

    id: int
    title: str
    body: str
    at_text: str
    opened: bool
    awaits: bool
    acknowledged: bool
    acknowledged_text: str
    loan_id: int | None


def _view(item: InboxItem) -> NoticeView:
    told = item.acknowledged and item.proven_at is not None
    return NoticeView(
        id=item.id,
        title=item.title,
        body=without_link(item.body, button=item.awaits),
        at_text=fmt.moment(item.at),
        opened=item.opened,
        awaits=item.awaits,
        acknowledged=item.acknowledged,
        acknowledged_text=_("确认时间：%(at)s") % {"at": fmt.moment(item.proven_at)} if told else "",
        loan_id=item.subject[1] if item.subject[0] == "loan" else None,
    )


class _Inbox(Sequence[NoticeView]):
    """The inbox as a sequence that a paginator can count and cut."""

    def __init__(self, person_id: int) -> None:
        self.person_id = person_id

    def __len__(self) -> int:
        return inbox.count(self.person_id)

    @overload
    def __getitem__(self, at: int) -> NoticeView: ...

    @overload
    def __getitem__(self, at: slice) -> list[NoticeView]: ...

    def __getitem__(self, at: int | slice) -> NoticeView | list[NoticeView]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        return [_view(item) for item in inbox.items(self.person_id, start=at.start or 0, stop=at.stop)]


@require_safe
@borrower_required
def index(request: HttpRequest, borrower: Borrower) -> HttpResponse:
    """Every message, newest first."""
    page = Paginator(_Inbox(borrower.person_id), PAGE_SIZE).get_page(request.GET.get("page"))
    return show(request, "notices.html", {"page": page}, borrower=borrower, tab="notices")


@require_safe
def badge(request: HttpRequest) -> HttpResponse:
    """The number on the tab, asked for by every open page. Logged out: empty, and the page stops asking (htmx: 286)."""
    person_id = person_in(request, touch=False)
    if person_id is None:
        answer = HttpResponse(status=STOP_POLLING)
    else:
        waiting = inbox.to_acknowledge_count(person_id)
        answer = render(request, "portal/parts/badge.html", {"waiting": waiting})
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_safe
@borrower_required
def notice(request: HttpRequest, borrower: Borrower, notice_id: int) -> HttpResponse:
    """One message. Reading it is a proof of its own: it is marked as opened, the first time."""
    found = inbox.item(notice_id, borrower.person_id)
    if found is None:
        raise Http404
    if not found.opened and request.method == "GET":
        operations.open_inbox(message_id=found.id, person_id=borrower.person_id, at=clock.now())
    return show(request, "notice.html", {"notice": _view(found)}, borrower=borrower, tab="notices")


@require_POST
@borrower_required
def acknowledge(request: HttpRequest, borrower: Borrower, notice_id: int) -> HttpResponse:
    """The borrower confirms receipt. Twice is once. htmx gets the new part, a plain form the page again."""
    found = inbox.item(notice_id, borrower.person_id)
    if found is None:
        raise Http404
    by = f"person:{borrower.person_id}"
    operations.acknowledge(obligation_id=found.obligation_id, by=by, at=clock.now(), how="portal")
    if request.headers.get("HX-Request") != "true":
        return HttpResponseRedirect(f"{reverse('portal:notice', args=[notice_id])}#acknowledge")
    again = inbox.item(notice_id, borrower.person_id)
    return render(request, "portal/parts/acknowledge.html", {"notice": _view(again or found)})
