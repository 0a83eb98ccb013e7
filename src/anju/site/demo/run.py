"""Make the demonstration, or go on with the one that is there. Django is set up and the database answers."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from anju.adapters import ports_from_environment
from anju.adapters.simulated.world import Dice, People
from anju.contexts.servicing import queries as servicing
from anju.core.working_time import BANK_ZONE
from anju.dayend import close, digest, queries
from anju.platform.policies import operations as policies
from anju.site.cli.base import Refused
from anju.site.demo import book
from anju.site.demo.life import ONE_DAY, Tell, World, days_between, live, opening_of
from anju.site.demo.state import Plan, State, StateFile

OPENED_AT = time(21, 0)
LOANS_IN_100_BORROWERS = 74
"""Of a hundred borrowers 26 are co-borrowers of another one's loan (the sample pairs 35 of 100 loans)."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for; None: as it is, or the default."""

    borrowers: int | None = None
    days: int | None = None
    seed: int | None = None


DEFAULTS = {"borrowers": 600, "days": 60, "seed": 1}


@dataclass
class Made:
    """What one run did. `lived`: days lived by this run; `resumed`: an earlier run had begun."""

    state: State
    lived: int = 0
    resumed: bool = False
    counts: dict[str, int] = field(default_factory=dict)


def data_dir() -> Path:
    """The data folder of this process."""
    return Path(settings.DATA_DIR)


def make(*, now: datetime, wishes: Wishes, tell: Tell, say: Callable[[str, str], None]) -> Made:
    """A finished world at the instant `now`: all of the past if there is none, else only the days since. Days before today
    are closed, today's is open.

    Killed at any point and called again it goes on at the moment it had reached. Raises Refused: the database holds loans that
    no demonstration made, or another plan is wished for than the one begun.
    """
    file, today = StateFile(data_dir()), now.astimezone(BANK_ZONE).date()
    state = file.read()
    resumed = state is not None
    if state is None:
        _require_empty()
        policies.load_shipped(at=now, by=book.ACTOR)
        plan = _plan(wishes, today)
        state = file.write(State(plan))
    _require_same(state.plan, wishes)
    with _fast():
        _opening(state.plan, say)
        world = world_of(state, staffed=not state.ready)
        days = days_between(close.next_day(), today - ONE_DAY)
        live(world, days, tell=tell, last_on=today - ONE_DAY)
        if close.next_day() == today:
            world.live_day(today, until=now, last_on=today)
            world.move_messages(_whole(now))
    current = file.read() or state
    return Made(file.write(replace(current, ready=True)), len(days), resumed, world.counts)


def _whole(at: datetime) -> datetime:
    """The five minutes that have passed whole: an end that does not depend on the second."""
    return at.replace(minute=at.minute - at.minute % 5, second=0, microsecond=0)


def _plan(wishes: Wishes, today: date) -> Plan:
    given = {name: getattr(wishes, name) for name in DEFAULTS}
    chosen = {name: default if given[name] is None else given[name] for name, default in DEFAULTS.items()}
    return Plan(**chosen, as_of=opening_of(today, chosen["days"]), made_on=today)


def world_of(state: State, *, staffed: bool) -> World:
    """The world of a state, with the ports of this installation (and of the processes it starts)."""
    os.environ["ANJU_SIM_SEED"] = str(state.plan.seed)
    people = People(Dice(state.plan.seed), state.plan.as_of)
    return World(people, ports_from_environment(), StateFile(data_dir()), staffed)


def _opening(plan: Plan, say: Callable[[str, str], None]) -> None:
    """Staff and tape; the same again changes nothing."""
    if queries.last_closed_on() is not None:
        return
    at = datetime.combine(plan.as_of, OPENED_AT, BANK_ZONE)
    say("建立机构与员工", "branches and staff")
    book.people_in(at=at, password=book.password(data_dir()))
    say(f"写出并导入 {plan.as_of} 的贷款文件", f"write and import the tape of {plan.as_of}")
    loans = replace(plan, borrowers=max(1, plan.borrowers * LOANS_IN_100_BORROWERS // 100))
    book.load_tape(loans, at=at, note=_keep(plan.as_of))


def _keep(as_of: date) -> Callable[[bytes], object]:
    folder = data_dir() / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / book.tape_name(as_of)).write_bytes


def _require_empty() -> None:
    if servicing.loans_page(None, limit=1):
        raise Refused(
            "此数据库已有贷款，不是演示数据；请用另一个数据目录（ANJU_DATA=...）。",
            "This database holds loans that are no demonstration: use another data folder (ANJU_DATA=...).",
        )


def _require_same(plan: Plan, wishes: Wishes) -> None:
    other = {
        name: wished
        for name in DEFAULTS
        if (wished := getattr(wishes, name)) is not None and wished != getattr(plan, name)
    }
    if other:
        raise Refused(
            f"已有演示数据（借款人 {plan.borrowers}、{plan.days} 个营业日、种子 {plan.seed}）；要换请加 --fresh。",
            f"There is a demonstration already ({plan.borrowers} borrowers, {plan.days} business days, seed {plan.seed}):"
            " add --fresh to make another.",
            wished=other,
        )


@contextmanager
def _fast() -> Iterator[None]:
    """Commits are not waited for (an orderly end writes them all, a power cut loses at most the last second, whole
    transactions only), and the collector rests: this process only makes."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET jit = off")
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
            cursor.execute("RESET jit")


def step(*, days: int, staffed: bool, tell: Tell) -> Made:
    """Let the open day and those after it be lived to their end and closed, in simulated time. Raises Refused."""
    state = StateFile(data_dir()).read()
    if state is None or not state.ready:
        raise Refused(
            "这里没有演示数据，请先运行 anju demo。", "There is no demonstration here: run anju demo first."
        )
    world = world_of(state, staffed=staffed)
    first_on = close.next_day()
    live(world, days_between(first_on, first_on + timedelta(days=days - 1)), tell=tell)
    return Made(StateFile(data_dir()).read() or state, days, True, world.counts)


_DONE = {
    "calls": "SELECT concat_ws('|', l.loan_no, extract(epoch FROM k.at), k.outcome_code, k.note) AS row FROM collections_call k"
    " JOIN collections_case c ON c.id = k.case_id JOIN servicing_loan l ON l.id = c.loan_id",
    "notices": "SELECT concat_ws('|', l.loan_no, o.notice_type, extract(epoch FROM o.owed_at), o.state, o.rung,"
    " extract(epoch FROM o.proven_at)) AS row FROM notices_obligation o JOIN servicing_loan l ON l.id = o.subject_id",
    "items": "SELECT concat_ws('|', w.queue, w.kind, w.state, w.outcome_code, extract(epoch FROM w.closed_at)) AS row"
    " FROM work_workitem w",
}


def world_lines() -> list[str]:
    """One line per table of the book and of what people did: equal for equal plans that ended at the same instant."""
    lines = digest.lines_of_book()
    with connection.cursor() as cursor:
        for name, sql in _DONE.items():
            cursor.execute(
                f"SELECT count(*), coalesce(sum(hashtextextended(row, 0)::numeric), 0) FROM ({sql}) AS r"  # noqa: S608 -- constants
            )
            lines.append("{}:{}:{}".format(name, *cursor.fetchone()))
    return lines
