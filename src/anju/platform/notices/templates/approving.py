"""Approvals of texts by providers 模板报备: recorded by a person, asked in the hot path, kept in the process for a second."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from anju.core.checks import bad
from anju.core.lifecycles import TEMPLATE_APPROVAL
from anju.platform.journal.operations import record
from anju.platform.notices.rows import MissingVariable
from anju.platform.notices.templates.facts import TemplateApprovalMoved
from anju.platform.notices.templates.models import TemplateApproval
from anju.platform.notices.templates.texts import LANGUAGES, SOURCES, templates_version, text

LOOK_SECONDS = 1.0
STATES_TO_SET = ("submitted", "approved", "rejected", "withdrawn")
_SUBMITTED = frozenset({"submitted", "approved", "rejected"})
_DECIDED = frozenset({"approved", "rejected"})
_ENDED = frozenset({"rejected", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval row. `age_at` is when it came into its state."""

    id: int
    provider: str
    channel: str
    template: str
    language: str
    text_hash: str
    provider_code: str
    state: str
    age_at: datetime
    by: str
    note: str


class UnknownApproval(LookupError):
    """No approval with this id. Nothing was written."""


class ApprovalThere(ValueError):
    """This text has a live approval of this provider already. Nothing was written."""


_Key = tuple[str, str, str, str, str]


class _Kept:
    """Approved texts as this process knows them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.looked = -LOOK_SECONDS
        self.approved: Mapping[_Key, Approval] = {}


_kept = _Kept()


def forget() -> None:
    """Look again at the next question."""
    _kept.looked = -LOOK_SECONDS


def approval(provider: str, template: str, channel: str, language: str) -> Approval | None:
    """The provider's approval of the text in force, or None: then it may not be sent where approval is needed.

    Asks the database at most once a second.
    """
    try:
        wanted = text(templates_version(), template, language, channel).hash
    except MissingVariable:
        return None
    return _approved().get((provider, channel, template, language, wanted))


def _approved() -> Mapping[_Key, Approval]:
    if time.monotonic() - _kept.looked >= LOOK_SECONDS:
        with _kept.lock:
            rows = TemplateApproval.objects.filter(state="approved")
            _kept.approved = {
                (row.provider, row.channel, row.template, row.language, row.text_hash): _value(row)
                for row in rows
            }
            _kept.looked = time.monotonic()
    return _kept.approved


def approvals(*, template: str | None = None, states: tuple[str, ...] | None = None) -> list[Approval]:
    """Approvals, the newest first, of one template or of all."""
    rows = TemplateApproval.objects.order_by("-id")
    if template is not None:
        rows = rows.filter(template=template)
    if states is not None:
        rows = rows.filter(state__in=states)
    return [_value(row) for row in rows[:2000]]


def approval_open(
    *,
    provider: str,
    template: str,
    channel: str,
    language: str,
    by: str,
    at: datetime,
    provider_code: str = "",
) -> int:
    """The text in force is to be approved by a provider: a draft; its id.

    Raises, in this order: BadInput, MissingVariable, ApprovalThere.
    """
    provider = provider.strip()
    if not 1 <= len(provider) <= 40:
        raise bad("provider", provider, "1 .. 40 characters", allowed_zh="1 至 40 个字")
    if channel not in SOURCES:
        raise bad("channel", channel, " | ".join(SOURCES))
    if language not in LANGUAGES:
        raise bad("language", language, " | ".join(LANGUAGES))
    found = text(templates_version(), template, language, channel)
    row = TemplateApproval(
        provider=provider, channel=channel, template=template, language=language, text_hash=found.hash,
        provider_code=provider_code.strip()[:80], created_at=at, by=by,
    )  # fmt: skip
    with transaction.atomic():
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise ApprovalThere(f"{provider} {template} {channel} {language}") from error
        _tell(row, at, by)
    return row.pk


def approval_move(
    *, approval_id: int, state: str, by: str, at: datetime, provider_code: str = "", note: str = ""
) -> None:
    """What the provider said, or that it was handed in: submitted, approved, rejected, withdrawn.

    Raises, in this order: UnknownApproval, BadInput, UnlawfulTransition.
    """
    with transaction.atomic():
        row = TemplateApproval.objects.select_for_update().filter(pk=approval_id).first()
        if row is None:
            raise UnknownApproval(approval_id)
        if state not in STATES_TO_SET:
            raise bad("state", state, " | ".join(STATES_TO_SET))
        TEMPLATE_APPROVAL.require(row.state, state)
        row.state, row.by = state, by
        row.submitted_at = row.submitted_at or (at if state in _SUBMITTED else None)
        row.decided_at = at if state in _DECIDED else row.decided_at
        row.ended_at = at if state in _ENDED else None
        row.provider_code = provider_code.strip()[:80] or row.provider_code
        row.note = note.strip()[:200] or row.note
        row.save()
        _tell(row, at, by)
    forget()


def _tell(row: TemplateApproval, at: datetime, by: str) -> None:
    fact = TemplateApprovalMoved(
        row.pk,
        row.provider,
        row.channel,
        row.template,
        row.language,
        row.text_hash,
        row.provider_code,
        row.state,
    )
    record(fact, at=at, actor=by)


def _value(row: TemplateApproval) -> Approval:
    since = row.ended_at or row.decided_at or row.submitted_at or row.created_at
    return Approval(
        row.pk, row.provider, row.channel, row.template, row.language, row.text_hash, row.provider_code, row.state,
        since, row.by, row.note,
    )  # fmt: skip
