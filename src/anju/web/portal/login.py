"""Log-in by one-time code 验证码登录: phone number, code, in. No password, and no word about who is a customer."""

import base64

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from anju.core import tape_rules
from anju.core.errors import BadInput
from anju.platform.identity.codes import VALID_MINUTES, CodeWrong
from anju.platform.identity.crypto import decrypt, encrypt
from anju.web import clock
from anju.web import format as fmt
from anju.web.portal import codes, session
from anju.web.portal.page import safe_next, show

PHONE_KEY = "portal_phone"
NEXT_KEY = "portal_next"
PER_ADDRESS_MAX = 60
PER_ADDRESS_SECONDS = 3600
CODE_LENGTH = 6


def _too_many(request: HttpRequest) -> bool:
    """Whether this network address asked too often: a fence before the limits that stand on each account."""
    key = f"portal-login:{request.META.get('REMOTE_ADDR', '')}"
    cache.add(key, 0, PER_ADDRESS_SECONDS)
    try:
        return cache.incr(key) > PER_ADDRESS_MAX
    except ValueError:
        return False


def _keep_phone(request: HttpRequest, phone: str) -> None:
    request.session[PHONE_KEY] = base64.b64encode(encrypt(phone)).decode()


def _kept_phone(request: HttpRequest) -> str:
    kept = request.session.get(PHONE_KEY, "")
    return decrypt(base64.b64decode(kept)) if kept else ""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Ask for the number; send a code when there is somebody to send it to, and say the same in every case."""
    if session.person_in(request) is not None:
        return HttpResponseRedirect(safe_next(request, reverse("portal:home")))
    if request.method != "POST":
        return _phone_page(request, "", "")
    given = _kept_phone(request) if request.POST.get("again") else request.POST.get("phone", "")
    try:
        number = tape_rules.mobile_phone(given)
    except BadInput:
        error = _("手机号“%(given)s”不对：应是 1 开头的 11 位数字。") % {"given": given[:20]} if given else ""
        return _phone_page(request, given[:20], error or _("请填写手机号，11 位数字。"))
    if _too_many(request):
        return _phone_page(request, number, _("您这里的请求太多了，请一小时后再试，或致电我们。"))
    if not request.POST.get("again"):
        request.session[NEXT_KEY] = safe_next(request, "")
    _keep_phone(request, number)
    codes.request_code(number, at=clock.now())
    return HttpResponseRedirect(reverse("portal:code"))


def _phone_page(request: HttpRequest, number: str, error: str) -> HttpResponse:
    context = {"phone": number, "error": error, "next": safe_next(request, "")}
    return show(request, "login_phone.html", context, status=422 if error else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code; the right one opens the portal, everything else is one and the same refusal."""
    number = _kept_phone(request)
    if not number:
        return HttpResponseRedirect(reverse("portal:login"))
    error = ""
    if request.method == "POST":
        given = "".join(request.POST.get("code", "").split())
        if len(given) != CODE_LENGTH or not given.isdecimal():
            error = _("验证码应是 6 位数字，您填了 %(n)s 位。") % {"n": len(given)}
        elif _too_many(request):
            error = _("您这里的请求太多了，请一小时后再试，或致电我们。")
        else:
            try:
                return _enter(request, codes.enter_with(number, given, at=clock.now()))
            except CodeWrong:
                error = _("验证码不对，或已过期。请核对最新一条短信；也可以再发一次。")
    context = {"phone_masked": fmt.mask_phone(number), "minutes": VALID_MINUTES, "error": error}
    return show(request, "login_code.html", context, status=422 if error else 200)


def _enter(request: HttpRequest, person_id: int) -> HttpResponse:
    onward = request.session.pop(NEXT_KEY, "")
    request.session.pop(PHONE_KEY, None)
    session.enter(request, person_id)
    return HttpResponseRedirect(onward or reverse("portal:home"))


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Leave the portal; a member of staff logged in with the same browser stays so."""
    session.leave(request)
    return HttpResponseRedirect(reverse("portal:login"))
