"""Writes of stop flags."""

from datetime import datetime

from django.db import transaction

from anju.platform.contacts.facts import FlagLifted, FlagSet
from anju.platform.contacts.models import StopFlag
from anju.platform.contacts.rows import ReasonMissing
from anju.platform.journal import operations as journal


def flag(*, person_id: int, kind: str, reason: str, by: str, at: datetime) -> int:
    """Set a stop flag; id of the flag (the one in force, when there is one). Raises ReasonMissing, ValueError."""
    if not reason.strip():
        raise ReasonMissing(kind)
    if kind not in StopFlag.KINDS:
        raise ValueError(f"unknown stop flag: {kind}")
    with transaction.atomic():
        live = StopFlag.objects.filter(person_id=person_id, kind=kind, active_to=None).first()
        if live is not None:
            return live.id
        row = StopFlag.objects.create(
            person_id=person_id, kind=kind, reason=reason[:200], set_by=by, active_from=at
        )
        journal.record(FlagSet(("person", person_id), kind, reason[:200]), at=at, actor=by)
    return row.id


def unflag(*, person_id: int, kind: str, reason: str, by: str, at: datetime) -> bool:
    """Lift a stop flag; whether one was in force. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(kind)
    with transaction.atomic():
        lifted = StopFlag.objects.filter(person_id=person_id, kind=kind, active_to=None).update(active_to=at)
        if lifted:
            journal.record(FlagLifted(("person", person_id), kind, reason[:200]), at=at, actor=by)
    return bool(lifted)
