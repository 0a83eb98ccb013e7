"""Arrears at the close of a day: from open bills to positions. Only loans with open bills, or that had some, are read."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from anju.contexts.servicing.facts import ArrearsCleared, ArrearsStarted
from anju.contexts.servicing.models import LedgerDay
from anju.contexts.servicing.operations.base import ACTOR, Counts
from anju.platform.journal.facts import Fact
from anju.platform.journal.operations import record_many

_AGED = """
CREATE TEMP TABLE aged ON COMMIT DROP AS
WITH days AS (
  SELECT p.loan_id, {day} AS on_day, p.oldest_unpaid_due_on, p.overdue_fen, p.days_past_due
  FROM servicing_position p
  WHERE {which}
), unpaid AS (
  SELECT b.loan_id, min(b.due_on) AS oldest,
         sum(b.principal_fen + b.interest_fen - b.paid_principal_fen - b.paid_interest_fen)
           FILTER (WHERE b.due_on < d.on_day) AS overdue
  FROM servicing_bill b JOIN days d USING (loan_id)
  WHERE b.state = 'open'
  GROUP BY b.loan_id
)
SELECT d.loan_id, d.on_day, u.oldest, coalesce(u.overdue, 0)::bigint AS overdue,
       coalesce(greatest(d.on_day - u.oldest, 0), 0) AS dpd, d.days_past_due AS dpd_before
FROM days d LEFT JOIN unpaid u USING (loan_id)
WHERE (u.oldest, coalesce(u.overdue, 0), coalesce(greatest(d.on_day - u.oldest, 0), 0))
      IS DISTINCT FROM (d.oldest_unpaid_due_on, d.overdue_fen, d.days_past_due)
"""

_ALL = """
p.opened_on < %(on)s AND p.as_of_on <= %(on)s AND p.loan_id IN (
  SELECT loan_id FROM servicing_bill WHERE state = 'open'
  UNION SELECT loan_id FROM servicing_position WHERE oldest_unpaid_due_on IS NOT NULL)
"""

_UPDATE = """
UPDATE servicing_position p
SET oldest_unpaid_due_on = a.oldest, overdue_fen = a.overdue, days_past_due = a.dpd,
    as_of_on = greatest(p.as_of_on, a.on_day)
FROM aged a WHERE p.loan_id = a.loan_id
"""


def arrears_age(*, on: date, at: datetime) -> Counts:
    """Days past due and overdue amount at the close of ``on``; facts for arrears that began or ended. Again: nothing.

    A bill due on D and unpaid is 0 days past due at the close of D and 1 a day later; ``overdue_fen`` counts bills due before
    ``on``. The day is then closed for imports. Counts: aged, started, cleared, overdue.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        counts, facts = _age(cursor, day="%(on)s::date", which=_ALL, params={"on": on})
        record_many(facts, at=at, actor=ACTOR)
        day = LedgerDay.objects.select_for_update().first() or LedgerDay(closed_on=on)
        if day.pk is None or day.closed_on < on:
            day.closed_on = on
            day.save()
        cursor.execute(
            "SELECT count(*) FROM servicing_position WHERE oldest_unpaid_due_on IS NOT NULL AND days_past_due > 0"
        )
        counts["overdue"] = cursor.fetchone()[0]
    return counts


def arrears_refresh(cursor: Any, *, loan_ids: Collection[int]) -> tuple[Counts, list[Fact]]:
    """The same for some loans in the middle of a day, as at the day each was last aged: a payment that clears the arrears
    is seen at once, and no day passes. The caller records the facts."""
    which = "p.loan_id = ANY(%(ids)s)"
    return _age(cursor, day="p.as_of_on", which=which, params={"ids": list(loan_ids)})


def _age(cursor: Any, *, day: str, which: str, params: dict[str, Any]) -> tuple[Counts, list[Fact]]:
    cursor.execute("DROP TABLE IF EXISTS aged")
    cursor.execute(_AGED.format(day=day, which=which), params)
    aged = cursor.rowcount
    cursor.execute(_UPDATE)
    cursor.execute(
        "SELECT loan_id, on_day, oldest, overdue, dpd, dpd_before FROM aged WHERE (dpd > 0) <> (dpd_before > 0) ORDER BY loan_id"
    )
    facts: list[Fact] = []
    started = 0
    for loan_id, on_day, oldest, overdue, dpd, before in cursor.fetchall():
        if dpd > 0:
            facts.append(ArrearsStarted(loan_id, on_day, oldest, overdue, dpd))
            started += 1
        else:
            facts.append(ArrearsCleared(loan_id, on_day, before))
    return {"aged": aged, "started": started, "cleared": len(facts) - started}, facts
