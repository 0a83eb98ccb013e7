"""The simulated phone 模拟手机: the last messages of the simulated SMS gateway, in a demonstration and nowhere else."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from anju.web import format as fmt
from anju.web.portal.page import show

SHOWN_MAX = 30


@dataclass(frozen=True, slots=True)
class SentText:
    """A text message the simulated gateway took."""

    to: str
    body: str
    at: datetime


Outbox = Callable[[int], Sequence[SentText]]
_outboxes: list[Outbox] = []


def register_outbox(outbox: Outbox) -> None:
    """A function: how many -> the last messages, newest first. Registered by ``site.wiring`` in a demonstration."""
    _outboxes.append(outbox)


@never_cache
@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    """What the simulated gateway sent. Does not exist outside a demonstration."""
    if os.environ.get("ANJU_DEMO") != "1":
        raise Http404
    found = _outboxes[-1](SHOWN_MAX) if _outboxes else ()
    sent = [{"to": one.to, "body": one.body, "at_text": fmt.moment(one.at)} for one in found]
    return show(request, "demo_phone.html", {"messages_sent": sent})
