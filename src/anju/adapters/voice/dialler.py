"""The dialler 拨号进程: takes calls out of the book, one at a time on each line, and writes down what happens.

It stands apart from the worker: a call lasts up to a minute and nothing waits for it. What happened is told to the
notices by the port (`VoicePort.listen`), out of the book. Killed in the middle of a call, the next dialler ends that call
as `interrupted`: somebody may have been rung, so it is never dialled again.
"""

import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from anju.adapters.voice.book import CallBook, Request, name_of
from anju.adapters.voice.call import Ended, Script, SipCall, Tell
from anju.adapters.voice.line import NUMBER, Line
from anju.adapters.voice.prompt import PromptMissing, Prompts

IDLE_SECONDS = 0.5
STANDBY_SECONDS = 2.0
PRUNE_SECONDS = 3600.0
log = logging.getLogger(__name__)


class Caller(Protocol):
    """What makes a call: a SIP line, or a simulated one."""

    def call(
        self, number: str, script: Script, *, record_to: Path, tell: Tell, stop: Callable[[], bool]
    ) -> Ended:
        """One call to its end."""
        ...


class SipCaller:
    """Calls over a SIP trunk."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def call(
        self, number: str, script: Script, *, record_to: Path, tell: Tell, stop: Callable[[], bool]
    ) -> Ended:
        """One call to its end."""
        return SipCall(self.line, number, script, record_to=record_to, tell=tell, stop=stop).run()


class Dialler:
    """`clock` is asked for the instant of each thing that happens; `lines`: calls at the same time."""

    def __init__(
        self,
        book: CallBook,
        caller: Caller,
        prompts: Prompts,
        *,
        clock: Callable[[], datetime],
        lines: int = 1,
    ) -> None:
        self.book = book
        self.caller = caller
        self.prompts = prompts
        self.clock = clock
        self.lines = lines
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until `stopping` is set. A second dialler on the same book waits until the first one is gone."""
        with self._alone() as ours:
            if not ours:
                return
            self.book.recover(self.clock())
            threads = [threading.Thread(target=self._work, name=f"line-{n + 1}") for n in range(self.lines)]
            for thread in threads:
                thread.start()
            self.book.prune(self.clock())
            while not self.stopping.wait(PRUNE_SECONDS):
                self.book.prune(self.clock())
            for thread in threads:
                thread.join()

    def run_once(self) -> int:
        """Make every call that waits, one after the other; how many were begun (tests, and `anju dialler --once`)."""
        with self._alone() as ours:
            if not ours:
                return 0
            self.book.recover(self.clock())
            count = 0
            while not self.stopping.is_set() and self._one():
                count += 1
            return count

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Only one dialler works on a book, so that an unfinished call found at the start is certainly nobody's."""
        handle = os.open(self.book.folder / "dialler.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield self._locked(handle)
        finally:
            os.close(handle)

    def _locked(self, handle: int) -> bool:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self.stopping.wait(STANDBY_SECONDS):
                    return False
                continue
            return True

    def _work(self) -> None:
        while not self.stopping.is_set():
            try:
                begun = self._one()
            except Exception:  # what leaves this thread ends all calling, unseen; the call stays in the book
                log.exception("dialler")
                begun = False
            if not begun:
                self.stopping.wait(IDLE_SECONDS)

    def _one(self) -> bool:
        request = self.book.claim(self.clock())
        if request is None:
            return False
        ended = self._call(request)
        self.book.log(
            request.key, "ended", self.clock(), outcome=ended.outcome, detail=ended.detail, checksum=ended.checksum,
            seconds=round(ended.seconds, 2),
        )  # fmt: skip
        return True

    def _call(self, request: Request) -> Ended:
        if not NUMBER.match(request.to):
            return Ended("no_such_address", "not a telephone number")
        try:
            script = self.prompts.script(request.body)
        except PromptMissing as error:
            return Ended("no_prompt", str(error)[:200])

        def tell(event: str) -> None:
            self.book.log(request.key, event, self.clock())

        try:
            return self.caller.call(
                request.to, script, record_to=self.book.calls / f"{name_of(request.key)}.wav", tell=tell,
                stop=self.stopping.is_set,
            )  # fmt: skip
        except (
            Exception
        ) as error:  # whatever a call does not foresee ends this call, and it is not made again
            log.exception("call %s", request.key)
            return Ended("interrupted", type(error).__name__)
