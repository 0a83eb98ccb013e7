"""A person's contact page: may I contact them now, what they said, every contact; and the overrides asked for."""

from collections.abc import Callable
from datetime import time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anju.core.errors import BadInput
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries as contact_queries
from anju.platform.contacts.rows import ReasonMissing
from anju.platform.policies import queries as policies
from anju.web import format as fmt
from anju.web.desk import contact_parties, contact_view, contact_words, shell, words
from anju.web.desk.composers import Reading, said
from anju.web.desk.contact_parties import Unsaved
from anju.web.desk.contact_parties import read as _read
from anju.web.desk.reads import contact as reads
from anju.web.desk.scope import Desk, desk_page

REASON_MAX = 200
STATE_TONES = {"asked": "warn", "granted": "good", "refused": "bad", "used": "info", "expired": "calm"}


@desk_page("loan.view")
def show(request: HttpRequest, desk: Desk, person_id: int) -> HttpResponse:
    """The page."""
    return _page(request, desk, person_id, {}, "")


def _page(
    request: HttpRequest, desk: Desk, person_id: int, typed: dict[str, str], problem: str, status: int = 200
) -> HttpResponse:
    person, loans = contact_view.person_of(desk, person_id)
    purpose = typed.get("purpose") or request.GET.get("purpose", "service")
    purpose = purpose if purpose in contact_view.PURPOSES else "service"
    said_of = contact_view.said_and_done(desk, person_id)
    set_now = {row["kind"] for row in said_of["flags"]}
    context = {
        "person": person, "loans": [(row.loan_no, reverse("desk:loan", args=[row.id])) for row in loans],
        "purpose": words.word(words.PURPOSES, purpose), "purpose_code": purpose,
        "purposes": contact_view.purposes(person_id, purpose),
        "answers": contact_view.answers(desk, person_id, purpose), **said_of, "typed": typed, "problem": problem,
        "may_set": desk.may("work.do"), "may_play": desk.may("recording.play"), "reason_max": REASON_MAX, "reasons": contact_view.reasons(),
        "flag_kinds": [(code, str(text)) for code, text in words.STOP_FLAGS.items() if code not in set_now],
        "purpose_options": [(code, words.word(words.PURPOSES, code)) for code in contact_view.PURPOSES],
        "channel_options": [(code, words.word(words.CHANNELS, code)) for code in contact_view.CHANNELS],
        "weekdays": [(day, str(text)) for day, text in contact_words.WEEKDAYS.items()],
        "set_url": reverse("desk:person_contact_set", args=[person_id, "x"])[:-2],
        "told_url": reverse("desk:told", args=[person_id]), "asked_url": reverse("desk:overrides"),
        "may_decide": desk.may("contact.override"), "roles": [(code, str(text)) for code, text in contact_words.ROLES.items()],
        "named": contact_parties.named_rows(desk, person_id, said_of["named"]),
        "agencies": contact_parties.agencies_for(desk, person_id, [row.id for row in loans]), "ledger_max": reads.LEDGER_SHOWN,
    }  # fmt: skip
    return shell.page(request, desk, "desk/contact.html", context, at="loans", status=status)


@desk_page("work.do", methods=("POST",))
def change(request: HttpRequest, desk: Desk, person_id: int, what: str) -> HttpResponse:
    """Set one thing; what is refused comes back with what was typed."""
    _person, loans = contact_view.person_of(desk, person_id)
    act = ACTS.get(what)
    if act is None:
        raise Http404
    typed = {name: str(value)[:500] for name, value in request.POST.items()}
    try:
        act(desk, person_id, request.POST, loans[0].branch_id)
    except ReasonMissing:
        return _page(request, desk, person_id, typed, _("请写明原因。"), status=422)
    except Unsaved as problem:
        return _page(request, desk, person_id, typed, str(problem), status=422)
    except (BadInput, contacts.OverrideRejected) as refused:
        return _page(request, desk, person_id, typed, said(refused), status=422)
    messages.success(request, str(DONE[what]))
    anchor = "named" if what in ("agreed", "unnamed") else what
    return redirect(f"{reverse('desk:person_contact', args=[person_id])}#{anchor}")


