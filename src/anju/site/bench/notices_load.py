"""Notices under load: a whole wave, urgent ones and clocks beside it in real time, and years of old rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from anju.site.bench import notices_aged, notices_live, tapes
from anju.site.bench import notices_parts as parts
from anju.site.bench.measure import Figure, Result, Say, load, settle

LOANS = 20_000
WAVE = 600_000
WAVE_SECONDS_MAX = 900.0
READ_SHARE = 0.56
"""So many confirm in their inbox (the people of the simulated world); the others get a text message."""

FIRST_SECONDS_MAX = 2.0
BREACH_SECONDS_MAX = 5.0
FLAT_MIN = 0.8
OLD_ROWS = 10_000_000
JUDGED_SCALE = 0.1
LIVE_SECONDS = 40.0
SECOND = 10_000_000
THIRD = 20_000_000
"""Numbers of people from which the parts begin."""


def run(loans: int, say: Say, scale: float | None = None) -> Result:
    """``loans`` notices a part; old rows: ``scale`` x 10 million. The wave is judged by what 600,000 would take at its pace."""
    from django.conf import settings

    scale = 0.1 if scale is None else scale
    result = Result(
        "notices-load", loans, load(), "同样的通知，没有旧数据时", "the same notices without the old rows",
        loans >= LOANS and scale >= JUDGED_SCALE,
    )  # fmt: skip
    tapes.policy()
    branch_id = parts.branch()
    ledger = Path(settings.DATA_DIR) / "bench.sqlite3"
    _live(result, loans, branch_id, say)
    _wave(result, loans, branch_id, ledger, say)
    _aged(result, loans, branch_id, ledger, scale, say)
    return result


def _wave(result: Result, count: int, branch_id: int, ledger: Path, say: Say) -> None:
    """Reminders: owed, put into the inbox, confirmed by some, sent as a text message to the rest; two processes."""
    from django.db import connection

    say(f"整波 {count:,} 条提醒 / a whole wave of {count:,} reminders")
    at = tapes.at(tapes.AS_OF, 8)
    parts.people(1, count, at - timedelta(hours=1))
    settle()
    owing = parts.owe(parts.owed("reminder_5", 1, count, branch_id, at))
    inbox = parts.race(2, at, ledger)
    with (
        connection.cursor() as cursor
    ):  # set-based, outside the time measured: people confirm over twelve hours
        cursor.execute(
            "UPDATE notices_obligation SET state = 'proven', rung = 'acknowledged', next_step_at = NULL, proven_at = %(at)s,"
            " ended_at = %(at)s, end_reason = 'portal' WHERE notice_type = 'reminder_5' AND person_id %% 100 < %(share)s"
            " AND person_id <= %(count)s",
            {"at": at + timedelta(hours=1), "share": READ_SHARE * 100, "count": count},
        )
        read = cursor.rowcount
    settle()
    text = parts.race(2, at + timedelta(hours=12, minutes=1), ledger)
    seconds = owing + inbox.seconds + text.seconds
    sent = parts.count("SELECT count(*) FROM notices_attempt WHERE channel = 'sms' AND state = 'delivered'")
    if sent != count - read:
        raise AssertionError(f"{sent} text messages delivered, {count - read} were to be")
    cpu, server = inbox.cpu_anju + text.cpu_anju, inbox.cpu_postgresql + text.cpu_postgresql
    result.add(
        Figure("wave_notices", count, "rows", "整波：提醒", "wave: reminders"),
        Figure("wave_owe_seconds", owing, "s", "整波：登记", "wave: owing"),
        Figure("wave_inbox_seconds", inbox.seconds, "s", "整波：站内信", "wave: inbox"),
        Figure("wave_text_seconds", text.seconds, "s", f"整波：短信（{sent:,}）", f"wave: text messages ({sent:,})"),
        Figure("wave_600k_seconds", seconds * WAVE / count, "s", "按此速度 600,000 条", "600,000 at this pace", WAVE_SECONDS_MAX),
        Figure("wave_cpu_anju", cpu / count * 1e6, "us/notice", "整波：自身 CPU", "wave: CPU of ours"),
        Figure("wave_cpu_postgresql", server / count * 1e6, "us/notice", "整波：PostgreSQL CPU", "wave: CPU of PostgreSQL"),
    )  # fmt: skip


def _aged(result: Result, count: int, branch_id: int, ledger: Path, scale: float, say: Say) -> None:
    """The pace of one kind of notice, before and after old rows are there."""
    say("没有旧数据 / without old rows")
    before = _pace(SECOND, count, branch_id, ledger)
    there = notices_aged.rows_there()
    times = max(1, round(OLD_ROWS * scale / there))
    say(f"旧数据 {there * times:,} 行 / {there * times:,} old rows")
    made = notices_aged.multiply(times)
    after = _pace(THIRD, count, branch_id, ledger)
    result.add(
        Figure("old_rows", made, "rows", "旧数据行数", "old rows"),
        Figure("rate_without", before, "notices/s", "没有旧数据，每秒", "without them, a second"),
        Figure("rate_with", after, "notices/s", "有旧数据，每秒", "with them, a second"),
        Figure("flat", after / before, "ratio", "速度：有 / 没有旧数据", "speed, with : without", FLAT_MIN, "min"),
    )  # fmt: skip


def _pace(first: int, count: int, branch_id: int, ledger: Path) -> float:
    at = tapes.at(tapes.AS_OF, 10) + timedelta(days=3 + first // SECOND)
    parts.people(first, count, at - timedelta(hours=1))
    parts.owe(parts.owed("promise_confirmed", first, count, branch_id, at))
    settle()
    inbox = parts.race(2, at, ledger)
    text = parts.race(2, at + timedelta(minutes=11), ledger)
    proven = parts.count(
        f"SELECT count(*) FROM notices_obligation WHERE state = 'proven' AND person_id BETWEEN {first} AND {first + count}"  # noqa: S608
    )
    if proven != count:
        raise AssertionError(f"{proven} of {count} proven")
    return count / (inbox.seconds + text.seconds)


def _end_all() -> None:
    """Nothing is due any more: copies of what still waited would be due in the past, before what is measured."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notices_attempt SET state = 'cancelled', finished_at = now(), error_class = 'cancelled'"
            " WHERE state = 'queued'"
        )
        cursor.execute(
            "UPDATE notices_obligation SET state = 'moot', next_step_at = NULL, ended_at = now(), end_reason = 'bench'"
            " WHERE state IN ('owed', 'in_progress')"
        )


