"""Reminders 5 and 3 days before every due day (S4-049, S4-053; conflict (b): both, and none later than 3 days
before).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from anju.contexts.servicing import queries as servicing
from anju.contexts.servicing.queries.schedule import InstalmentDue
from anju.core.working_time import BANK_ZONE
from anju.dayend.models import DayRun
from anju.platform.notices import operations as notices
from anju.platform.notices.owes import Lacking
from anju.platform.notices.rows import Owed
from anju.platform.policies import queries as policies

_SCOPE = "payment_reminder"
LATE_REASON = "due_date_passed_before_catch_up"
COVERED_REASON = "covered_by_money_received"

_COVERED = """
SELECT p.loan_id, p.next_due_on FROM servicing_position p
 WHERE p.loan_id = ANY(%(loans)s) AND p.next_due_on IS NOT NULL
   AND p.unapplied_fen >= p.next_principal_fen + p.next_interest_fen
UNION ALL
SELECT b.loan_id, b.due_on FROM servicing_bill b
 WHERE b.loan_id = ANY(%(loans)s) AND b.state = 'paid' AND b.due_on >= %(since)s
"""
_LOOK_BACK = timedelta(days=62)


def days_before(on: date) -> tuple[int, ...]:
    """Days before the due day at which a reminder is owed, from policy, the earlier one first: (5, 3)."""
    table = policies.params()
    names = ("payment_reminder_days_before_max", "payment_reminder_days_before_min")
    return tuple(dict.fromkeys(table.integer(name, _SCOPE, on) for name in names))


def key(loan_id: int, due_on: date, days: int) -> str:
    """Key of the obligation: one reminder per loan, due date and distance."""
    return f"reminder:{loan_id}:{due_on}:{days}"


def owe(*, on: date, at: datetime, today: date) -> dict[str, int]:
    """Owe a reminder for every instalment that falls due 5 or 3 days after `on` and is not covered by money
    at hand.

    A day that is caught up after the due date has passed owes it all the same and records it as moot, with
    the reason. Again:
    nothing. Counts: `owed_5`, `owed_3`, `covered`, `late`. Raises PolicyMissing.
    """
    counts = {"covered": 0, "late": 0}
    with transaction.atomic():
        for days in days_before(on):
            due_on = on + timedelta(days=days)
            rows = servicing.instalments_due(due_on)
            owed = [_owed(row, days, at) for row in rows if row.unapplied_fen < row.amount_fen]
            counts[f"owed_{days}"] = notices.owe_many(owed)
            counts["covered"] += len(rows) - len(owed)
            if due_on < today and owed:
                notices.moot_many(keys=[one.key for one in owed], at=at, reason=LATE_REASON)
                counts["late"] += len(owed)
    return counts


def cover(*, loan_ids: Sequence[int], at: datetime) -> int:
    """Money came: reminders of an instalment that it covers or has paid need not be sent any more. How many."""
    since = at.astimezone(BANK_ZONE).date() - _LOOK_BACK
    with connection.cursor() as cursor:
        cursor.execute(_COVERED, {"loans": list(loan_ids), "since": since})
        covered = cursor.fetchall()
    keys = [key(loan_id, due_on, days) for loan_id, due_on in covered for days in days_before(due_on)]
    return notices.moot_many(keys=keys, at=at, reason=COVERED_REASON) if keys else 0


_LACKING = """
SELECT p.loan_id, p.next_due_on, d.days FROM servicing_position p
  JOIN servicing_loan l ON l.id = p.loan_id AND l.state = 'active'
 CROSS JOIN unnest(%(days)s::int[]) AS d(days)
 WHERE p.next_due_on > %(on)s AND p.next_due_on - d.days <= %(on)s AND p.opened_on < p.next_due_on - d.days
   AND p.unapplied_fen < p.next_principal_fen + p.next_interest_fen
   AND NOT EXISTS (SELECT 1 FROM notices_obligation o
        WHERE o.key = 'reminder:' || p.loan_id || ':' || to_char(p.next_due_on, 'YYYY-MM-DD') || ':' || d.days)
 ORDER BY p.loan_id LIMIT 500
"""


def lacking(at: datetime) -> list[Lacking]:
    """Instalments near enough to owe a reminder that have none, at most 500 (S2-06): the completeness run asks."""
    closed = DayRun.objects.filter(state="closed").order_by("-business_on")
    on = closed.values_list("business_on", flat=True).first()
    if on is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LACKING, {"on": on, "days": list(days_before(on))})
        rows = cursor.fetchall()
    return [Lacking(key(loan_id, due_on, days), ("loan", loan_id), at) for loan_id, due_on, days in rows]


def _owed(row: InstalmentDue, days: int, at: datetime) -> Owed:
    return Owed(
        notice_type=f"reminder_{days}", key=key(row.loan_id, row.due_on, days), person_id=row.person_id,
        subject=("loan", row.loan_id), branch_id=row.branch_id, entry_id=None, owed_at=at,
        variables={
            "loan_no": row.loan_no, "due_on": row.due_on.isoformat(), "amount_fen": row.amount_fen - row.unapplied_fen,
        },
    )  # fmt: skip