def _flag(desk: Desk, person_id: int, data: QueryDict, _branch: int) -> None:
    reading = Reading(data)
    kind = reading.choice("kind", _("标记"), words.STOP_FLAGS, need=True)
    reason = reading.text("reason", _("原因"), need=True, most=REASON_MAX)
    _read(reading)
    contacts.flag(person_id=person_id, kind=kind, reason=reason, by=desk.actor, at=desk.at)


def _unflag(desk: Desk, person_id: int, data: QueryDict, _branch: int) -> None:
    reading = Reading(data)
    kind = reading.choice("kind", _("标记"), words.STOP_FLAGS, need=True)
    reason = reading.text("reason", _("解除的原因"), need=True, most=REASON_MAX)
    _read(reading)
    contacts.unflag(person_id=person_id, kind=kind, reason=reason, by=desk.actor, at=desk.at)


def _consent(desk: Desk, person_id: int, data: QueryDict, _branch: int) -> None:
    reading = Reading(data)
    purpose = reading.choice("purpose", _("用途"), contact_view.PURPOSES, need=True)
    channel = reading.choice("channel", _("渠道"), contact_view.CHANNELS)
    source = reading.choice("source", _("来源"), contact_words.SOURCES) or "desk"
    _read(reading)
    contacts.consent_state(
        person_id=person_id, purpose=purpose, channel=channel, agreed=data.get("agreed") == "yes", source=source,
        by=desk.actor, at=desk.at, wording_version=policies.version("contact.toml"),
    )  # fmt: skip


def _hours(desk: Desk, person_id: int, data: QueryDict, _branch: int) -> None:
    """One more period; `clear`: none at all."""
    wanted = []
    if not data.get("clear"):
        wanted = [
            contacts.Wanted(row.weekdays, row.start, row.end, row.agreed)
            for row in contact_queries.hours(person_id, desk.at)
        ]
        days = {int(text) for text in data.getlist("weekday") if text in "1234567" and text}
        try:
            start, end = time.fromisoformat(data.get("start", "")), time.fromisoformat(data.get("end", ""))
        except ValueError:
            raise Unsaved(_("请填写开始和结束时间，例如 18:00 和 20:00。")) from None
        wanted.append(contacts.Wanted(days, start, end, bool(data.get("agreed"))))
    contacts.hours_set(person_id=person_id, hours=wanted, source="desk", by=desk.actor, at=desk.at)


def _appointment(desk: Desk, person_id: int, data: QueryDict, _branch: int) -> None:
    reading = Reading(data)
    purpose = reading.choice("purpose", _("用途"), contact_view.PURPOSES, need=True)
    channel = reading.choice("channel", _("渠道"), contact_view.CHANNELS, need=True)
    starts_at = reading.instant("starts_at", _("约定的时间"), need=True)
    _read(reading)
    assert starts_at is not None
    contacts.appoint(
        person_id=person_id, purpose=purpose, channel=channel, starts_at=starts_at, by=desk.actor, at=desk.at
    )


def _cancel(desk: Desk, person_id: int, data: QueryDict, _branch: int) -> None:
    known = {str(row.id): row.id for row in contact_queries.appointments(person_id, desk.at)}
    number = known.get(data.get("appointment", ""))
    if number is None:
        raise Unsaved(_("这个预约已经结束或取消。"))
    contacts.appointment_cancel(
        appointment_id=number, reason=data.get("reason", "")[:REASON_MAX], by=desk.actor, at=desk.at
    )


def _inbound(desk: Desk, person_id: int, data: QueryDict, _branch: int) -> None:
    reading = Reading(data)
    purpose = reading.choice("purpose", _("用途"), contact_view.PURPOSES, need=True)
    channel = reading.choice("channel", _("渠道"), contact_view.CHANNELS, need=True)
    reason = reading.choice("reason", _("事由"), dict(contact_view.reasons()), need=True)
    recording = reading.text("recording", _("录音编号"), most=120)
    _read(reading)
    outcome = reason if reason == "do_not_contact" else ""
    contacts.log_inbound(
        person_id=person_id, purpose=purpose, channel=channel, at=desk.at, actor=desk.actor, reason=reason,
        outcome_code=outcome, recording_ref=recording,
    )  # fmt: skip


