"""May I contact this person now, what they said about it, and every contact there was: texts for the page. Reads only."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.contexts.parties import queries as parties
from anju.contexts.servicing import queries as servicing
from anju.core.verdict import Verdict
from anju.platform.contacts import queries as contacts
from anju.platform.contacts.reads import weekdays_of
from anju.platform.contacts.recordings import STORED
from anju.platform.contacts.rows import Wish
from anju.platform.identity import queries as identity
from anju.platform.policies import queries as policies
from anju.web import format as fmt
from anju.web.desk import contact_words, words
from anju.web.desk.case_view import ALLOWED, labels
from anju.web.desk.reads import contact as reads
from anju.web.desk.scope import Desk

CHANNELS = ("call", "sms", "wecom", "wechat", "push", "voice", "visit", "letter", "email", "inbox")
PURPOSES = ("service", "reminder", "collection", "follow_up", "survey", "marketing")


def person_of(desk: Desk, person_id: int) -> tuple[parties.PersonRow, list[servicing.LoanRow]]:
    """The person and those of their loans that are in my branches. Raises Http404 when there are none."""
    loans = servicing.loans_of_person(person_id, desk.branch_ids)
    person = parties.persons([person_id]).get(person_id) if loans else None
    if person is None:
        raise Http404
    return person, loans


def answers(desk: Desk, person_id: int, purpose: str) -> list[dict[str, Any]]:
    """Each channel: yes or no, why, from when."""
    wishes = [Wish(person_id, purpose, channel) for channel in CHANNELS]
    verdicts = contacts.ask_many(wishes, at=desk.at, actor=desk.actor)
    return [_answer(channel, verdict) for channel, verdict in zip(CHANNELS, verdicts, strict=True)]


def _answer(channel: str, verdict: Verdict) -> dict[str, Any]:
    reasons = [reason.en if fmt.in_english() else reason.zh for reason in verdict.reasons]
    never = _("时间不能解除，须先处理所列原因")
    return {
        "channel": words.word(words.CHANNELS, channel), "ok": verdict.ok, "tone": "good" if verdict.ok else "bad",
        "word": _("可以") if verdict.ok else _("不可以"),
        "reasons": [ALLOWED.sub("", text) for text in reasons],
        "next": _("现在") if verdict.ok else fmt.moment(verdict.next_at) if verdict.next_at else never,
    }  # fmt: skip


def purposes(person_id: int, chosen: str) -> list[dict[str, Any]]:
    """Links to the answers for each purpose."""
    here = reverse("desk:person_contact", args=[person_id])
    return [
        {
            "label": words.word(words.PURPOSES, code),
            "url": f"{here}?purpose={code}",
            "current": code == chosen,
        }
        for code in PURPOSES
    ]


def said_and_done(desk: Desk, person_id: int) -> dict[str, Any]:
    """Flags, consents, hours, appointments, named people, overrides and the ledger, in words."""
    picture = reads.picture(person_id, desk.at)
    names = _names(picture)
    known = {**{code: str(text) for code, text in contact_words.OUTCOMES.items()}, **labels()}
    return {
        "flags": [
            {
                "kind": row["kind"], "label": words.word(words.STOP_FLAGS, row["kind"]), "reason": row["reason"],
                "who": words.actor(row["set_by"], names), "at": _moment(row["active_from"]),
            }
            for row in picture["flags"]
        ],
        "consents": _consents(picture["consents"]),
        "hours": [
            {"text": hours_text(row), "agreed": row["agreed"], "source": words.word(contact_words.SOURCES, row["source"])}
            for row in picture["hours"]
        ],
        "appointments": [
            {
                "id": row["id"], "what": _what(row), "span": f"{_moment(row['starts_at'])}–{_moment(row['ends_at'])[-5:]}",
                "who": words.actor(row["by"], names),
            }
            for row in picture["appointments"]
        ],
        "named": picture["named"],
        "overrides": [_override(row, names) for row in picture["overrides"]],
        "contacts": [_contact(row, names, known) for row in picture["contacts"]],
    }  # fmt: skip


def _names(picture: Mapping[str, Any]) -> dict[int, str]:
    actors = {row["set_by"] for row in picture["flags"]} | {row["actor"] for row in picture["contacts"]}
    actors |= {row["by"] for name in ("consents", "appointments") for row in picture[name]}
    actors |= {row[name] for row in picture["overrides"] for name in ("asked_by", "decided_by")}
    return staff_names(actors)


def staff_names(actors: set[str]) -> dict[int, str]:
    """Names of those of these actors who are staff."""
    ids = [int(actor[6:]) for actor in actors if actor.startswith("staff:") and actor[6:].isdigit()]
    return identity.staff_names(ids) if ids else {}


def _moment(text: str | None) -> str:
    return fmt.moment(datetime.fromisoformat(text)) if text else fmt.NOTHING


def _what(row: Mapping[str, Any]) -> str:
    return f"{words.word(words.PURPOSES, row['purpose'])} · {words.word(words.CHANNELS, row['channel'])}"


def hours_text(row: Mapping[str, Any]) -> str:
    """Hours of the week as a person says them."""
    days = weekdays_of(row["weekdays"])
    if days == frozenset(range(1, 8)):
        text = _("每天")
    elif days == frozenset(range(1, 6)):
        text = _("周一至周五")
    else:
        text = "、".join(str(contact_words.WEEKDAYS[day]) for day in sorted(days))
    start, end = time.fromisoformat(str(row["start"])), time.fromisoformat(str(row["end"]))
    return f"{text} {start:%H:%M}–{end:%H:%M}"


def _consents(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One line for each purpose one can agree to, and each channel that was refused."""
    stated = {(row["purpose"], row["channel"]): row for row in rows}
    found = []
    for entry in policies.toml("contact.toml")["consent"]:
        row = stated.pop((entry["purpose"], ""), None)
        agreed = row["agreed"] if row else not entry["needed"]
        word = (
            (_("已同意") if agreed else _("已拒绝"))
            if row
            else _("未同意")
            if entry["needed"]
            else _("未拒绝")
        )
        found.append({
            "purpose": entry["purpose"], "channel": "", "label": words.own(entry), "agreed": agreed, "word": word,
            "note": _consent_note(row),
        })  # fmt: skip
    for (purpose, channel), row in stated.items():
        found.append({
            "purpose": purpose, "channel": channel, "label": _what({"purpose": purpose, "channel": channel}),
            "agreed": row["agreed"], "word": _("已同意") if row["agreed"] else _("已拒绝"), "note": _consent_note(row),
        })  # fmt: skip
    return found


