"""What the benches of notices stand on: copies of old rows that the database accepts, and shares of what was measured."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from anju.adapters.inbox import InboxPort
from anju.adapters.simulated.provider import Faults, SimulatedProvider
from anju.platform.notices import operations
from anju.platform.notices.models import Attempt, Obligation
from anju.site.bench import notices_aged, notices_live, notices_steady
from anju.site.bench import notices_parts as parts

COUNT = 6


@pytest.mark.django_db
def test_years_of_old_rows_are_copies_that_keep_every_constraint(
    branch: object, at: datetime, shipped_policy: object
) -> None:
    parts.people(1, COUNT, at)
    parts.owe(parts.owed("promise_confirmed", 1, COUNT, branch.id, at))  # type: ignore[attr-defined]
    sms = SimulatedProvider("sms", faults=Faults(delay_seconds_max=1))
    for now in (at, at + timedelta(minutes=11)):
        operations.plan(at=now)
        operations.send(at=now, ports={"inbox": [InboxPort()], "sms": [sms]})
    heard = now + timedelta(seconds=30)
    sms.listen(at=heard, sink=lambda rows: operations.receive_many(rows, at=heard))
    before = notices_aged.rows_there()
    assert notices_aged.multiply(3) == 3 * before
    assert notices_aged.rows_there() == 4 * before
    assert Obligation.objects.filter(state="proven").count() == 4 * COUNT
    assert Attempt.objects.filter(obligation__owed_at__lt=at - timedelta(days=30)).count() == 6 * COUNT
    assert operations.plan(at=heard).taken == 0, "what is old has ended"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert operations.owe_many(parts.owed("promise_confirmed", 50, 1, branch.id, at)) == 1, "numbers go on"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("values", "part", "wanted"),
    [([3.0, 1.0, 2.0], 0.5, 2.0), ([1.0] * 95 + [9.0] * 5, 0.95, 9.0), ([1.0] * 96 + [9.0] * 4, 0.95, 1.0)],
)
def test_the_value_below_which_a_part_lies(values: list[float], part: float, wanted: float) -> None:
    assert notices_live.share(values, part) == wanted
    assert notices_live.share([], part) == float("inf")


def test_speed_of_each_share_is_taken_between_two_looks() -> None:
    seen = [notices_steady.Seen(s, d) for s, d in [(0, 100), (0.5, 100), (10, 300), (30, 500), (50, 600)]]
    assert notices_steady.shares(seen) == pytest.approx([100 / 4.75, 100 / 4.75, 10, 10, 5])
    with pytest.raises(ValueError, match="never done"):
        notices_steady._when(seen, 601)
