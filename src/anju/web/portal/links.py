"""The link in a message 确认链接: confirms receipt without logging in, and shows nothing but that one message."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from anju.platform.notices import inbox, operations
from anju.platform.notices.rows import BadToken, UnknownObligation
from anju.platform.notices.tokens import read_token
from anju.web import clock
from anju.web import format as fmt
from anju.web.message import without_link
from anju.web.portal.page import show


def closed(response: HttpResponse) -> HttpResponse:
    """Neither kept by a cache nor found by a search engine; the house's own policy tells no other site of it."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the message and a button; only POST confirms, so that no preview of a link confirms anything."""
    try:
        obligation_id, attempt_id = read_token(token)
        found = inbox.link_text(obligation_id, attempt_id)
    except BadToken:
        found = None
    if found is None:
        return closed(show(request, "link_bad.html", {}, status=404))
    if request.method == "POST":
        try:
            done = operations.acknowledge(
                obligation_id=obligation_id,
                attempt_id=attempt_id,
                by=f"person:{found.person_id}",
                at=clock.now(),
                how="link",
            )
        except UnknownObligation:
            return closed(show(request, "link_bad.html", {}, status=404))
        ended = not done.first and done.state != "proven"
        return closed(show(request, "link.html", {"done": True, "ended": ended}))
    if found.acknowledged or not found.awaits:
        return closed(show(request, "link.html", {"done": True, "ended": not found.acknowledged}))
    label = found.label_en if fmt.in_english() else found.label_zh
    context = {
        "title": found.title or label or _("一条给您的通知"),
        "at_text": fmt.moment(found.at),
        "body": without_link(found.body, button=True),
        "done": False,
    }
    return closed(show(request, "link.html", context))
