"""Who is logged in at the portal 客户登录状态: a key of its own in the session, apart from staff; a decorator for views."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from anju.contexts.parties import queries as parties
from anju.platform.notices import inbox
from anju.web import clock

KEY = "borrower"
IDLE_SECONDS = 30 * 60
TOUCH_SECONDS = 60

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Borrower:
    """The person in front of the screen. ``to_acknowledge``: how many notices wait for a confirmation."""

    person_id: int
    name: str
    id_number_masked: str
    language: str
    to_acknowledge: int


def enter(request: HttpRequest, person_id: int) -> None:
    """The person proved who they are: a fresh session key, staff data of the same browser kept."""
    request.session.cycle_key()
    request.session[KEY] = {"person_id": person_id, "seen": int(clock.now().timestamp())}


def leave(request: HttpRequest) -> None:
    """The borrower's part of the session ends."""
    request.session.pop(KEY, None)
    request.session.cycle_key()


def person_in(request: HttpRequest, *, touch: bool = True) -> int | None:
    """Id of the person logged in, None when nobody is or the session rested longer than half an hour.

    `touch` False: what a page asks by itself (the live badge) keeps nobody logged in.
    """
    kept = request.session.get(KEY)
    if not kept:
        return None
    now = int(clock.now().timestamp())
    if now - kept["seen"] > IDLE_SECONDS:
        if touch:
            request.session.pop(KEY)
        return None
    if touch and now - kept["seen"] > TOUCH_SECONDS:
        request.session[KEY] = {**kept, "seen": now}
    return int(kept["person_id"])


def borrower_of(request: HttpRequest) -> Borrower | None:
    """The borrower of this request, or None."""
    person_id = person_in(request)
    if person_id is None:
        return None
    try:
        row = parties.person_row(person_id)
    except KeyError:
        leave(request)
        return None
    waiting = inbox.to_acknowledge_count(person_id)
    return Borrower(person_id, row.name, row.id_number_masked, row.language, waiting)


def borrower_required(
    view: Callable[Concatenate[HttpRequest, Borrower, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """The view gets the borrower; anybody else is asked to log in first and comes back here.

    What belongs to somebody else does not exist for this borrower: views raise Http404, never 403.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        borrower = borrower_of(request)
        if borrower is None:
            to = f"{reverse('portal:login')}?{urlencode({'next': request.get_full_path()})}"
            response: HttpResponse = HttpResponseRedirect(to)
        else:
            response = view(request, borrower, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    return guarded
