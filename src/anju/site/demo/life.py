"""One simulated day, and many: moments at which messages move, people act, and in the evening the day is closed.

Time is given: each moment has its own instant, nothing waits and nothing reads the clock. A moment may be run again after a
kill: what it did already is found done (payments by reference, the day by its steps, notices by their state).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from anju.adapters.simulated.world import People
from anju.core.working_time import BANK_ZONE
from anju.dayend import close
from anju.platform.clocks import operations as clocks
from anju.platform.journal import handlers
from anju.platform.notices import operations as notices
from anju.platform.notices.operations import receive_many
from anju.platform.notices.ports import Listener, Ports, every
from anju.platform.policies import queries as policies
from anju.platform.work import operations as work
from anju.site.demo import borrowers
from anju.site.demo.desk import Desk
from anju.site.demo.state import StateFile

ONE_DAY = timedelta(days=1)
RESTING_WORKING_DAYS = 4
ROUNDS_MAX = 50
BATCH = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of the day and what happens then, in this order. `staff`: a session at the desk, on working days only."""

    at: time
    messages: bool = False
    staff: bool = False
    pays: bool = False
    closes: bool = False


MOMENTS = (
    Moment(time(8, 10), messages=True),
    Moment(time(9, 35), staff=True),
    Moment(time(14, 10), staff=True),
    Moment(time(18, 30), pays=True),
    Moment(time(20, 0), closes=True),
    Moment(time(20, 10), messages=True),
)


@dataclass
class World:
    """Everything a simulated day needs. `counts` adds up what was done since the object was made."""

    people: People
    ports: Ports
    state: StateFile | None = None
    staffed: bool = True
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = Desk(self.people, self.counts)

    def live_day(self, on: date, *, until: datetime | None = None, last_on: date | None = None) -> None:
        """Live a day to its end, or up to an instant (then it stays open). `last_on`: the desk rests a little before it."""
        first = self.state.moments_done(on) if self.state else 0
        for number, moment in enumerate(MOMENTS):
            at = datetime.combine(on, moment.at, BANK_ZONE)
            if until is not None and (at > until or moment.closes):
                return
            if number >= first:
                self._moment(moment, on, at, last_on)
                if self.state is not None:
                    self.state.moment_done(on, number)

    def _moment(self, moment: Moment, on: date, at: datetime, last_on: date | None) -> None:
        works = policies.calendar().is_working_day(on)
        if moment.messages:
            self.move_messages(at)
        if moment.staff and works and self.staffed:
            self._count("items", self.desk.session(at=at, resting=_rests(on, last_on)))
        if moment.pays:
            self._count("payments", borrowers.pay(self.people, on=on, at=at))
            handlers.drain()
        if moment.closes:
            close.close_day(on=on, at=at, today=on)
            self._count("days_closed", 1)

    def move_messages(self, at: datetime) -> None:
        """What the worker does all day, for everything due by now: receipts, confirmations, handlers, sweeps, plan, send."""
        self._listen(at)
        self._count("confirmed", borrowers.confirm(self.people, at=at))
        handlers.drain()
        clocks.sweep(at=at)
        work.sweep(at=at)
        notices.sweep(at=at)
        notices.poll_attempts(at=at, ports=self.ports)
        for _ in range(ROUNDS_MAX):
            planned = notices.plan(at=at)
            sent = notices.send(at=at, limit=BATCH, ports=self.ports)
            self._count("messages", sent.claimed)
            if not sent.refused and sent.claimed < BATCH and planned.taken < BATCH:
                return

    def _listen(self, at: datetime) -> None:
        for port in every(self.ports):
            if isinstance(port, Listener):
                while port.listen(at=at, sink=lambda rows: receive_many(rows, at=at)):
                    pass

    def _count(self, name: str, number: int) -> None:
        if number:
            self.counts[name] = self.counts.get(name, 0) + number


def _rests(on: date, last_on: date | None) -> bool:
    """Whether this is one of the last working days of the past."""
    return (
        last_on is not None and policies.calendar().working_days_between(on, last_on) < RESTING_WORKING_DAYS
    )


Tell = Callable[[date, int, int, Mapping[str, int]], None]
"""Called before each day with the day, its number from 0, how many there are, and the counts so far."""


def live(world: World, days: Sequence[date], *, tell: Tell, last_on: date | None = None) -> None:
    """Live whole days one after the other."""
    for number, on in enumerate(days):
        tell(on, number, len(days), world.counts)
        world.live_day(on, last_on=last_on)


def days_between(first_on: date, last_on: date) -> list[date]:
    """Every date from the first to the last, both included."""
    return [first_on + n * ONE_DAY for n in range((last_on - first_on).days + 1)]


def opening_of(today: date, working_days: int) -> date:
    """The day of the tape: so many working days lie between it and today."""
    on, left = today - ONE_DAY, working_days
    calendar = policies.calendar()
    while left > 0:
        left -= calendar.is_working_day(on)
        on -= ONE_DAY
    return on
