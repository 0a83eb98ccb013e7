"""A provider that does not exist 模拟服务商: takes messages of any channel, and tells what became of them as real ones do.

Everything it does follows from the seed and the message's key, so a run can be repeated. Time is the caller's. Its own
state is a SQLite file (or memory), like an outside system's: several processes meet it there, and `kill -9` of ours
leaves it standing.
"""

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from anju.platform.notices.ports import Answer, InDoubt, Message, NotTried, Rejected, Sink, Submitted
from anju.platform.notices.rows import ReceiptIn

_Outcome = Submitted | Rejected | InDoubt | NotTried
_Said = tuple[str, str, str, str, str, str]
"""A receipt to come: provider, when it comes, reference, status, when that was, raw."""
RECEIPTS_MAX = 1000
SHOWN_MAX = 200
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Faults:
    """How badly it behaves; shares in ppm of the messages. `outages`: half-open [start, end) as ISO instants.

    `slow`: a call with such a message is answered only after `slow_ms`. `opened`: the person opens it (a good fault).
    """

    throttled: int = 0
    unavailable: int = 0
    bad_address: int = 0
    answer_lost: int = 0
    request_lost: int = 0
    undelivered: int = 0
    silent: int = 0
    duplicate: int = 0
    reorder: int = 0
    contradict: int = 0
    forged: int = 0
    unknown_status: int = 0
    slow: int = 0
    slow_ms: int = 0
    opened: int = 0
    delay_seconds_min: int = 1
    delay_seconds_max: int = 20
    outages: tuple[tuple[str, str], ...] = ()

    def down(self, at: datetime) -> bool:
        """Whether it is out of order at an instant."""
        return any(
            datetime.fromisoformat(start) <= at < datetime.fromisoformat(end) for start, end in self.outages
        )


MAGIC = {
    "99985": "opened",
    "99986": "unavailable",
    "99987": "slow",
    "99988": "unknown_status",
    "99989": "forged",
    "99990": "silent",
    "99991": "bad_address",
    "99992": "answer_lost",
    "99993": "request_lost",
    "99994": "undelivered",
    "99995": "throttled",
    "99996": "duplicate",
    "99997": "reorder",
    "99998": "contradict",
}
"""Last five characters of a phone number (user id, street number, name of an e-mail) that always meet this fault."""
REACHED = {"push": "device_delivered", "voice": "device_delivered"}
"""How far a channel tells that it came; the others say `carrier_delivered`."""
OPENED_AFTER = timedelta(minutes=2)

_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, provider TEXT, key TEXT, person_to TEXT, body_hash TEXT, accepted_at TEXT, status TEXT,
    status_at TEXT);
CREATE INDEX IF NOT EXISTS message_key ON message (provider, key);
CREATE TABLE IF NOT EXISTS receipt (
    id INTEGER PRIMARY KEY, provider TEXT, due_at TEXT, ref TEXT, status TEXT, said_at TEXT, raw TEXT);
