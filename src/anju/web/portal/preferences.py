"""When and what for the bank may contact me 联系偏好: consents, given and withdrawn alike, and the hours I prefer (PIPL Art. 15)."""

from datetime import time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from anju.core.errors import BadInput
from anju.platform.contacts import operations as contact_operations
from anju.platform.contacts import queries as contacts
from anju.platform.policies import queries as policies
from anju.web import clock
from anju.web import format as fmt
from anju.web.portal.page import show
from anju.web.portal.session import Borrower, borrower_required

FILE = "contact.toml"
HOW = {
    "portal": gettext_lazy("您在客户门户里更改"), "link": gettext_lazy("经消息中的链接停止"), "desk": gettext_lazy("您在柜面告知"),
    "call": gettext_lazy("您在电话中告知"), "paper": gettext_lazy("您书面告知"),
}  # fmt: skip
DAYS = {"all": range(1, 8), "work": range(1, 6), "rest": range(6, 8)}


def _own(row: dict[str, str], stem: str) -> str:
    return str(row[f"{stem}_en" if fmt.in_english() else f"{stem}_zh"])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@borrower_required
def preferences(request: HttpRequest, borrower: Borrower) -> HttpResponse:
    """What I agreed to, and when I want to be contacted; change either."""
    if request.method != "POST":
        return _page(request, borrower)
    if "purpose" in request.POST:
        return _consent(request, borrower)
    return _hours(request, borrower)


def _page(request: HttpRequest, borrower: Borrower, problem: str = "", status: int = 200) -> HttpResponse:
    at = clock.now()
    stated = {row.purpose: row for row in contacts.consents(borrower.person_id, at) if not row.channel}
    consents = []
    for row in policies.toml(FILE)["consent"]:
        given = stated.get(row["purpose"])
        consents.append(
            {
                "purpose": row["purpose"], "label": _own(row, "label"), "text": _own(row, "text"),
                "agreed": given.agreed if given else not row["needed"],
                "since": fmt.moment(given.active_from) if given else "", "how": str(HOW.get(given.source, "")) if given else "",
            }
        )  # fmt: skip
    hours = [
        f"{_days(row.weekdays)} {row.start:%H:%M}–{row.end:%H:%M}"
        for row in contacts.hours(borrower.person_id, at)
    ]
    days = [("all", _("每天")), ("work", _("周一至周五")), ("rest", _("周末"))]
    context = {"consents": consents, "hours": hours, "days": days, "problem": problem}
    return show(request, "preferences.html", context, borrower=borrower, tab="me", status=status)


def _days(weekdays: frozenset[int]) -> str:
    names = {"all": _("每天"), "work": _("周一至周五"), "rest": _("周末")}
    for code, days in DAYS.items():
        if weekdays == frozenset(days):
            return names[code]
    each = [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")]
    return "、".join(each[day - 1] for day in sorted(weekdays))


def _consent(request: HttpRequest, borrower: Borrower) -> HttpResponse:
    purpose = request.POST["purpose"]
    if purpose not in {row["purpose"] for row in policies.toml(FILE)["consent"]}:
        return _page(request, borrower, _("没有这个选项，请重新选择。"), status=422)
    contact_operations.consent_state(
        person_id=borrower.person_id, purpose=purpose, agreed=request.POST.get("agreed") == "yes", source="portal",
        by=f"person:{borrower.person_id}", at=clock.now(), wording_version=policies.version(FILE),
    )  # fmt: skip
    messages.success(request, _("已按您的意愿更改，从现在起生效。"))
    return HttpResponseRedirect(reverse("portal:preferences"))


def _hours(request: HttpRequest, borrower: Borrower) -> HttpResponse:
    wanted = []
    if request.POST.get("hours") != "any":
        try:
            start = time.fromisoformat(request.POST.get("start", ""))
            end = time.fromisoformat(request.POST.get("end", ""))
        except ValueError:
            return _page(request, borrower, _("请填写开始和结束时间，例如 18:00 和 20:00。"), status=422)
        days = DAYS.get(request.POST.get("days", ""), DAYS["all"])
        wanted.append(contact_operations.Wanted(days, start, end))
    try:
        contact_operations.hours_set(
            person_id=borrower.person_id, hours=wanted, source="portal", by=f"person:{borrower.person_id}",
            at=clock.now(),
        )  # fmt: skip
    except BadInput as wrong:
        text = wrong.message_en if fmt.in_english() else wrong.message_zh
        return _page(request, borrower, text, status=422)
    messages.success(request, _("已按您的意愿更改，从现在起生效。"))
    return HttpResponseRedirect(reverse("portal:preferences"))
