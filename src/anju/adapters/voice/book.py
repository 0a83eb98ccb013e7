"""The call book 呼叫簿: calls to be made and what became of each, on disk, so that no crash forgets or repeats one.

`queue/NAME.call`: handed over, not begun (encrypted: it holds a number and a text). `calls/NAME.call` with
`calls/NAME.log`: begun; the log has one JSON line for each thing that happened, written through before the next thing
is done. `calls/NAME.told`: how many of them the notices know. `done/NAME.log`: over and told; kept some weeks so
that the same key is never dialled again. Claiming is a rename, so two diallers never hold one call.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from anju.platform.identity.crypto import decrypt, encrypt

KEEP = timedelta(days=35)
FRAGMENT = "fragment"


@dataclass(frozen=True, slots=True)
class Request:
    """A call to be made. `until`: not begun by then, it is not made any more (the hour may not be lawful)."""

    key: str
    attempt_id: int
    person_id: int
    to: str
    body: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a call."""

    event: str
    at: datetime
    details: dict[str, Any]


def name_of(key: str) -> str:
    """File name of a key."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,100}", key):
        return key
    return "k" + hashlib.sha256(key.encode()).hexdigest()


class CallBook:
    """The book in one folder; several processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.queue, self.calls, self.done = (folder / part for part in ("queue", "calls", "done"))
        for part in (self.queue, self.calls, self.done):
            part.mkdir(parents=True, exist_ok=True)
            part.chmod(0o700)

    def put(self, request: Request) -> bool:
        """Hand a call over; False: the book has this key already, in whatever state. Written through before it returns."""
        name = name_of(request.key)
        if self._known(name):
            return False
        fields = {**asdict(request), "at": request.at.isoformat(), "until": request.until.isoformat()}
        new = self.queue / f"{name}.new{os.getpid()}"
        _write(new, encrypt(json.dumps(fields, ensure_ascii=False)))
        try:
            os.link(new, self.queue / f"{name}.call")  # fails when somebody was quicker
        except FileExistsError:
            return False
        finally:
            new.unlink()
        _sync(self.queue)
        return True

    def _known(self, name: str) -> bool:
        return any(
            path.exists()
            for path in (self.queue / f"{name}.call", self.calls / f"{name}.call", self.calls / f"{name}.log",
                         self.done / f"{name}.log")
        )  # fmt: skip

    def waiting(self) -> int:
        """How many calls wait to be begun."""
        return sum(1 for one in os.scandir(self.queue) if one.name.endswith(".call"))

    def claim(self, at: datetime) -> Request | None:
        """The call that waits longest is ours; its log begins. One whose time is over ends as `too_late`."""
        found = sorted(
            (one.stat().st_mtime_ns, one.name) for one in os.scandir(self.queue) if one.name.endswith(".call")
        )
        for _, file in found:
            with suppress(FileNotFoundError):  # another dialler was quicker
                os.rename(self.queue / file, self.calls / file)
                request = self.request(file.removesuffix(".call"))
                if at < request.until:
                    self.log(request.key, "dialling", at)
                    return request
                self.log(request.key, "ended", at, outcome="too_late")
        return None

    def expire(self, at: datetime) -> int:
        """Calls whose time is over although no dialler came are ended; how many."""
        count = 0
        for one in list(os.scandir(self.queue)):
            name = one.name.removesuffix(".call")
            if name == one.name:
                continue
            with suppress(FileNotFoundError):
                if at >= self.request(name, self.queue).until:
                    os.rename(self.queue / one.name, self.calls / one.name)
                    self.log(name, "ended", at, outcome="too_late")
                    count += 1
        return count

    def request(self, key: str, folder: Path | None = None) -> Request:
        """A call as it was handed over. Raises FileNotFoundError."""
        fields = json.loads(decrypt(((folder or self.calls) / f"{name_of(key)}.call").read_bytes()))
        return Request(
            **{**fields, "at": datetime.fromisoformat(fields["at"]), "until": datetime.fromisoformat(fields["until"])}
        )  # fmt: skip

    def log(self, key: str, event: str, at: datetime, **details: Any) -> None:
        """Write down what happened, through to the disk."""
        text = json.dumps({"event": event, "at": at.isoformat(), **details}, ensure_ascii=False)
        line = f"\n{text}\n"  # begins anew, should a crash have cut the line before
        place = self.calls / f"{name_of(key)}.log"
        new = not place.exists()
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
        if new:
            _sync(self.calls)

    def entries(self, key: str) -> list[Entry]:
        """Everything written down about a call; a line cut off by a crash is left out."""
        name = name_of(key)
        for folder in (self.calls, self.done):
            with suppress(FileNotFoundError):
                return [
                    row
                    for line in (folder / f"{name}.log").read_bytes().splitlines()
                    if (row := _entry(line))
                ]
        return []

    def knows(self, key: str) -> bool:
        """Whether this key was ever handed over."""
        return self._known(name_of(key))

    def open_calls(self) -> list[str]:
        """Names of calls begun and not yet told to their end, oldest first."""
        found = [
            (one.stat().st_mtime_ns, one.name) for one in os.scandir(self.calls) if one.name.endswith(".call")
        ]
        return [file.removesuffix(".call") for _, file in sorted(found)]

    def told(self, name: str) -> int:
        """How many entries of a call the notices know."""
        try:
            return int((self.calls / f"{name}.told").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def mark_told(self, name: str, count: int) -> None:
        """So many entries are known now."""
        _write(self.calls / f"{name}.told", str(count).encode())

    def close(self, name: str) -> None:
        """A call that is over and told: its number and text are deleted, its log is kept."""
        with suppress(FileNotFoundError):
            os.rename(self.calls / f"{name}.log", self.done / f"{name}.log")
        for suffix in (
            "told",
            "wav",
            "call",
        ):  # the request last: it is what makes the call one to be looked at
            (self.calls / f"{name}.{suffix}").unlink(missing_ok=True)

    def recover(self, at: datetime, *, mine: Callable[[str], bool] = lambda _: True) -> int:
        """After a crash of the only dialler: what was begun without an end is `interrupted`, never dialled again; how many.

        What was claimed but not even begun goes back to the queue.
        """
        count = 0
        for name in self.open_calls():
            entries = self.entries(name)
            if not mine(name) or any(row.event == "ended" for row in entries):
                continue
            if not entries:
                os.rename(self.calls / f"{name}.call", self.queue / f"{name}.call")
                continue
            self.log(name, "ended", at, outcome="interrupted")
            count += 1
        return count

    def prune(self, at: datetime) -> int:
        """Logs of calls that ended long ago are deleted; how many."""
        limit = (at - KEEP).timestamp()
        old = [one for one in os.scandir(self.done) if one.stat().st_mtime < limit]
        for one in old:
            os.unlink(one.path)
        return len(old)


def _entry(line: bytes) -> Entry | None:
    try:
        row = json.loads(line)
        return Entry(str(row.pop("event")), datetime.fromisoformat(row.pop("at")), row)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.{FRAGMENT}")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