def _live(result: Result, count: int, branch_id: int, say: Say) -> None:
    """Two real workers."""
    seconds = LIVE_SECONDS if count >= LOANS else 3.0
    live = notices_live.run(
        wave=count, seconds=seconds, first_person=3 * SECOND, branch_id=branch_id, say=say
    )
    if live.unseen:
        raise AssertionError(f"{live.unseen} events or breaches were never seen")
    _end_all()
    result.add(
        Figure("live_events", live.events, "rows", "波中事件", "events during the wave"),
        Figure("first_p50", notices_live.share(live.first, 0.5), "s", "事件到首次发出 p50", "event to first attempt p50"),
        Figure("first_p95", notices_live.share(live.first, 0.95), "s", "事件到首次发出 p95", "event to first attempt p95",
               FIRST_SECONDS_MAX),
        Figure("first_p99", notices_live.share(live.first, 0.99), "s", "事件到首次发出 p99", "event to first attempt p99"),
        Figure("breach_max", max(live.breach, default=float("inf")), "s", "超时到发现，最长", "deadline to breach seen, longest",
               BREACH_SECONDS_MAX),
        Figure("live_wave_rate", live.wave_sent / live.wave_seconds, "notices/s", "同时整波每秒", "the wave meanwhile, a second"),
        Figure("live_wave_outlasted", float(live.wave_outlasted), "", "事件期间整波未完", "the wave outlasted the events"),
    )  # fmt: skip
