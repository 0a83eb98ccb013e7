"""Periodic jobs leave a heartbeat, good or bad; silence and failure can be seen."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from anju.platform.work import jobs, queries
from anju.platform.work.jobs import Job

BANK_ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_jobs", {})


@pytest.mark.django_db
def test_a_run_leaves_a_heartbeat(at: datetime) -> None:
    seen: list[datetime] = []
    jobs.periodic("test.well", 5)(seen.append)
    assert jobs.define() == 1
    assert jobs.define() == 0
    assert jobs.silent(at=at) == ["test.well"]
    (job,) = jobs.registered()
    assert jobs.run(job, at=at)
    row = queries.heartbeats()[0]
    assert seen == [at]
    assert (row.job, row.every_seconds, row.started_at, row.finished_at, row.error) == (
        "test.well",
        5,
        at,
        at,
        "",
    )
    assert jobs.silent(at=at + timedelta(seconds=30)) == []
    assert jobs.silent(at=at + timedelta(seconds=31)) == ["test.well"]


@pytest.mark.django_db
def test_a_failure_is_seen_until_a_run_ends_well(at: datetime, caplog: pytest.LogCaptureFixture) -> None:
    def fails(at: datetime) -> None:
        raise RuntimeError("no")

    later = at + timedelta(seconds=5)
    with pytest.raises(RuntimeError):
        jobs.run(Job("test.fails", 5, fails), at=at)
    row = queries.heartbeats()[0]
    assert (row.started_at, row.finished_at, row.failed_at, row.error) == (at, None, at, "RuntimeError('no')")
    assert "test.fails" in caplog.text
    jobs.run(Job("test.fails", 5, lambda at: None), at=later)
    row = queries.heartbeats()[0]
    assert (row.finished_at, row.failed_at, row.error) == (later, at, "")


@pytest.mark.django_db
def test_a_daily_job_runs_once_a_day_and_makes_up_what_it_missed() -> None:
    seen: list[datetime] = []
    job = Job("test.daily", 86400, seen.append, daily_at=time(20, 30))

    def ask(day: int, hour: int, minute: int) -> bool:
        return jobs.run(job, at=datetime(2026, 11, day, hour, minute, tzinfo=BANK_ZONE))

    assert ask(23, 20, 30)
    assert not ask(23, 20, 35)
    assert not ask(24, 20, 29)
    assert ask(24, 20, 30)
    assert ask(27, 9, 0), "three evenings missed: once, as soon as a worker is there"
    assert not ask(27, 9, 5)
    assert ask(27, 20, 31)
    assert len(seen) == 4


@pytest.mark.django_db
def test_a_job_switched_off_does_not_run_and_is_not_missed(at: datetime) -> None:
    seen: list[datetime] = []
    jobs.periodic("test.off", 60, enabled=lambda: False)(seen.append)
    (job,) = jobs.registered()
    assert not jobs.run(job, at=at)
    assert seen == []
    assert jobs.silent(at=at) == []


def test_names_and_intervals() -> None:
    def fn(at: datetime) -> None: ...

    jobs.periodic("test.one", 30, rescues=("test.rest",))(fn)
    jobs.periodic("test.one", 30, rescues=("test.rest",))(fn)
    assert jobs.rescuers() == {"test.one", "test.rest"}
    with pytest.raises(jobs.JobTaken):
        jobs.periodic("test.one", 30)(lambda at: None)
    for seconds in (0, 7, 90, 7 * 60, 5 * 3600):
        with pytest.raises(ValueError, match="every"):
            jobs.periodic("test.two", seconds)
