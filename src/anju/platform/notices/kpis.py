"""Figures about notices 通知指标, out of rows only, so that a report cannot disagree with the desk (S2-15; issue 4, point 7).

Everything counts notices *owed* in [since, until), whenever they ended. `due`: deadline passed by `until`, or ended; moot ones
are left out. `in_time`: proven by the deadline. Shares are integer ppm, times whole seconds. Six statements, whatever the number.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from anju.core.working_time import BANK_ZONE

DAYS_MAX = 400

_WHERE = """
o.owed_at >= %(since)s AND o.owed_at < %(until)s AND (%(branches)s::bigint[] IS NULL OR o.branch_id = ANY(%(branches)s))
"""

_CORE = """
count(*) AS owed, count(*) FILTER (WHERE o.state = 'moot') AS moot,
count(*) FILTER (WHERE o.state <> 'moot' AND (o.deadline_at <= %(until)s OR o.ended_at IS NOT NULL)) AS due,
count(*) FILTER (WHERE o.state = 'proven') AS proven,
count(*) FILTER (WHERE o.state = 'proven' AND o.proven_at <= o.deadline_at) AS in_time,
count(*) FILTER (WHERE o.state = 'closed_by_person') AS closed_by_person,
count(*) FILTER (WHERE o.state = 'exception') AS exceptions,
percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM o.proven_at - o.owed_at))
    FILTER (WHERE o.state = 'proven') AS seconds
"""

_GROUPS = f"""
SELECT grouping(o.branch_id), grouping(o.notice_type), grouping((o.owed_at AT TIME ZONE 'Asia/Shanghai')::date), o.branch_id,
       o.notice_type, (o.owed_at AT TIME ZONE 'Asia/Shanghai')::date, {_CORE}
  FROM notices_obligation o WHERE {_WHERE}
 GROUP BY GROUPING SETS ((), (o.branch_id), (o.notice_type), ((o.owed_at AT TIME ZONE 'Asia/Shanghai')::date))
"""  # noqa: S608 -- constants

_CHANNELS = f"""
SELECT t.channel, count(*) FILTER (WHERE t.submitted_at IS NOT NULL), count(*) FILTER (WHERE t.delivered_at IS NOT NULL),
       count(*) FILTER (WHERE t.state = 'failed'), count(*) FILTER (WHERE t.state = 'skipped'),
       count(DISTINCT o.id) FILTER (WHERE o.state = 'proven' AND t.rung = o.rung)
  FROM notices_obligation o JOIN notices_attempt t ON t.obligation_id = o.id WHERE {_WHERE} GROUP BY t.channel ORDER BY 2 DESC, 1
"""  # noqa: S608 -- constants

_FIRST = f"""
SELECT percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM first_at - owed_at)), count(*)
  FROM (SELECT o.owed_at, min(t.submitted_at) AS first_at FROM notices_obligation o
          JOIN notices_attempt t ON t.obligation_id = o.id AND t.submitted_at IS NOT NULL WHERE {_WHERE} GROUP BY o.id) x
"""  # noqa: S608 -- constants

_CAUSES = f"""
SELECT coalesce(w.params->>'reason', o.end_reason), count(*), count(*) FILTER (WHERE o.state = 'exception')
  FROM notices_obligation o
  JOIN work_workitem w ON w.dedupe_key = 'notice:' || o.id AND w.kind = 'notices.exception' WHERE {_WHERE}
 GROUP BY 1 ORDER BY 2 DESC, 1
"""  # noqa: S608 -- constants

_PEOPLE = f"""
SELECT w.closed_by_id, s.name, count(*), count(*) FILTER (WHERE w.closed_at <= w.due_at),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM w.closed_at - w.opened_at)),
       count(*) FILTER (WHERE o.state = 'proven')
  FROM notices_obligation o
  JOIN work_workitem w ON w.dedupe_key = 'notice:' || o.id AND w.kind = 'notices.exception' AND w.state = 'done'
  JOIN identity_staff s ON s.id = w.closed_by_id WHERE {_WHERE} GROUP BY 1, 2 ORDER BY 3 DESC, 2 LIMIT 200
