"""Channel `letter` 信函: messages are kept for the mail room's next batch; the post's answers come back by file.

The address is `post://mail-room`: there is nobody to connect to, it says that this bank does post letters. Taken in is
`accepted`, and no more is proven until the mail room says so (docs/channels/letter.md).
"""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from anju.contexts.parties import queries as parties
from anju.platform.letters import operations as letters
from anju.platform.letters.marks import postcode_of
from anju.platform.letters.rows import NewLetter
from anju.platform.notices.owners import owners
from anju.platform.notices.ports import Answer, InDoubt, Message, NotTried, Rejected, Submitted

ADDRESS_MAX = 100
"""What the window of an envelope shows in five lines."""

_Outcome = Submitted | Rejected | InDoubt | NotTried


class LetterPort:
    """One mail room."""

    channel = "letter"
    idempotent = True
    can_poll = False

    def __init__(self, name: str = "post") -> None:
        self.name = name

    @classmethod
    def from_url(cls, url: str, *, name: str = "post", hook_secret: str = "") -> "LetterPort":
        """`post://mail-room`. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme != "post" or not parts.hostname:
            raise ValueError("post://mail-room is needed")
        return cls(name)

    def send(self, message: Message) -> Submitted:
        """Keep one letter. Raises Rejected."""
        (outcome,) = self.send_many([message])
        if isinstance(outcome, Submitted):
            return outcome
        assert isinstance(outcome, Rejected)
        raise outcome

    def send_many(self, messages: Sequence[Message]) -> list[_Outcome]:
        """Keep all of them; a letter without a name, or with an address too long for the window, is refused."""
        owned = owners([row.attempt_id for row in messages])
        people = parties.persons({row.person_id for row in messages})
        outcomes: list[_Outcome] = []
        kept: list[NewLetter] = []
        for row in messages:
            owner, person = owned.get(row.attempt_id), people.get(row.person_id)
            problem = "nobody known by this number" if owner is None or person is None else _unfit(row)
            if owner is None or person is None or problem:
                outcomes.append(Rejected("invalid", retry=False, detail=problem))
                continue
            kept.append(
                NewLetter(
                    row.key, self.name, row.attempt_id, row.person_id, owner.branch_id, person.name, row.to, row.subject,
                    row.body,
                )
            )  # fmt: skip
            outcomes.append(Submitted(row.key))
        if kept:
            letters.take_many(kept, at=messages[0].at)
        return outcomes

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> Answer | None:
        """Nothing to ask: what is not recorded is simply handed over again, and the post answers by file."""
        return None


def _unfit(message: Message) -> str:
    _, address = postcode_of(message.to)
    if not 4 <= len(address) <= ADDRESS_MAX:
        return f"address of {len(address)} characters; 4 to {ADDRESS_MAX} fit into the window"
    return "" if message.body.strip() else "no text"
