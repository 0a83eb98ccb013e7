"""People of a loan 贷款关系人: who stands in it, and the form by which somebody joins, known already or new on file."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.contexts.parties import operations as party_operations
from anju.contexts.parties import queries as parties
from anju.contexts.servicing import queries as servicing
from anju.contexts.servicing.operations.parties import JOINING, REASON_CHARACTERS, party_join
from anju.contexts.servicing.queries.parties import joined_loans
from anju.core import tape_rules
from anju.core.errors import BadInput
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries as contact_queries
from anju.web import format as fmt
from anju.web.desk import shell, words
from anju.web.desk.composers import Field, Problem, Reading, said
from anju.web.desk.scope import Desk, desk_page

NAME_MAX = 80
FIELDS = ("role", "id_number", "name", "phone", "reason")


@dataclass(frozen=True, slots=True)
class Joining:
    """What the form said, checked; `person_id` None: not on file yet; `phone` "": none to keep."""

    role: str
    id_number: str
    name: str
    phone: str
    reason: str
    person_id: int | None


def _loan(desk: Desk, loan_id: int) -> servicing.LoanRow:
    try:
        return servicing.loan_row(loan_id, desk.branch_ids)
    except KeyError:
        raise Http404 from None


@desk_page("loan.parties")
def show(request: HttpRequest, desk: Desk, loan_id: int) -> HttpResponse:
    """Who stands in the loan, and the form."""
    return _page(request, desk, _loan(desk, loan_id), {}, {})


def _page(
    request: HttpRequest, desk: Desk, loan: servicing.LoanRow, typed: dict[str, str], wrong: dict[str, str]
) -> HttpResponse:
    problem = None
    if wrong:
        title = _("还没有保存，请更正下面 %(n)s 处。") % {"n": len(wrong)}
        problem = Problem(title, items=tuple((f"f-{name}", wrong[name]) for name in FIELDS if name in wrong))
    fields = [
        replace(one, value=typed.get(one.attr, ""), errors=(wrong[one.attr],) if one.attr in wrong else ())
        for one in _fields()
    ]
    context = {
        "loan": loan, "people": people(desk, loan.id), "fields": fields, "problem": problem,
        "open": loan.state != "settled", "may_view": desk.may("loan.view"),
    }  # fmt: skip
    return shell.page(
        request, desk, "desk/loan_people.html", context, at="loans", status=422 if wrong else 200
    )


def _fields() -> list[Field]:
    low, high = REASON_CHARACTERS
    roles = [(role, words.word(words.PARTIES, role)) for role in JOINING]
    return [
        Field("role", _("身份"), "select", options=roles),
        Field("id_number", _("身份证号"), max=24, help=_("18 位；按整号查找，在档的人不会重复建档。")),
        Field("name", _("姓名"), max=NAME_MAX, help=_("与身份证一致；已在档的须与档案一致。")),
        Field("phone", _("手机号"), "tel", max=20, help=_("首次建档必填；已在档且有手机号的请留空。")),
        Field("reason", _("原因"), max=high, help=_("%(low)s 至 %(high)s 个字，例如：补签保证合同 2026-17 号") % {
            "low": low, "high": high,
        }),
    ]  # fmt: skip


def people(desk: Desk, loan_id: int) -> list[dict[str, Any]]:
    """Everybody in the loan: role, name, masked ID number and phone, and since when for those who joined."""
    rows = servicing.parties_of(loan_id)
    found = parties.persons([row.person_id for row in rows])
    phones = contact_queries.addresses_of([row.person_id for row in rows])
    since = joined_loans([loan_id])
    told = reverse("desk:told", args=[0]).replace("/0/", "/{}/")
    return [
        {
            "name": row.name, "role": words.word(words.PARTIES, row.role),
            "id_number": found[row.person_id].id_number_masked or fmt.NOTHING,
            "phone": fmt.mask_phone(phone.value) if (phone := phones.get((row.person_id, "phone"))) else fmt.NOTHING,
            "since": fmt.moment(at) if (at := since.get((loan_id, row.role, row.person_id))) else _("开户时"),
            "url": f"{told.format(row.person_id)}?subject=loan:{loan_id}" if desk.may("loan.view") else "",
        }
        for row in rows
    ]  # fmt: skip


@desk_page("loan.parties", methods=("POST",))
def join(request: HttpRequest, desk: Desk, loan_id: int) -> HttpResponse:
    """Somebody joins: the person on file with this ID number, or a new one; all of it or nothing."""
    loan = _loan(desk, loan_id)
    typed = {name: request.POST.get(name, "")[:400] for name in FIELDS}
    reading = Reading(request.POST)
    asked = read(reading, desk, loan)
    if asked is None:
        return _page(request, desk, loan, typed, reading.errors)
    try:
        new = _save(desk, loan_id, asked)
    except IntegrityError:
        wrong = {"id_number": _("此人刚刚由他人建档，请再提交一次。")}
        return _page(request, desk, loan, typed, wrong)
    except BadInput as refused:  # the loan was settled meanwhile
        return _page(request, desk, loan, typed, {"role": said(refused)})
    values = {"name": asked.name, "role": words.word(words.PARTIES, asked.role)}
    if new:
        messages.success(request, _("%(name)s已作为%(role)s加入本笔贷款，此后的通知按其身份告知。") % values)
    else:
        messages.warning(request, _("没有变化：%(name)s已经是本笔贷款的%(role)s。") % values)
    return redirect(reverse("desk:loan_people", args=[loan_id]))


def read(reading: Reading, desk: Desk, loan: servicing.LoanRow) -> Joining | None:
    """What was typed, checked field by field; None with `reading.errors` when something is wrong."""
    role = reading.choice("role", _("身份"), JOINING, need=True)
    number = _checked(reading, "id_number", _("身份证号"), lambda text: tape_rules.id_number(text, desk.on))
    name = " ".join(reading.text("name", _("姓名"), need=True, most=NAME_MAX).split())
    reason = _reason(reading)
    person_id = parties.by_id_number(number) if number else None
    phone = ""
    if reading.text("phone", _("手机号"), most=20):
        phone = _checked(reading, "phone", _("手机号"), tape_rules.mobile_phone)
    if loan.state == "settled":
        reading.errors.setdefault("role", _("本笔贷款已结清，不能再加入关系人。"))
    if person_id is not None:
        phone = _on_file(reading, loan, person_id, name, phone)
    elif number and "phone" not in reading.errors and not phone:
        reading.errors["phone"] = _("此人尚未建档，请填写“手机号”：11 位，以 13 至 19 开头。")
    return None if reading.errors else Joining(role, number, name, phone, reason, person_id)


def _checked(reading: Reading, name: str, label: str, check: Callable[[str], str]) -> str:
    text = reading.text(name, label, need=True, most=24)
    if name in reading.errors:
        return ""
    try:
        return check(text)
    except BadInput as refused:
        reading.errors[name] = _("“%(label)s”：%(told)s。") % {"label": label, "told": said(refused)}
        return ""


def _reason(reading: Reading) -> str:
    low, high = REASON_CHARACTERS
    words_of = " ".join(reading.text("reason", _("原因"), need=True, most=high).split())
    if "reason" not in reading.errors and len(words_of) < low:
        reading.errors["reason"] = _("“原因”须为 %(low)s 至 %(high)s 个字，现有 %(n)s 个。") % {
            "low": low, "high": high, "n": len(words_of),
        }  # fmt: skip
    return words_of


def _on_file(reading: Reading, loan: servicing.LoanRow, person_id: int, name: str, phone: str) -> str:
    """Checks what was typed against the person on file; the phone to keep, "" when there is one already."""
    if person_id == loan.borrower_id:
        reading.errors.setdefault("id_number", _("此人是本笔贷款的借款人，不能再以其他身份加入。"))
    if name and name != " ".join(parties.person_row(person_id).name.split()):
        reading.errors.setdefault("name", _("姓名与该身份证号的档案不符，请核对证件后重填。"))
    kept = contact_queries.address(person_id, "phone")
    if kept is None:
        return phone
    if phone and phone != kept.value:
        reading.errors.setdefault(
            "phone", _("此人在档的手机号与所填不同：这里请留空，更正请到“联系方式”页。")
        )
    return ""


def _save(desk: Desk, loan_id: int, asked: Joining) -> bool:
    with transaction.atomic():
        person_id = asked.person_id
        if person_id is None:
            new = party_operations.NewPerson(asked.name, asked.id_number)
            made = party_operations.persons_ensure(rows=[new], at=desk.at)
            person_id = made[asked.id_number][0]
        if asked.phone:
            contacts.set_addresses_many([(person_id, "phone", asked.phone)], at=desk.at)
        return party_join(
            loan_id=loan_id,
            person_id=person_id,
            role=asked.role,
            reason=asked.reason,
            at=desk.at,
            by=desk.actor,
        )
