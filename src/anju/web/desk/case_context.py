"""The right pane of a case: people with masked numbers, arrears, promises, clocks, the loan. Reads only."""

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from anju.contexts.parties import queries as parties
from anju.platform.contacts import queries as contacts
from anju.web import format as fmt
from anju.web.desk import timing, words
from anju.web.desk.case_view import Case
from anju.web.desk.scope import Desk

FLAG_TONES = {"good": "info", "bounced": "bad", "wrong_person": "bad", "stale": "warn", "verified": "good"}


def people(case: Case, desk: Desk, clear: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """Parties of the loan with masked phone; ``clear`` holds phones revealed in this very answer."""
    entries = case.picture.get("parties") or [{"person_id": case.item.person_id, "role": "borrower"}]
    ids = [entry["person_id"] for entry in entries if entry["person_id"] in case.persons]
    phones = contacts.addresses_of(ids)
    order = {"borrower": 0, "co_borrower": 1, "guarantor": 2}
    found = []
    for entry in sorted(entries, key=lambda one: order.get(one["role"], 9)):
        person = case.persons.get(entry["person_id"])
        if person is not None:
            found.append(
                person_face(
                    person,
                    entry["role"],
                    phones.get((person.id, "phone")),
                    desk,
                    (clear or {}).get(person.id),
                )
            )
    return found


def person_face(
    person: parties.PersonRow, role: str, phone: Any, desk: Desk, clear: str | None = None
) -> dict[str, Any]:
    """One person of the context pane."""
    health = phone.health if phone else ""
    return {
        "id": person.id, "name": person.name, "role": words.word(words.PARTIES, role), "id_number": person.id_number_masked,
        "phone": fmt.mask_phone(phone.value) if phone else _("没有电话"),
        "phone_health": words.word(words.HEALTH, health) if phone else "",
        "phone_tone": FLAG_TONES.get(health, "calm"), "phone_clear": clear or "",
        "reveal_url": reverse("desk:reveal", args=[person.id]) if phone and desk.may("reveal.phone") else "",
    }  # fmt: skip


def context(case: Case, desk: Desk) -> dict[str, Any]:
    """The right pane."""
    clocks = [
        SimpleNamespace(**{**row, "due_at": datetime.fromisoformat(row["due_at"])})
        for row in case.picture["clocks"]
    ]
    return {
        "people": people(case, desk),
        "hold": case.picture.get("hold"),
        "told_tail": f"?subject=loan:{case.loan_id}" if case.loan_id else "",
        "reveal_reasons": [(code, str(label)) for code, label in words.REVEALS.items()],
        "identity_hint": _("谈贷款前先核对身份：身份证号后四位，或预留手机号验证码。"),
        "arrears": _arrears(case),
        "promises": [_promise(row) for row in case.picture.get("promises") or []]
        if case.purpose == "collection"
        else None,
        "clocks": timing.faces(clocks, desk.at, words.clock),
        "loan": _loan(case),
    }


def _arrears(case: Case) -> dict[str, Any] | None:
    loan, row = case.loan, case.picture.get("case")
    if not loan or not loan.get("overdue_fen"):
        return None
    facts = [
        (_("逾期金额"), fmt.money(loan["overdue_fen"])),
        (_("逾期天数"), _("%(n)s 天") % {"n": loan["days_past_due"]}),
        (_("最早未还"), loan["oldest_unpaid_due_on"] or fmt.NOTHING),
    ]
    if row and row["state"] == "open":
        facts += [(_("预警级别"), words.rung(row["rung"])), (_("立案日期"), row["opened_on"])]
    return {"tone": "bad", "facts": facts}


def _promise(row: Mapping[str, Any]) -> dict[str, str]:
    states = {
        "open": (_("待兑现"), "info"), "kept": (_("已兑现"), "good"), "broken": (_("未兑现"), "bad"),
        "withdrawn": (_("已撤回"), "calm"),
    }  # fmt: skip
    state, tone = states.get(row["state"], (row["state"], "calm"))
    text = _("%(due)s 前；%(who)s 记于 %(at)s") % {
        "due": row["due_on"], "who": row["taken_by"], "at": fmt.day(datetime.fromisoformat(row["taken_at"])),
    }  # fmt: skip
    return {"amount": fmt.money(row["amount_fen"]), "state": state, "tone": tone, "text": text}


def _loan(case: Case) -> dict[str, Any] | None:
    loan = case.loan
    if not loan:
        return None
    next_fen = (loan["next_principal_fen"] or 0) + (loan["next_interest_fen"] or 0)
    facts = [
        (_("编号"), loan["loan_no"]),
        (_("产品"), loan["product_en"] if fmt.in_english() else loan["product_zh"]),
        (_("剩余本金"), fmt.money(loan["balance_fen"])),
        (_("执行利率"), fmt.percent(loan["rate_ppm"])),
        (_("下期应还"), f"{fmt.money(next_fen)} · {loan['next_due_on'] or fmt.NOTHING}"),
        (_("客户经理"), loan["manager"] or fmt.NOTHING),
    ]
    return {"url": reverse("desk:loan", args=[loan["id"]]), "facts": facts}