CREATE INDEX IF NOT EXISTS receipt_due ON receipt (provider, due_at, id);
CREATE TABLE IF NOT EXISTS shown (id INTEGER PRIMARY KEY, provider TEXT, person_to TEXT, body TEXT, at TEXT);
COMMIT;
"""


class SimulatedProvider:
    """One provider of a channel. `idempotent`: the same key twice is one message to the person.

    `name`: so that two stand side by side, each with its own messages and its own luck. `wait`: how it is slow.
    """

    can_poll = True

    def __init__(
        self,
        channel: str,
        *,
        path: Path | None = None,
        seed: int = 1,
        faults: Faults | None = None,
        idempotent: bool = True,
        keeps_texts: bool = False,
        name: str = "",
        wait: Callable[[float], object] = time.sleep,
        magic: Mapping[str, str] = MAGIC,
    ) -> None:
        self.name = name or f"sim-{channel}"
        self.magic = magic
        self._wait = wait
        self.keeps_texts = keeps_texts
        self.channel = channel
        self.idempotent = idempotent
        self.seed = seed
        self.faults = faults or Faults()
        self._lock = threading.RLock()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._base = sqlite3.connect(
            ":memory:" if path is None else path, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = NORMAL")
        self._base.executescript(_SCHEMA)

    def send(self, message: Message) -> Submitted:
        """Hand one message over. Raises Rejected, InDoubt."""
        (outcome,) = self.send_many([message])
        if isinstance(outcome, Submitted):
            return outcome
        raise outcome

    def send_many(self, messages: Sequence[Message]) -> list[_Outcome]:
        """One outcome per message; what it took is on its disk before it answers."""
        with self._writing():
            said: list[_Said] = []
            outcomes = [self._take(message, said) for message in messages]
            self._base.executemany(
                "INSERT INTO receipt (provider, due_at, ref, status, said_at, raw) VALUES (?, ?, ?, ?, ?, ?)",
                said,
            )
        if self.faults.slow_ms and any(self._meets("slow", message) for message in messages):
            self._wait(self.faults.slow_ms / 1000)
        return outcomes

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> Answer | None:
        """What it knows about a message, by its reference or our key."""
        if self.faults.down(at):
            return None
        with self._lock:
            row = self._base.execute(
                "SELECT id, status, status_at FROM message WHERE provider = ? AND key = ? ORDER BY id LIMIT 1",
                [self.name, key],
            ).fetchone()
        if row is None:
            return None
        number, status, status_at = row
        told_at = datetime.fromisoformat(status_at)
        status, told_at = (status, told_at) if told_at <= at else ("accepted", at)
        if status == "silent":
            status = "accepted"
        raw = {"error_class": "undelivered"} if status == "failed" else {}
        return Answer(status, told_at, self._ref(number), raw)

    def listen(self, *, at: datetime, sink: Sink) -> int:
        """Receipts due by `at` go to the sink; they are struck off when it has stored them."""
        with self._lock:
            rows = self._base.execute(
                "SELECT id, ref, status, said_at, raw FROM receipt WHERE provider = ? AND due_at <= ?"
                " ORDER BY due_at, id LIMIT ?",
                [self.name, _iso(at), RECEIPTS_MAX],
            ).fetchall()
        if not rows:
            return 0
        sink(
            [
                ReceiptIn(self.name, ref, status, datetime.fromisoformat(said_at), json.loads(raw))
                for _, ref, status, said_at, raw in rows
            ]
        )
        with self._writing():
            self._base.executemany("DELETE FROM receipt WHERE id = ?", [(row[0],) for row in rows])
        return len(rows)

    def taken(self) -> list[tuple[str, str]]:
        """`(key, to)` of every message it took, in order: what reached people, doubled ones twice."""
        with self._lock:
            return self._base.execute(
                "SELECT key, person_to FROM message WHERE provider = ? ORDER BY id", [self.name]
            ).fetchall()

    def texts(self, limit: int) -> list[tuple[str, str, datetime]]:
        """`(to, body, at)` of the last messages, newest first; empty unless it keeps texts (a demonstration)."""
        with self._lock:
            rows = self._base.execute(
                "SELECT person_to, body, at FROM shown WHERE provider = ? ORDER BY id DESC LIMIT ?",
                [self.name, limit],
            ).fetchall()
        return [(to, body, datetime.fromisoformat(at)) for to, body, at in rows]

    def _show(self, message: Message) -> None:
        self._base.execute(
            "INSERT INTO shown (provider, person_to, body, at) VALUES (?, ?, ?, ?)",
            [self.name, message.to, message.body, _iso(message.at)],
        )
        self._base.execute("DELETE FROM shown WHERE id <= (SELECT max(id) FROM shown) - ?", [SHOWN_MAX])

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")

    def _take(self, message: Message, said: list[_Said]) -> _Outcome:
        if self.faults.down(message.at) or self._meets("unavailable", message):
            return Rejected("unavailable", retry=True, detail="simulated outage")
        if self._meets("throttled", message):
            return Rejected("throttled", retry=True, detail="simulated throttling")
        if self._meets("bad_address", message):
            return Rejected("no_such_address", retry=False, detail="simulated unknown address")
        if self._meets("request_lost", message) and not self._seen(message.key, "tried"):
            return InDoubt("simulated: the request was lost")
        number = self._known(message.key) if self.idempotent else None
        if number is None:
            number = self._keep(message, said)
            if self._meets("answer_lost", message):
                return InDoubt("simulated: the answer was lost")
        return Submitted(self._ref(number), "accepted")

    def _seen(self, key: str, mark: str) -> bool:
        """Whether this key was here before (a lost request is lost once); remembers it."""
        place = f"{mark}:{key}"
        found = self._base.execute(
            "SELECT 1 FROM message WHERE provider = ? AND key = ?", [mark, place]
        ).fetchone()
        if found is None:
            self._base.execute("INSERT INTO message (provider, key) VALUES (?, ?)", [mark, place])
        return found is not None

    def _known(self, key: str) -> int | None:
        row = self._base.execute(
            "SELECT id FROM message WHERE provider = ? AND key = ?", [self.name, key]
        ).fetchone()
        return None if row is None else int(row[0])

    def _keep(self, message: Message, said: list[_Said]) -> int:
        delay = self._delay(message.key)
        done_at = message.at + timedelta(seconds=delay)
        status = REACHED.get(self.channel, "carrier_delivered")
        if self._meets("undelivered", message):
            status = "failed"
        elif self._meets("silent", message):
            status = "silent"
        digest = hashlib.sha256(message.body.encode()).hexdigest()
        cursor = self._base.execute(
            "INSERT INTO message (provider, key, person_to, body_hash, accepted_at, status, status_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [self.name, message.key, message.to, digest, _iso(message.at), status, _iso(done_at)],
        )
        number = int(cursor.lastrowid or 0)
        if self.keeps_texts:
            self._show(message)
        said += self._receipts(message, number, status, done_at)
        return number

    def _receipts(self, message: Message, number: int, status: str, done_at: datetime) -> list[_Said]:
        """What it will say about a message, and when."""
        if status == "silent":
            return []
        ref = self._ref(number)
        halfway = message.at + (done_at - message.at) / 2
        said = [(halfway, "sent", halfway), (done_at, status, done_at)]
        if self._meets("reorder", message):
            said = [(halfway, status, done_at), (done_at, "sent", halfway)]
        if self._meets("contradict", message):
            other = "failed" if status != "failed" else "carrier_delivered"
            said.append((done_at + timedelta(seconds=5), other, done_at + timedelta(seconds=5)))
        if self._meets("unknown_status", message):
            said.append((done_at, "gone fishing", done_at))
        if status != "failed" and self._meets("opened", message):
            said.append((done_at + OPENED_AFTER, "opened", done_at + OPENED_AFTER))
        rows = []
        for due, word, when in said:
            raw = '{"error_class": "undelivered"}' if word == "failed" else "{}"
            rows.append((self.name, _iso(due), ref, word, _iso(when), raw))
        if self._meets("duplicate", message):
            rows += [rows[-1], rows[-1]]
        if self._meets("forged", message):
            rows.append((self.name, _iso(done_at), f"forged-{ref}", "carrier_delivered", _iso(done_at), "{}"))
        return rows

    def _ref(self, number: int) -> str:
        return f"{self.name}-{number}"

    def _delay(self, key: str) -> int:
        low, high = self.faults.delay_seconds_min, self.faults.delay_seconds_max
        return low + self._roll("delay", key) % (high - low + 1)

    def _meets(self, fault: str, message: Message) -> bool:
        share: int = getattr(self.faults, fault)
        if not share and not self.magic:
            return False
        if self.magic and (tail := message.to.partition("@")[0][-5:]) in self.magic:
            return self.magic[tail] == fault
        return share > 0 and self._roll(fault, message.key) < share

    def _roll(self, name: str, key: str) -> int:
        digest = hashlib.blake2b(f"{self.seed}|{self.name}|{name}|{key}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) % MILLION


@lru_cache(maxsize=4096)
def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
