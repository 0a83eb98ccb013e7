"""The recording of a contact 通话录音: who may hear it does so here, with a reason; every time is written down before it is heard."""

from typing import Any

from django.contrib import messages
from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.platform.contacts import queries, recordings
from anju.platform.contacts.rows import ContactRow
from anju.platform.journal import queries as journal
from anju.web import format as fmt
from anju.web.desk import contact_view, contact_words, shell, words
from anju.web.desk.composers import said
from anju.web.desk.scope import Desk, desk_page

LISTEN_SECONDS = 1800
"""So long a granted recording can be heard again without a new reason."""

PLAYS_SHOWN = 20
_SALT = "anju.desk.recording"
_KINDS = ("contacts.recording.played", "contacts.recording.erased")


def _contact(desk: Desk, contact_id: int) -> tuple[ContactRow, str]:
    """A contact with a recording, of a person of my branches, and their name. Raises Http404."""
    try:
        row = queries.contact_row(contact_id)
    except KeyError:
        raise Http404 from None
    person, _loans = contact_view.person_of(desk, row.person_id)
    if not row.recording_ref:
        raise Http404
    return row, person.name


@desk_page(recordings.PERMISSION)
def show(request: HttpRequest, desk: Desk, contact_id: int) -> HttpResponse:
    """What the recording is, who heard it, and the form to hear it."""
    row, name = _contact(desk, contact_id)
    return _page(request, desk, row, name, "")


@desk_page(recordings.PERMISSION, methods=("POST",))
def play(request: HttpRequest, desk: Desk, contact_id: int) -> HttpResponse:
    """Hear it, with a reason."""
    row, name = _contact(desk, contact_id)
    reason = request.POST.get("reason", "")
    if reason not in words.PLAYS:
        messages.warning(request, _("请选择播放的原因。"))
        return _page(request, desk, row, name, "", status=422)
    try:
        recordings.recording_play(contact_id=row.id, staff_id=desk.staff_id, reason=reason, at=desk.at)
    except recordings.RecordingUnplayable as refused:
        messages.warning(request, said(refused))
        return _page(request, desk, row, name, "", status=422)
    pass_ = TimestampSigner(salt=_SALT).sign(f"{desk.staff_id}-{row.id}")
    return _page(request, desk, row, name, reverse("desk:recording_sound", args=[row.id, pass_]))


def _page(
    request: HttpRequest, desk: Desk, row: ContactRow, name: str, sound_url: str, status: int = 200
) -> HttpResponse:
    facts = [
        entry for entry in journal.timeline([("person", row.person_id)], kinds=_KINDS, limit=200)
        if entry.body.get("contact_id") == row.id
    ]  # fmt: skip
    played = [entry for entry in facts if entry.kind == _KINDS[0]]
    staff = contact_view.staff_names({row.actor, *(entry.actor for entry in played)})
    state = recordings.state_of(row)
    outcome = (
        str(contact_words.OUTCOMES.get(row.outcome_code, words.reason(row.outcome_code)))
        if row.outcome_code
        else ""
    )
    context: dict[str, Any] = {
        "name": name, "id": row.id, "state": state, "sound_url": sound_url, "reasons": list(words.PLAYS.items()),
        "back_url": f"{reverse('desk:person_contact', args=[row.person_id])}#ledger",
        "facts": [
            (_("时间"), fmt.moment(row.at)), (_("方式"), words.word(words.CHANNELS, row.channel)),
            (_("用途"), words.word(words.PURPOSES, row.purpose)), (_("谁"), words.actor(row.actor, staff)),
            (_("结果"), outcome or fmt.NOTHING), (_("录音编号"), row.recording_ref.removeprefix(recordings.STORED)[:40]),
            ("SHA-256", row.recording_checksum or fmt.NOTHING),
        ],
        "erased": next((fmt.moment(entry.at) for entry in facts if entry.kind == _KINDS[1]), ""),
        "plays": [
            {"at": fmt.moment(entry.at), "who": words.actor(entry.actor, staff), "why": words.word(words.PLAYS, str(entry.body["reason"]))}
            for entry in played[:PLAYS_SHOWN]
        ],
    }  # fmt: skip
    return shell.page(request, desk, "desk/recording.html", context, at="loans", status=status)


@desk_page(recordings.PERMISSION)
def sound(request: HttpRequest, desk: Desk, contact_id: int, ticket: str) -> HttpResponse:
    """The sound itself, to the person who was just given it; kept by no cache."""
    row, _name = _contact(desk, contact_id)
    try:
        given = TimestampSigner(salt=_SALT).unsign(ticket, max_age=LISTEN_SECONDS)
        if given != f"{desk.staff_id}-{row.id}":
            raise BadSignature(ticket)
        found = recordings.sound(row)
    except (BadSignature, recordings.RecordingUnplayable):
        raise Http404 from None
    answer = HttpResponse(found.content, content_type=found.media_type)
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Disposition"] = "inline"
    return answer
