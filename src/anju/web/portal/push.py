"""Push 手机推送: the borrower allows notices in this browser, or takes that back."""

from typing import Protocol, runtime_checkable

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from anju.core.checks import BadInput
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries as contact_queries
from anju.platform.notices import jobs
from anju.web import clock
from anju.web.portal.page import show
from anju.web.portal.session import Borrower, borrower_required

KIND = "push"
BODY_MAX = 4000
WORKER = "anju/push-worker.js"


@runtime_checkable
class Subscribable(Protocol):
    """A port that browsers can subscribe to."""

    public_key: str


def public_key() -> str:
    """What a browser needs to subscribe; empty when no push provider is connected."""
    ports = jobs.ports().get(KIND, ())
    return next((port.public_key for port in ports if isinstance(port, Subscribable)), "")


@require_safe
@borrower_required
def page(request: HttpRequest, borrower: Borrower) -> HttpResponse:
    """What push is, and the button."""
    known = contact_queries.address(borrower.person_id, KIND)
    context = {"key": public_key(), "on": known is not None and known.usable}
    return show(request, "push.html", context, borrower=borrower, tab="me")


@require_POST
@borrower_required
def subscribe(request: HttpRequest, borrower: Borrower) -> HttpResponse:
    """This browser's subscription becomes the person's address of kind `push`; the last one counts. 204, or 400."""
    if not public_key():
        raise Http404
    body = request.read(BODY_MAX + 1)
    try:
        if not 0 < len(body) <= BODY_MAX:
            raise ValueError("length")
        contacts.set_addresses_many([(borrower.person_id, KIND, body.decode())], at=clock.now())
    except (BadInput, ValueError) as error:
        text = error.message_zh if isinstance(error, BadInput) else "subscription"
        return JsonResponse({"error": text}, status=400)
    return HttpResponse(status=204)


@require_POST
@borrower_required
def stop(request: HttpRequest, borrower: Borrower) -> HttpResponse:
    """The person takes it back: nothing is pushed any more, journeys go on with their next channel. 204."""
    known = contact_queries.address(borrower.person_id, KIND)
    if known is not None:
        who = f"person:{borrower.person_id}"
        contacts.mark_addresses(address_ids=[known.id], health="bounced", at=clock.now(), actor=who)
    return HttpResponse(status=204)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It stands at the root because a worker reaches only what lies below its own address."""
    path = finders.find(WORKER)
    if not isinstance(path, str):
        raise Http404
    with open(path, "rb") as file:
        answer = HttpResponse(file.read(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer
