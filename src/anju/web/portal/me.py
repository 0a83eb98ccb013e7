"""Me 我的: how the bank reaches me, language and text size, log out."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from anju.platform.contacts import queries as contacts
from anju.platform.contacts.rows import AddressRow
from anju.web import format as fmt
from anju.web.portal.page import show
from anju.web.portal.push import public_key
from anju.web.portal.session import Borrower, borrower_required


def mask_email(address: str) -> str:
    """``z***@example.com``: the first letter and the host."""
    name, at, host = address.partition("@")
    return f"{name[:1]}***{at}{host}"


def _shown(row: AddressRow) -> str:
    masked = fmt.mask_phone(row.value) if row.kind == "phone" else mask_email(row.value)
    return masked if row.usable else _("%(address)s（最近没有送达，请更新）") % {"address": masked}


@require_safe
@borrower_required
def me(request: HttpRequest, borrower: Borrower) -> HttpResponse:
    """What the bank knows of how to reach me; everything masked."""
    found = contacts.addresses_of([borrower.person_id])
    labels = {"phone": _("手机号"), "email": _("邮箱")}
    ways = [
        (label, _shown(found[key]))
        for kind, label in labels.items()
        if (key := (borrower.person_id, kind)) in found
    ]
    context = {"ways": ways, "id_number": borrower.id_number_masked, "push_offered": bool(public_key())}
    return show(request, "me.html", context, borrower=borrower, tab="me")
