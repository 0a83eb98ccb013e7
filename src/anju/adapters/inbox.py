"""The portal inbox 站内信: a row in our own database; the same attempt twice is one message."""

from collections.abc import Sequence
from datetime import datetime

from anju.platform.notices.operations import inbox
from anju.platform.notices.ports import Answer, InDoubt, Message, NotTried, Rejected, Submitted


class InboxPort:
    """Channel `inbox`. It lies in the mailbox at once (rung `sent`); opening it is told by the portal."""

    name = "inbox"
    channel = "inbox"
    idempotent = True
    can_poll = False

    def send(self, message: Message) -> Submitted:
        """Put one message into its inbox."""
        inbox.post_many([message])
        return _submitted(message)

    def send_many(self, messages: Sequence[Message]) -> list[Submitted | Rejected | InDoubt | NotTried]:
        """Put all of them in with one statement."""
        inbox.post_many(messages)
        return [_submitted(message) for message in messages]

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> Answer | None:
        """Nothing to ask: what is not recorded is simply put in again."""
        return None


def _submitted(message: Message) -> Submitted:
    return Submitted(f"inbox-{message.attempt_id}", "sent")
