"""Nothing rests unwatched: every resting state names a sweep that really runs, every sweep leaves a
heartbeat.
"""

from datetime import datetime

import pytest

from anju.core.lifecycles import ALL
from anju.platform.work import jobs, queries
from anju.site.jobs import cron_of, discover

RESTING = [
    pytest.param(state.rescuer, id=f"{table.name}.{state.code}")
    for table in ALL
    for state in table.states
    if not state.final
]


@pytest.mark.parametrize("rescuer", RESTING)
def test_every_rescuer_is_a_registered_job(rescuer: str) -> None:
    discover()
    assert rescuer in jobs.rescuers()


@pytest.mark.django_db
def test_every_periodic_job_has_a_heartbeat(at: datetime) -> None:
    names = [job.name for job in discover() if job.enabled is None or job.enabled()]
    jobs.define()
    assert [row.job for row in queries.heartbeats()] == names
    assert set(jobs.silent(at=at)) <= set(names)


def test_every_periodic_job_has_a_timetable() -> None:
    import croniter

    for job in discover():
        times = croniter.croniter(cron_of(job), 1_000_000_000.0)
        first, second = times.get_next(float), times.get_next(float)
        assert second - first == (300 if job.daily_at else job.every_seconds), job.name
