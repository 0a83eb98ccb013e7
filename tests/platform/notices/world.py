"""A small stage for notice tests: people with addresses, ports that do as they are told."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from anju.adapters.inbox import InboxPort
from anju.platform.contacts import operations as contacts
from anju.platform.notices import operations
from anju.platform.notices.ports import Answer, Message, Submitted
from anju.platform.notices.rows import Owed

LOAN = ("loan", 71)
PERSON = 501
REMINDER = {"loan_no": "HL20260001", "due_on": "2026-11-28", "amount_fen": 512_345}
OVERDUE = {"loan_no": "HL20260001", "overdue_fen": 512_345, "due_on": "2026-11-20", "days_past_due": 3}


class StagePort:
    """A port whose behaviour a test decides. It remembers what it was given, by key."""

    def __init__(
        self,
        channel: str = "sms",
        *,
        idempotent: bool = False,
        behaviour: Callable[[Message], Submitted] | None = None,
        can_poll: bool = False,
    ) -> None:
        self.name = f"stage-{channel}"
        self.channel = channel
        self.idempotent = idempotent
        self.can_poll = can_poll
        self.given: list[Message] = []
        self.answers: dict[str, Answer] = {}
        self.behaviour = behaviour or (lambda message: Submitted(f"ref-{message.key}"))

    def send(self, message: Message) -> Submitted:
        self.given.append(message)
        return self.behaviour(message)

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> Answer | None:
        return self.answers.get(key)


def raising(error: Exception) -> Callable[[Message], Submitted]:
    """A behaviour that raises."""

    def behave(message: Message) -> Submitted:
        raise error

    return behave


def people(ids: Sequence[int], at: datetime, *, phone: bool = True, email: bool = True) -> None:
    """Give people addresses."""
    rows = []
    for number in ids:
        rows += [(number, "phone", f"138{number:08d}")] if phone else []
        rows += [(number, "email", f"p{number}@example.com")] if email else []
    contacts.set_addresses_many(rows, at=at)


def owed(branch_id: int, at: datetime, **given: Any) -> Owed:
    """One row for `owe_many`; a reminder unless told otherwise."""
    values: dict[str, Any] = {
        "notice_type": "reminder_5",
        "key": "reminder:71:2026-11-28:5",
        "person_id": PERSON,
        "subject": LOAN,
        "branch_id": branch_id,
        "variables": OVERDUE if given.get("notice_type", "").startswith("overdue") else REMINDER,
        "entry_id": None,
        "owed_at": at,
    }
    return Owed(**(values | given))


def ports(**channels: Any) -> dict[str, Any]:
    """The inbox and what a test brings: a port, or several of one channel."""
    brought = {name: list(one) if isinstance(one, (list, tuple)) else [one] for name, one in channels.items()}
    return {"inbox": [InboxPort()], **brought}


def run(at: datetime, wired: dict[str, Any]) -> None:
    """Plan and send until nothing moves at this instant."""
    for _ in range(10):
        planned = operations.plan(at=at)
        sent = operations.send(at=at, ports=wired)
        if not planned.taken and not sent.claimed and not sent.refused:
            return
    raise AssertionError("it never comes to rest")
