"""Channel `voice` 自动语音电话: calls are handed to the dialler's book; what became of them is heard out of it.

The book takes a key once, so handing over twice is one call. The call itself is never repeated: not after a crash, not
after a failure. Rungs: ringing = sent, answered = carrier_delivered, the notice itself played to its end (after the person
pressed 1) = device_delivered, 1 pressed again = acknowledged.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from anju.adapters.voice.book import CallBook, Entry, Request
from anju.adapters.voice.line import NUMBER, Line
from anju.adapters.voice.prompt import Prompts, unspeakable
from anju.platform.contacts import calls as contact_calls
from anju.platform.documents import operations as documents
from anju.platform.identity.crypto import encrypt_bytes
from anju.platform.notices import operations as notices
from anju.platform.notices.callbacks import callback_wanted
from anju.platform.notices.owners import owners
from anju.platform.notices.ports import Answer, InDoubt, Message, NotTried, Rejected, Sink, Submitted
from anju.platform.notices.rows import ReceiptIn

WAITING_MAX_PER_LINE = 20
BEGIN_WITHIN = timedelta(minutes=20)
"""A call not begun so soon after it was allowed is not made: the hour may not be lawful any more."""

LISTEN_MAX = 200
RECORDING_YEARS = 5
RECORDING_KIND = "voice.recording"
_STATUS = {"ringing": "sent", "answered": "carrier_delivered", "played": "device_delivered"}
_ERRORS = {"line_failed": "unavailable", "no_prompt": "unavailable"}
"""Outcomes that have a name in the notices already; the others are their own error class."""

_NEVER_RANG = frozenset({"too_late", "line_failed", "no_prompt", "no_such_address"})
_Outcome = Submitted | Rejected | InDoubt | NotTried


class VoicePort:
    """One SIP trunk behind one call book."""

    channel = "voice"
    idempotent = True
    can_poll = True

    def __init__(self, folder: Path, prompts: Prompts, *, lines: int = 1, name: str = "sip") -> None:
        self.name = name
        self.book = CallBook(folder)
        self.prompts = prompts
        self.lines = lines

    @classmethod
    def from_url(cls, url: str, *, name: str = "sip", hook_secret: str = "") -> "VoicePort":
        """The address of `Line.from_url`; the book lies in the data folder under the provider's name."""
        from django.conf import settings

        line = Line.from_url(url)
        return cls(
            book_folder(name), Prompts.from_environment(settings.ANJU_BANK_NAME), lines=line.lines, name=name
        )

    def send(self, message: Message) -> Submitted:
        """Hand one call over. Raises Rejected."""
        (outcome,) = self.send_many([message])
        if isinstance(outcome, Submitted):
            return outcome
        if isinstance(outcome, Rejected):
            raise outcome
        raise Rejected("throttled", retry=True, detail=str(outcome))

    def send_many(self, messages: Sequence[Message]) -> list[_Outcome]:
        """What the lines cannot begin soon is left in the notices' own queue, where it can still be cancelled."""
        room = WAITING_MAX_PER_LINE * self.lines - self.book.waiting()
        outcomes: list[_Outcome] = []
        for message in messages:
            if room <= 0 and not self.book.knows(message.key):
                outcomes.append(NotTried("every line is busy"))
                continue
            outcome = self._hand_over(message)
            room -= isinstance(outcome, Submitted)
            outcomes.append(outcome)
        return outcomes

    def _hand_over(self, message: Message) -> Submitted | Rejected:
        if not NUMBER.match(message.to):
            return Rejected("no_such_address", retry=False, detail="not a telephone number")
        why = unspeakable(message.body)
        if why:
            return Rejected("content", retry=False, detail=why)
        if not self.prompts.can(message.body):
            return Rejected("unavailable", retry=True, detail="no recording of this text and no espeak-ng")
        self.book.put(
            Request(
                message.key, message.attempt_id, message.person_id, message.to, message.body, message.at,
                message.at + BEGIN_WITHIN,
            )
        )  # fmt: skip
        return Submitted(message.key)

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> Answer | None:
        """What the book says. None: this call was never handed over."""
        entries = self.book.entries(key)
        if entries:
            status, raw = _standing(entries)
            return Answer(status, entries[-1].at, key, raw)
        return Answer("accepted", at, key) if self.book.knows(key) else None

    def listen(self, *, at: datetime, sink: Sink) -> int:
        """What happened on the lines since: receipts first, then confirmations, the ledger and the recording."""
        self.book.expire(at)
        heard = 0
        for name in self.book.open_calls()[:LISTEN_MAX]:
            heard += self._tell(name, at, sink)
        return heard

    def _tell(self, name: str, at: datetime, sink: Sink) -> int:
        entries, told = self.book.entries(name), self.book.told(name)
        fresh = entries[told:]
        over = any(entry.event == "ended" for entry in entries)
        if not fresh and not over:
            return 0
        request = self.book.request(name)
        receipts = [row for entry in fresh if (row := self._receipt(request.key, entry, entries)) is not None]
        if receipts:
            sink(receipts)
        for entry in fresh:
            self._answered(request, entry)
        self.book.mark_told(name, len(entries))
        if over:
            self._settle(name, request, entries, at)
            self.book.close(name)
        return len(receipts)

    def _receipt(self, key: str, entry: Entry, entries: Sequence[Entry]) -> ReceiptIn | None:
        status = _STATUS.get(entry.event)
        known = {name: str(entry.details[name]) for name in ("outcome", "detail") if entry.details.get(name)}
        raw = {"event": entry.event, **known}
        if entry.event == "ended" and not _was_answered(entries):
            status, raw["error_class"] = "failed", _error_class(entry)
        return None if status is None else ReceiptIn(self.name, key, status, entry.at, raw)

    def _answered(self, request: Request, entry: Entry) -> None:
        """The person pressed a key."""
        if entry.event == "confirmed":
            owner = owners([request.attempt_id]).get(request.attempt_id)
            if owner is not None:
                notices.acknowledge(
                    obligation_id=owner.obligation_id, by=f"person:{request.person_id}", at=entry.at,
                    attempt_id=request.attempt_id, how="voice",
                )  # fmt: skip
        elif entry.event == "callback":
            callback_wanted(attempt_id=request.attempt_id, channel="voice", at=entry.at, provider=self.name)

    def _settle(self, name: str, request: Request, entries: Sequence[Entry], at: datetime) -> None:
        """The contact ledger learns how it ended; a recording moves into the bank's files, encrypted."""
        events = [entry.event for entry in entries]
        ended = next(entry for entry in entries if entry.event == "ended")
        outcome = str(ended.details.get("outcome", ""))
        answered = _was_answered(entries)
        if answered:
            pressed = [
                event for event in ("confirmed", "callback", "played", "identified") if event in events
            ]
            outcome = pressed[0] if pressed else "answered"
        ref = checksum = ""
        sound = self.book.calls / f"{name}.wav"
        if sound.is_file():
            data = sound.read_bytes()
            checksum = hashlib.sha256(data).hexdigest()
            ref = "file:" + documents.store(
                name=f"{name}.wav", content=encrypt_bytes(data), media_type="audio/wav; encrypted", kind=RECORDING_KIND,
                at=at, by=f"system:{self.name}", keep_until=_years_later(at.date(), RECORDING_YEARS),
            )  # fmt: skip
        contact_calls.call_settled(
            attempt_id=request.attempt_id, outcome_code=outcome, answered=answered,
            reached=answered or "ringing" in events or outcome not in _NEVER_RANG, recording_ref=ref,
            recording_checksum=checksum,
        )  # fmt: skip


def book_folder(name: str) -> Path:
    """Where the call book of a provider lies."""
    from django.conf import settings

    return Path(settings.DATA_DIR) / "voice" / name


def _error_class(ended: Entry) -> str:
    outcome = str(ended.details.get("outcome", ""))
    return _ERRORS.get(outcome, outcome)


def _was_answered(entries: Sequence[Entry]) -> bool:
    return any(entry.event == "answered" for entry in entries)


def _standing(entries: Sequence[Entry]) -> tuple[str, dict[str, str]]:
    """The highest status reached, or the failure."""
    found = [_STATUS[entry.event] for entry in entries if entry.event in _STATUS]
    for entry in entries:
        if entry.event == "ended" and not _was_answered(entries):
            return "failed", {"error_class": _error_class(entry)}
    return (found[-1] if found else "accepted"), {}


def _years_later(on: date, years: int) -> date:
    try:
        return on.replace(year=on.year + years)
    except ValueError:  # 29 February
        return on.replace(year=on.year + years, day=28)
