"""The portal inbox as a channel: a row per attempt, the same attempt twice is one row."""

from collections.abc import Sequence

from django.db import transaction

from anju.platform.bulk import insert
from anju.platform.notices.models import InboxMessage
from anju.platform.notices.ports import Message


def post_many(messages: Sequence[Message]) -> None:
    """Put messages into inboxes; those that are there already stay as they are. One statement."""
    with transaction.atomic():
        insert(
            [
                InboxMessage(
                    attempt_id=row.attempt_id,
                    person_id=row.person_id,
                    title=row.subject,
                    body=row.body,
                    at=row.at,
                )
                for row in messages
            ],
            ignore_conflicts=True,
        )


def posted(attempt_key_id: int) -> bool:
    """Whether this attempt's message lies in an inbox."""
    return InboxMessage.objects.filter(attempt_id=attempt_key_id).exists()
