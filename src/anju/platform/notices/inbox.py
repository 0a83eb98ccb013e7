"""Reads of the portal: a borrower's own messages, and the one text a signed link speaks of."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from anju.platform.notices import config
from anju.platform.notices.models import Attempt, InboxMessage, Obligation

LIVE = ("owed", "in_progress", "exception")
PAGE_MAX = 100


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A message of a borrower's inbox. ``awaits``: a button to confirm belongs under it; ``subject``: what it is about."""

    id: int
    obligation_id: int
    title: str
    body: str
    at: datetime
    opened: bool
    awaits: bool
    acknowledged: bool
    proven_at: datetime | None
    subject: tuple[str, int]


@dataclass(frozen=True, slots=True)
class LinkText:
    """What a signed link shows. Title and body are empty when nothing was written yet."""

    obligation_id: int
    person_id: int
    label_zh: str
    label_en: str
    title: str
    body: str
    at: datetime
    awaits: bool
    acknowledged: bool
    purpose: str


def _of(person_id: int) -> QuerySet[InboxMessage]:
    return InboxMessage.objects.filter(person_id=person_id).select_related("attempt__obligation")


def _item(row: InboxMessage) -> InboxItem:
    owner = row.attempt.obligation
    return InboxItem(
        id=row.id,
        obligation_id=owner.id,
        title=row.title,
        body=row.body,
        at=row.at,
        opened=row.opened_at is not None,
        awaits=_awaits(owner),
        acknowledged=owner.rung == "acknowledged",
        proven_at=owner.proven_at,
        subject=(owner.subject_type, owner.subject_id),
    )


def _awaits(owner: Obligation) -> bool:
    return owner.state in LIVE and owner.proof_required == "acknowledged"


def count(person_id: int) -> int:
    """How many messages the inbox holds."""
    return InboxMessage.objects.filter(person_id=person_id).count()


def items(person_id: int, *, start: int, stop: int) -> list[InboxItem]:
    """Messages ``start`` to ``stop``, newest first; at most 100."""
    rows = _of(person_id).order_by("-at", "-id")[start : min(stop, start + PAGE_MAX)]
    return [_item(row) for row in rows]


def item(message_id: int, person_id: int) -> InboxItem | None:
    """One message of this person; None when there is none, or it is somebody else's."""
    row = _of(person_id).filter(id=message_id).first()
    return None if row is None else _item(row)


def to_acknowledge_count(person_id: int) -> int:
    """How many messages in the inbox still wait for a confirmation."""
    rows = InboxMessage.objects.filter(
        person_id=person_id,
        attempt__obligation__state__in=LIVE,
        attempt__obligation__proof_required="acknowledged",
    )
    return rows.values("attempt__obligation_id").distinct().count()


def link_text(obligation_id: int, attempt_id: int | None) -> LinkText | None:
    """The text of the attempt that carried the link, else the newest text of the obligation; None: no such obligation."""
    owner = Obligation.objects.filter(id=obligation_id).first()
    if owner is None:
        return None
    written = Attempt.objects.filter(obligation_id=obligation_id, content__isnull=False).select_related(
        "content"
    )
    chosen = written.filter(id=attempt_id or 0).first() or written.order_by("-id").first()
    text = chosen.content if chosen else None
    kind = config.notice_types().get(owner.notice_type)
    return LinkText(
        obligation_id=owner.id,
        person_id=owner.person_id,
        label_zh=kind.label_zh if kind else "",
        label_en=kind.label_en if kind else "",
        title=text.subject if text else "",
        body=text.body if text else "",
        at=owner.owed_at,
        awaits=owner.state in LIVE,
        acknowledged=owner.rung == "acknowledged",
        purpose=kind.purpose if kind else "",
    )
