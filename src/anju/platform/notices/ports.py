"""What a channel must offer 渠道端口. Implementations stand in `anju.adapters`; each has a simulator with the same tests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from anju.platform.notices.rows import ReceiptIn


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a message. `kind`: money | date | datetime | integer | text; `raw`: fen, ISO date, ISO instant in the
    person's zone, number or text; `text`: as our own message writes it."""

    kind: str
    raw: int | str
    text: str


@dataclass(frozen=True, slots=True)
class Coded:
    """The provider's own registered template 服务商模板: its code, and the values under the provider's field names.
    `link`: our confirmation link."""

    code: str
    values: Mapping[str, Value]
    language: str = "zh"
    link: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One rendered message. `key` is the same for every repetition of one attempt; `to` is empty for the inbox. `coded`: the
    same message for a provider that sends by template code (`by_code` in providers.toml), which writes the text itself."""

    key: str
    attempt_id: int
    channel: str
    person_id: int
    to: str
    subject: str
    body: str
    at: datetime
    coded: Coded | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The provider took it. `rung` is the proof that its answer alone gives."""

    provider_ref: str
    rung: str = "accepted"


NOT_TAKEN = "not_taken"
"""Said when asked: it is certain that it was never given this message, and will not be by a call still under way."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider says when asked: `status` as in `ladder.STATUSES`, or NOT_TAKEN; `at` its own time."""

    status: str
    at: datetime
    provider_ref: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


class Rejected(Exception):
    """The provider certainly did not take it. `retry`: the same message may work later.

    `error_class`: throttled | unavailable (retry); no_such_address | bounced | blocked | invalid | content | too_long (final).
    """

    def __init__(self, error_class: str, *, retry: bool, detail: str = "") -> None:
        self.error_class = error_class
        self.retry = retry
        self.detail = detail
        super().__init__(f"{error_class}: {detail}")


class InDoubt(Exception):
    """No answer came: it may or may not have been taken. It is asked about, never blindly repeated."""


class NotTried(Exception):
    """The message was not handed over at all, because the provider is down; it goes back to the queue."""


@runtime_checkable
class Port(Protocol):
    """One channel of one provider. `idempotent`: the same key twice is one message. `can_poll`: it answers `poll`."""

    name: str
    channel: str
    idempotent: bool
    can_poll: bool

    def send(self, message: Message) -> Submitted:
        """Hand one message over. Raises Rejected or InDoubt."""
        ...

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> Answer | None:
        """What became of it: by the provider's reference, or by our key when there is none. None: it does not know."""
        ...


@runtime_checkable
class BulkPort(Port, Protocol):
    """A port that takes many at once: one connection, or one statement."""

    def send_many(self, messages: Sequence[Message]) -> "list[Submitted | Rejected | InDoubt | NotTried]":
        """One outcome per message, in their order; never raises Rejected or InDoubt."""
        ...


Ports = Mapping[str, Sequence[Port]]
"""Ports by channel: the providers of each in order of preference. A channel nobody wired is not there, or empty."""


def every(ports: Ports) -> list[Port]:
    """Every port once, channels by name, providers in their order."""
    return list({port.name: port for channel in sorted(ports) for port in ports[channel]}.values())


def by_name(ports: Ports) -> dict[str, Port]:
    """Port by provider name."""
    return {port.name: port for port in every(ports)}


Sink = Callable[[Sequence[ReceiptIn]], object]
"""Takes receipts and stores them; it raises when it could not, and then the provider is told to send them again."""


@runtime_checkable
class Listener(Protocol):
    """A port that also hears: receipts come over its own session (SMPP), or are fetched."""

    def listen(self, *, at: datetime, sink: Sink) -> int:
        """Take in what has come, without waiting for more; how many receipts. Each is stored before it is confirmed."""
        ...