def _consent_note(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    return f"{_moment(row['active_from'])} · {words.word(contact_words.SOURCES, row['source'])}"


def _override(row: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    decided = words.actor(row["decided_by"], names) if row["decided_by"] else ""
    return {
        "what": _what(row), "span": f"{_moment(row['from_at'])}–{_moment(row['to_at'])[-5:]}", "state": row["state"],
        "reason": row["reason"], "who": words.actor(row["asked_by"], names), "decided": decided,
        "decision": row["decision_reason"],
    }  # fmt: skip


def _contact(row: Mapping[str, Any], names: Mapping[int, str], known: Mapping[str, str]) -> dict[str, Any]:
    """Who, why, how, result, recording."""
    if row["notice_type"]:
        why = words.notice(row["notice_type"])
    else:
        why = known.get(row["reason"]) or words.word(words.KINDS, row["reason"]) or _reason(row["reason"])
    basis = row["basis"].partition(":")[0]
    result = known.get(row["outcome_code"], words.reason(row["outcome_code"])) if row["outcome_code"] else ""
    return {
        "at": _moment(row["at"]), "way": _("发出") if row["outbound"] else _("来自客户"),
        "channel": words.word(words.CHANNELS, row["channel"]), "purpose": words.word(words.PURPOSES, row["purpose"]),
        "why": why, "who": row["agency"] or words.actor(row["actor"], names), "result": result,
        "state": words.word(contact_words.STATES, row["state"]), "done": row["state"] == "done",
        "talk": row["channel"] in ("call", "visit", "voice") and row["state"] == "done",
        "answered": row["answered"], "basis": words.word(contact_words.BASES, basis) if basis else "",
        "basis_tone": "bad" if basis == "outside" else "info",
        "recording": row["recording_ref"].removeprefix(STORED)[:24],
        "recording_url": reverse("desk:recording", args=[row["id"]]) if row["recording_ref"].startswith(STORED) else "",
        "checksum": row["recording_checksum"],
        "url": reverse("desk:obligation", args=[row["obligation_id"]]) if row["obligation_id"] else "",
    }  # fmt: skip


def reasons() -> list[tuple[str, str]]:
    """Why a person contacts us, for the form."""
    return words.options(policies.toml("contact.toml")["reason"])


def _reason(code: str) -> str:
    return dict(reasons()).get(code, code)
