"""My contact details 核对联系方式: the borrower confirms them, or changes them; a new phone number is proven by a code (S2-07)."""

import base64
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from anju.platform.contacts import addresses
from anju.platform.contacts import operations as contact_operations
from anju.platform.contacts import queries as contacts
from anju.platform.contacts.addresses import RepairRefused
from anju.platform.identity.codes import VALID_MINUTES, CodeWrong
from anju.platform.identity.crypto import decrypt, encrypt
from anju.web import clock
from anju.web import format as fmt
from anju.web.portal import codes
from anju.web.portal.me import mask_email
from anju.web.portal.page import show
from anju.web.portal.session import Borrower, borrower_required

NEW_PHONE_KEY = "portal_new_phone"
CODE_LENGTH = 6
KINDS = ("phone", "email")


def _mask(kind: str, value: str) -> str:
    return fmt.mask_phone(value) if kind == "phone" else mask_email(value)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@borrower_required
def contact(request: HttpRequest, borrower: Borrower) -> HttpResponse:
    """Are these still right? Confirm one, or give a new one."""
    if request.method != "POST":
        return _page(request, borrower)
    kind, what = request.POST.get("kind", ""), request.POST.get("what", "")
    if kind not in KINDS or what not in ("confirm", "change"):
        return _page(request, borrower, status=422)
    if what == "confirm":
        return _confirm(request, borrower, kind)
    return _change(request, borrower, kind, request.POST.get(kind, ""))


def _page(request: HttpRequest, borrower: Borrower, *, status: int = 200, **wrong: Any) -> HttpResponse:
    found = contacts.addresses_of([borrower.person_id])
    doubted = {row.kind: row.cause for row in addresses.doubts([borrower.person_id])}
    labels = {"phone": _("手机号"), "email": _("邮箱")}
    doubts = {
        "bounced": _("最近发到这里的消息没有送达"), "wrong_person": _("有人说这不是您"),
        "stale": _("很久没有核对过"), "shared": _("别的客户也登记了它"),
    }  # fmt: skip
    ways = []
    for kind in KINDS:
        row = found.get((borrower.person_id, kind))
        ways.append(
            {
                "kind": kind, "label": labels[kind], "value": _mask(kind, row.value) if row else "",
                "doubt": doubts.get(doubted.get(kind, ""), ""), "verified": row.verified_at if row else None,
                "may_confirm": row is not None and row.usable, "typed": wrong.get(kind, ""),
                "error": wrong.get(f"{kind}_error", ""),
            }
        )  # fmt: skip
    return show(request, "contact.html", {"ways": ways}, borrower=borrower, tab="me", status=status)


def _confirm(request: HttpRequest, borrower: Borrower, kind: str) -> HttpResponse:
    row = contacts.address(borrower.person_id, kind)
    if row is None or not row.usable:
        return _page(request, borrower, status=422)
    _repair(borrower, kind, "confirmed", "")
    messages.success(request, _("谢谢，已记下：%(value)s 仍是您的。") % {"value": _mask(kind, row.value)})
    return HttpResponseRedirect(reverse("portal:contact"))


def _repair(borrower: Borrower, kind: str, outcome: str, value: str) -> None:
    at = clock.now()
    by = f"person:{borrower.person_id}"
    addresses.repair(
        person_id=borrower.person_id,
        kind=kind,
        outcome=outcome,
        value=value,
        note="客户本人在门户核对",
        by=by,
        at=at,
    )
    addresses.settle(person_id=borrower.person_id, at=at)


def _change(request: HttpRequest, borrower: Borrower, kind: str, typed: str) -> HttpResponse:
    try:
        value = addresses.check_value(kind, typed)
    except RepairRefused as refused:
        error = refused.message_en if fmt.in_english() else refused.message_zh
        return _page(request, borrower, status=422, **{kind: typed[:80], f"{kind}_error": error})
    if kind == "email":
        _repair(borrower, kind, "corrected", value)
        messages.success(request, _("邮箱已改为 %(value)s。") % {"value": _mask(kind, value)})
        return HttpResponseRedirect(reverse("portal:contact"))
    request.session[NEW_PHONE_KEY] = base64.b64encode(encrypt(value)).decode()
    codes.request_code_to(borrower.person_id, value, at=clock.now())
    return HttpResponseRedirect(reverse("portal:contact_code"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@borrower_required
def code(request: HttpRequest, borrower: Borrower) -> HttpResponse:
    """The code that came to the new number proves that it is theirs."""
    kept = request.session.get(NEW_PHONE_KEY, "")
    if not kept:
        return HttpResponseRedirect(reverse("portal:contact"))
    phone, error = decrypt(base64.b64decode(kept)), ""
    if request.method == "POST" and request.POST.get("again"):
        codes.request_code_to(borrower.person_id, phone, at=clock.now())
    elif request.method == "POST":
        given = "".join(request.POST.get("code", "").split())
        if len(given) != CODE_LENGTH or not given.isdecimal():
            error = _("验证码应是 6 位数字，您填了 %(n)s 位。") % {"n": len(given)}
        else:
            try:
                return _take_over(request, borrower, phone, given)
            except CodeWrong:
                error = _("验证码不对，或已过期。请核对最新一条短信；也可以再发一次。")
    context = {"phone_masked": fmt.mask_phone(phone), "minutes": VALID_MINUTES, "error": error}
    return show(
        request, "contact_code.html", context, borrower=borrower, tab="me", status=422 if error else 200
    )


def _take_over(request: HttpRequest, borrower: Borrower, phone: str, given: str) -> HttpResponse:
    """Raises CodeWrong: a wrong try is counted, so it stands outside the transaction of the change."""
    codes.code_is_right(borrower.person_id, given, at=clock.now())
    with transaction.atomic():
        _repair(borrower, "phone", "corrected", phone)
        row = contacts.address(borrower.person_id, "phone")
        if row is not None:
            contact_operations.verify_address(address_id=row.id, at=clock.now())
        addresses.settle(person_id=borrower.person_id, at=clock.now())
    request.session.pop(NEW_PHONE_KEY, None)
    messages.success(request, _("手机号已改为 %(value)s，并已验证。") % {"value": fmt.mask_phone(phone)})
    return HttpResponseRedirect(reverse("portal:contact"))
