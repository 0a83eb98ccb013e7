"""The link that ends contact 停止联系链接: no login, no questions; it says what will stop and what goes on (PIPL Art. 15, 24).

The link is that of the message with ``/stop`` behind it, so its signature says whose it is and what it was about. It can end
contact for that one purpose and nothing else; to have it back one logs in.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from anju.platform.contacts import operations, queries
from anju.platform.notices import inbox
from anju.platform.notices.rows import BadToken
from anju.platform.notices.tokens import read_token
from anju.platform.policies import queries as policies
from anju.web import clock
from anju.web import format as fmt
from anju.web.portal.links import closed
from anju.web.portal.page import show

FILE = "contact.toml"


@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET says what would stop; only POST does it, so that no preview of a link does. Again: it stays stopped."""
    try:
        found = inbox.link_text(*read_token(token))
    except BadToken:
        found = None
    if found is None:
        return closed(show(request, "link_bad.html", {}, status=404))
    purpose = _purpose(found.purpose)
    if purpose is None:
        label = found.label_en if fmt.in_english() else found.label_zh
        return closed(show(request, "stop.html", {"needed": True, "label": label}))
    done = request.method == "POST"
    if done:
        operations.consent_state(
            person_id=found.person_id, purpose=found.purpose, agreed=False, source="link", by=f"person:{found.person_id}",
            at=clock.now(), wording_version=policies.version(FILE),
        )  # fmt: skip
    context = {
        "label": purpose["label"],
        "text": purpose["text"],
        **_stopped(found.person_id, found.purpose),
        "done": done,
    }
    return closed(show(request, "stop.html", context))


def _purpose(code: str) -> dict[str, str] | None:
    """Name and wording of a purpose that may be ended; None: it may not."""
    stem = "en" if fmt.in_english() else "zh"
    for row in policies.toml(FILE)["consent"]:
        if row["purpose"] == code:
            return {"label": row[f"label_{stem}"], "text": row[f"text_{stem}"]}
    return None


def _stopped(person_id: int, purpose: str) -> dict[str, Any]:
    for row in queries.consents(person_id, clock.now()):
        if row.purpose == purpose and not row.channel and not row.agreed:
            return {"since": fmt.moment(row.active_from)}
    return {"since": ""}
