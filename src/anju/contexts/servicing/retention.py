"""How long records about a loan must stay 留存期限: while it runs, and for the years of the policy after it was settled."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection

from anju.core.working_time import BANK_ZONE
from anju.platform.policies import queries as policies

Subject = tuple[str, int]
PARAM, SCOPE = "collections_record_retention_years", "after_settlement"

_NEEDED = """
WITH asked AS (SELECT * FROM unnest(%(types)s::text[], %(ids)s::bigint[]) AS a(kind, id)),
loans AS (
    SELECT a.kind, a.id, l.id AS loan_id, l.state FROM asked a JOIN servicing_loan l ON a.kind = 'loan' AND l.id = a.id
    UNION ALL
    SELECT a.kind, a.id, l.id, l.state FROM asked a JOIN servicing_loanparty p ON a.kind = 'person' AND p.person_id = a.id
      JOIN servicing_loan l ON l.id = p.loan_id)
SELECT DISTINCT kind, id FROM loans
 WHERE state <> 'settled' OR NOT EXISTS (
       SELECT 1 FROM journal_entry e WHERE e.subject_type = 'loan' AND e.subject_id = loans.loan_id
          AND e.kind = 'servicing.loan.settled' AND (e.at AT TIME ZONE %(zone)s)::date + make_interval(years => %(years)s) < %(on)s)
"""


def needed(subjects: Collection[Subject], on: date) -> set[Subject]:
    """Those of these loans and persons (by their loans) whose records must still be kept on a day; one query."""
    if not subjects:
        return set()
    values: dict[str, Any] = {
        "types": [kind for kind, _ in subjects], "ids": [number for _, number in subjects], "on": on, "zone": str(BANK_ZONE),
        "years": policies.params().integer(PARAM, SCOPE, on),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_NEEDED, values)
        return {(kind, number) for kind, number in cursor.fetchall()}