def _override(desk: Desk, person_id: int, data: QueryDict, branch: int) -> None:
    reading = Reading(data)
    purpose = reading.choice("purpose", _("用途"), contact_view.PURPOSES, need=True)
    channel = reading.choice("channel", _("渠道"), contact_view.CHANNELS, need=True)
    from_at = reading.instant("from_at", _("从"), need=True)
    to_at = reading.instant("to_at", _("到"), need=True)
    reason = reading.text("reason", _("原因"), need=True, most=REASON_MAX)
    _read(reading)
    assert from_at is not None
    assert to_at is not None
    contacts.override_ask(
        person_id=person_id, purpose=purpose, channel=channel, from_at=from_at, to_at=to_at, reason=reason,
        by=desk.actor, at=desk.at, branch_id=branch,
    )  # fmt: skip


ACTS: dict[str, Callable[[Desk, int, QueryDict, int], None]] = {
    "flag": _flag, "unflag": _unflag, "consent": _consent, "hours": _hours, "appointment": _appointment,
    "cancel": _cancel, "inbound": _inbound, "override": _override, "named": contact_parties.name_third,
    "agreed": contact_parties.agree_third, "unnamed": contact_parties.remove_third,
}  # fmt: skip
DONE: dict[str, Any] = {
    "flag": gettext_lazy("标记已设置，从现在起生效。"),
    "unflag": gettext_lazy("标记已解除。"),
    "consent": gettext_lazy("已登记客户的意愿。"),
    "hours": gettext_lazy("已登记客户希望的时段。"),
    "appointment": gettext_lazy("预约已登记：届时可以联系。"),
    "cancel": gettext_lazy("预约已取消。"),
    "inbound": gettext_lazy("已记入联系记录。"),
    "override": gettext_lazy("已提交主管审批。"),
    "named": gettext_lazy("已登记指定联系人。"),
    "agreed": gettext_lazy("已登记其同意：可以致电请其转告回电。"),
    "unnamed": gettext_lazy("已取消：从现在起不可再就此事联系此人。"),
}


@desk_page("contact.override")
def overrides(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What supervisors are asked to allow, the most urgent first."""
    found = reads.asked(desk.branch_ids, desk.at)
    names = contact_view.staff_names({row.asked_by for row in found})
    rows = [
        {
            "id": row.id, "name": row.name or fmt.NOTHING, "url": reverse("desk:person_contact", args=[row.person_id]),
            "what": f"{words.word(words.PURPOSES, row.purpose)} · {words.word(words.CHANNELS, row.channel)}",
            "span": f"{fmt.moment(row.from_at)}–{fmt.moment(row.to_at)[-5:]}", "reason": row.reason,
            "who": words.actor(row.asked_by, names), "own": row.asked_by == desk.actor,
            "decide_url": reverse("desk:override_decide", args=[row.id]),
        }
        for row in found
    ]  # fmt: skip
    return shell.page(
        request, desk, "desk/overrides.html", {"rows": rows, "reason_max": REASON_MAX}, at="overrides"
    )


@desk_page("contact.override", methods=("POST",))
def decide(request: HttpRequest, desk: Desk, override_id: int) -> HttpResponse:
    """Grant or refuse one."""
    row = contact_queries.override_row(override_id)
    if row is None or (desk.branch_ids is not None and row.branch_id not in desk.branch_ids):
        raise Http404
    act = contacts.override_grant if request.POST.get("decision") == "grant" else contacts.override_refuse
    reason = request.POST.get("reason", "")[:REASON_MAX]
    try:
        act(override_id=override_id, staff_id=desk.staff_id, reason=reason, at=desk.at)
    except ReasonMissing:
        messages.warning(request, _("没有处理：请写明理由。"))
    except contacts.OverrideRejected as refused:
        messages.warning(request, said(refused))
    else:
        messages.success(request, _("已处理。"))
    return redirect("desk:overrides")