"""  # noqa: S608 -- constants


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one slice; `p50_seconds`, `p95_seconds` from owed to proven, None when nothing was proven."""

    owed: int = 0
    moot: int = 0
    due: int = 0
    proven: int = 0
    in_time: int = 0
    closed_by_person: int = 0
    exceptions: int = 0
    p50_seconds: int | None = None
    p95_seconds: int | None = None

    @property
    def completion_ppm(self) -> int | None:
        """Share of what is due that was proven in time; None when nothing is due."""
        return self.in_time * 1_000_000 // self.due if self.due else None


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """Tries on one channel; `proved`: notices whose proof came over it."""

    channel: str
    sent: int
    delivered: int
    failed: int
    skipped: int
    proved: int


@dataclass(frozen=True, slots=True)
class CauseFigures:
    """Notices that ever came to a person's desk for this reason, and how many are there still."""

    reason: str
    count: int
    open: int


@dataclass(frozen=True, slots=True)
class StaffFigures:
    """Exceptions one person ended: in time, median seconds from opened to ended, how many of them proven."""

    staff_id: int
    name: str
    handled: int
    in_time: int
    median_seconds: int
    proven: int


@dataclass(frozen=True, slots=True)
class Kpis:
    """The figures of a period."""

    since: datetime
    until: datetime
    total: Figures
    branches: Mapping[int, Figures] = field(default_factory=dict)
    types: Mapping[str, Figures] = field(default_factory=dict)
    days: Mapping[date, Figures] = field(default_factory=dict)
    channels: tuple[ChannelFigures, ...] = ()
    causes: tuple[CauseFigures, ...] = ()
    staff: tuple[StaffFigures, ...] = ()
    first_try_p50_seconds: int | None = None
    first_try_p95_seconds: int | None = None


class BadPeriod(ValueError):
    """The period ends before it begins, or is too long; says which values are allowed."""

    def __init__(self, since: object, until: object) -> None:
        self.message_zh = f"期间 {since} 至 {until}：结束须晚于开始，且不超过 {DAYS_MAX} 天"
        self.message_en = (
            f"period {since} to {until}: the end after the beginning, and at most {DAYS_MAX} days"
        )
        super().__init__(f"{self.message_zh} / {self.message_en}")


def period(first: date, last: date) -> tuple[datetime, datetime]:
    """Instants of the days `first` to `last`, both included, at the bank. Raises BadPeriod."""
    if last < first or (last - first).days >= DAYS_MAX:
        raise BadPeriod(first, last)
    begin = datetime.combine(first, datetime.min.time(), BANK_ZONE)
    return begin, datetime.combine(last + timedelta(days=1), datetime.min.time(), BANK_ZONE)


def kpis(*, since: datetime, until: datetime, branch_ids: Collection[int] | None = None) -> Kpis:
    """Every figure of the period, as Kpis. Raises BadPeriod."""
    if until <= since or (until - since).days > DAYS_MAX:
        raise BadPeriod(since.isoformat(), until.isoformat())
    values = {"since": since, "until": until, "branches": None if branch_ids is None else list(branch_ids)}
    total, branches, types, days = Figures(), {}, {}, {}
    for no_branch, no_type, no_day, branch, kind, day, *rest in _rows(_GROUPS, values):
        figures = _figures(rest)
        if not no_branch:
            branches[branch] = figures
        elif not no_type:
            types[kind] = figures
        elif not no_day:
            days[day] = figures
        else:
            total = figures
    ((first, _count),) = _rows(_FIRST, values)
    p50, p95 = _seconds(first)
    return Kpis(
        since, until, total, dict(sorted(branches.items())), dict(sorted(types.items())), dict(sorted(days.items())),
        tuple(ChannelFigures(*row) for row in _rows(_CHANNELS, values)),
        tuple(CauseFigures(*row) for row in _rows(_CAUSES, values)),
        tuple(_staff(*row) for row in _rows(_PEOPLE, values)),
        p50, p95,
    )  # fmt: skip


def _rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _seconds(pair: Any) -> tuple[int | None, int | None]:
    return (None, None) if not pair or pair[0] is None else (int(pair[0]), int(pair[1]))


def _staff(staff_id: int, name: str, handled: int, in_time: int, median: Any, proven: int) -> StaffFigures:
    return StaffFigures(staff_id, name, handled, in_time, int(median), proven)


def _figures(row: Sequence[Any]) -> Figures:
    owed, moot, due, proven, in_time, closed, exceptions, pair = row
    return Figures(owed, moot, due, proven, in_time, closed, exceptions, *_seconds(pair))
