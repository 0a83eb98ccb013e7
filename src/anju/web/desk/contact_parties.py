"""Others around a debtor 第三方联系人、委外机构: whom they named and what may be said to them, and the agencies that act for the bank."""

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.contexts.parties import operations as party_operations
from anju.contexts.parties import queries as parties
from anju.core.errors import BadInput
from anju.core.tape_rules import mobile_phone
from anju.core.working_time import BANK_ZONE
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries
from anju.platform.contacts.rows import AgencyRow, ReasonMissing, Wish
from anju.web import format as fmt
from anju.web.desk import contact_view, contact_words, shell, words
from anju.web.desk.case_view import ALLOWED
from anju.web.desk.composers import Reading, said
from anju.web.desk.scope import Desk, desk_page

REASON_MAX = 200
PURPOSE = {"reference": "collection", "estate": "service"}
"""What the page answers for: asking for a call back, or a matter of the estate."""
STATE_TONES = {"standing": "good", "future": "info", "ended": "calm"}


class Unsaved(Exception):
    """What was typed cannot be saved; says why."""


def read(reading: Reading) -> None:
    """Raises Unsaved with everything that is wrong."""
    if reading.errors:
        raise Unsaved(" ".join(reading.errors.values()))


def named_rows(desk: Desk, debtor_id: int, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those the debtor named: who, what they may be told, whether they may be called now."""
    if not rows:
        return []
    wishes = [
        Wish(row["person_id"], PURPOSE[row["role"]], "call", debtor_is_person=False, debtor_id=debtor_id)
        for row in rows
    ]
    verdicts = queries.ask_many(wishes, at=desk.at, actor=desk.actor)
    phones = queries.addresses_of([row["person_id"] for row in rows])
    return [
        {
            "id": row["person_id"], "name": row["name"] or fmt.NOTHING, "role": words.word(contact_words.ROLES, row["role"]),
            "consented": bool(row["consent_at"]), "may": words.word(contact_words.MAY_BE_TOLD, row["role"]),
            "consent": _moment(row["consent_at"]) if row["consent_at"] else "",
            "phone": fmt.mask_phone(phone.value) if (phone := phones.get((row["person_id"], "phone"))) else "",
            "ok": verdict.ok, "word": _("现在可以致电") if verdict.ok else _("现在不可致电"),
            "reasons": [ALLOWED.sub("", reason.en if fmt.in_english() else reason.zh) for reason in verdict.reasons],
        }
        for row, verdict in zip(rows, verdicts, strict=True)
    ]  # fmt: skip


def _moment(text: str) -> str:
    return fmt.moment(datetime.fromisoformat(text))


def name_third(desk: Desk, debtor_id: int, data: QueryDict, _branch: int) -> None:
    """The debtor named somebody: name and phone, nothing else is asked for. Somebody known by both is not made twice."""
    reading = Reading(data)
    name = reading.text("third_name", _("姓名"), need=True, most=80)
    phone = reading.text("third_phone", _("手机号"), need=True, most=20)
    role = reading.choice("role", _("身份"), contact_words.ROLES, need=True)
    read(reading)
    if data.get("basis") != "debtor":
        raise Unsaved(_("请确认是债务人（或其遗产继承人）本人提供的联系人。"))
    number = mobile_phone(phone)
    person_id = _known(name, number)
    if person_id is None:
        person_id = party_operations.person_named(name=name, at=desk.at)
        contacts.set_addresses_many([(person_id, "phone", number)], at=desk.at)
    agreed = data.get("consented") == "yes"
    contacts.third_party_name(
        debtor_id=debtor_id,
        person_id=person_id,
        role=role,
        by=desk.actor,
        at=desk.at,
        consent_at=desk.at if agreed else None,
    )


def _known(name: str, number: str) -> int | None:
    found = parties.persons(queries.persons_at("phone", number))
    same = [row.id for row in found.values() if row.name == " ".join(name.split())]
    return min(same) if same else None


def agree_third(desk: Desk, debtor_id: int, data: QueryDict, _branch: int) -> None:
    """A named person agreed to be called."""
    row = _standing(desk, debtor_id, data)
    contacts.third_party_name(
        debtor_id=debtor_id,
        person_id=row.person_id,
        role=row.role,
        by=desk.actor,
        at=desk.at,
        consent_at=desk.at,
    )


def remove_third(desk: Desk, debtor_id: int, data: QueryDict, _branch: int) -> None:
    """A named person must not be contacted about the debtor any more."""
    row = _standing(desk, debtor_id, data)
    contacts.third_party_remove(
        debtor_id=debtor_id,
        person_id=row.person_id,
        reason=data.get("reason", "")[:REASON_MAX],
        by=desk.actor,
        at=desk.at,
    )


def _standing(desk: Desk, debtor_id: int, data: QueryDict) -> queries.NamedRow:
    for row in queries.named(debtor_id, desk.at):
        if str(row.person_id) == data.get("third", ""):
            return row
    raise Unsaved(_("此人已不是指定联系人。"))


def agencies_for(desk: Desk, person_id: int, loan_ids: list[int]) -> list[dict[str, Any]]:
    """Agencies that act now, and whether they may contact this person, about a loan of theirs that the agency has."""
    standing = [row for row in queries.agencies(desk.at) if row.state == "standing"]
    limited = [row.id for row in standing if row.scope == "loans"]
    has = queries.loans_assigned(limited, loan_ids, desk.at) if limited else {}
    wishes = [
        Wish(
            person_id,
            "collection",
            "call",
            ("loan", has[row.id][0]) if row.id in has else None,
            agency_id=row.id,
        )
        for row in standing
    ]
    verdicts = queries.ask_many(wishes, at=desk.at)
    return [
        {
            "name": row.name, "contract": row.contract_ref, "until": fmt.day(_on(row.active_to)) if row.active_to else _("未定期限"),
            "ok": verdict.ok, "word": _("现在可以致电") if verdict.ok else _("现在不可致电"),
            "reasons": [ALLOWED.sub("", reason.en if fmt.in_english() else reason.zh) for reason in verdict.reasons],
        }
        for row, verdict in zip(standing, verdicts, strict=True)
    ]  # fmt: skip


def _on(at: datetime) -> Any:
    return at.astimezone(BANK_ZONE).date()


@desk_page("contact.override", "staff.manage")
def agencies(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every agency with its contract; engage one, end one."""
    return _agencies(request, desk, {}, "")


def _agencies(
    request: HttpRequest, desk: Desk, typed: dict[str, str], problem: str, status: int = 200
) -> HttpResponse:
    rows = queries.agencies(desk.at)
    names = contact_view.staff_names({row.by for row in rows})
    context = {
        "rows": [_agency(row, names) for row in rows], "typed": {"from_on": desk.on.isoformat(), "scope": "loans", **typed},
        "problem": problem,
        "today": desk.on.isoformat(), "scopes": [(code, str(text)) for code, text in contact_words.AGENCY_SCOPES.items()],
        "reason_max": REASON_MAX, "may_set": desk.may("contact.override"),
    }  # fmt: skip
    return shell.page(request, desk, "desk/agencies.html", context, at="overrides", status=status)


def _agency(row: AgencyRow, names: dict[int, str]) -> dict[str, Any]:
    until = fmt.day(_on(row.active_to)) if row.active_to else _("未定期限")
    return {
        "id": row.id, "name": row.name, "contract": row.contract_ref, "who": words.actor(row.by, names),
        "span": f"{fmt.day(_on(row.active_from))} – {until}", "state": words.word(contact_words.AGENCY_STATES, row.state),
        "tone": STATE_TONES[row.state], "live": row.state != "ended", "contacts": f"{row.contacts:,}",
        "scope": words.word(contact_words.AGENCY_SCOPES, row.scope), "loans": f"{row.loans:,}" if row.scope == "loans" else "",
    }  # fmt: skip


@desk_page("contact.override", methods=("POST",))
def engage(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A contract with an agency begins."""
    typed = {
        name: request.POST.get(name, "")[:200]
        for name in ("name", "contract_ref", "from_on", "to_on", "scope")
    }
    reading = Reading(request.POST)
    reading.text("name", _("机构名称"), need=True, most=80)
    reading.text("contract_ref", _("委托合同编号"), need=True, most=80)
    scope = reading.choice("scope", _("委托范围"), contact_words.AGENCY_SCOPES)
    first = reading.day("from_on", _("合同开始日"), need=True)
    last = reading.day("to_on", _("合同结束日"))
    try:
        read(reading)
        assert first is not None
        if first < desk.on:
            raise Unsaved(
                _("合同开始日 %(on)s：不能早于今天，此前的联系不因补登而合规。") % {"on": fmt.day(first)}
            )
        contacts.agency_engage(
            name=typed["name"], contract_ref=typed["contract_ref"], by=desk.actor, at=desk.at,
            from_at=desk.at if first == desk.on else datetime.combine(first, time(), BANK_ZONE),
            to_at=datetime.combine(last, time(23, 59, 59), BANK_ZONE) if last else None, scope=scope or None,
        )  # fmt: skip
    except Unsaved as problem:
        return _agencies(request, desk, typed, str(problem), 422)
    except BadInput as refused:
        return _agencies(request, desk, typed, said(refused), 422)
    messages.success(request, _("已登记委托。该机构只可为催收、在委托期内联系客户，次数与我行合并计算。"))
    return redirect("desk:agencies")


@desk_page("contact.override", methods=("POST",))
def end(request: HttpRequest, desk: Desk, agency_id: int) -> HttpResponse:
    """A contract ends now."""
    try:
        ended = contacts.agency_end(
            agency_id=agency_id, reason=request.POST.get("reason", "")[:REASON_MAX], by=desk.actor, at=desk.at
        )
    except ReasonMissing:
        return _agencies(request, desk, {}, _("请写明结束委托的原因。"), 422)
    if ended:
        messages.success(request, _("委托已结束：该机构从现在起不可联系客户。"))
    else:
        messages.warning(request, _("没有变化：该委托已经结束。"))
    return redirect(reverse("desk:agencies"))
