"""What borrowers do: pay through the daily file, and confirm notices by the link in them."""

import csv
import io
from datetime import date, datetime

from django.db import connection

from anju.adapters.simulated.world import Debt, People
from anju.contexts.servicing import operations as servicing
from anju.contexts.servicing.tape.sampling import PAYMENT_HEADER
from anju.core.money import fen_to_text
from anju.platform.notices import operations as notices
from anju.platform.notices.rows import Confirmation

ACTOR = "system:demo"
LOOK_BACK_DAYS = 7
_CHANNELS = ("auto_debit", "auto_debit", "auto_debit", "mobile_bank", "transfer", "counter")

_DEBTS = """
SELECT l.loan_no, p.oldest_unpaid_due_on,
       coalesce((SELECT sum(b.principal_fen + b.interest_fen - b.paid_principal_fen - b.paid_interest_fen)
                   FROM servicing_bill b WHERE b.loan_id = l.id AND b.state = 'open'), 0)::bigint,
       p.next_due_on, p.next_principal_fen + p.next_interest_fen - p.unapplied_fen,
       coalesce(t.amount_fen, 0)::bigint, t.due_on
  FROM servicing_loan l JOIN servicing_position p ON p.loan_id = l.id
  LEFT JOIN collections_case c ON c.loan_id = l.id AND c.state = 'open'
  LEFT JOIN collections_promisetopay t ON t.case_id = c.id AND t.state = 'open'
 WHERE l.state = 'active' AND l.loan_no LIKE 'SF%%'
   AND NOT EXISTS (SELECT 1 FROM servicing_payment y WHERE y.loan_id = l.id AND y.paid_on = %(on)s)
   AND (p.next_due_on = %(on)s OR p.oldest_unpaid_due_on IS NOT NULL)
 ORDER BY l.loan_no
"""

_UNCONFIRMED = """
SELECT o.id, o.notice_type || ' ' || o.owed_at::date, l.loan_no, o.person_id, a.id, a.channel, a.submitted_at
  FROM notices_obligation o
  JOIN notices_attempt a ON a.obligation_id = o.id
  JOIN servicing_loan l ON o.subject_type = 'loan' AND l.id = o.subject_id
 WHERE o.state IN ('in_progress', 'exception') AND o.proof_required = 'acknowledged' AND l.loan_no LIKE 'SF%%'
   AND a.submitted_at BETWEEN %(at)s - %(days)s * interval '1 day' AND %(at)s
   AND (a.state = 'delivered' OR (a.channel = 'inbox' AND a.state = 'accepted'))
 ORDER BY o.id, a.id
"""


def pay(people: People, *, on: date, at: datetime) -> int:
    """The day's payments as one file through the import operation; how many. Who has paid on this day pays no more."""
    with connection.cursor() as cursor:
        cursor.execute(_DEBTS, {"on": on})
        debts = [Debt(*row) for row in cursor.fetchall()]
    paid = [(debt.loan_no, fen) for debt in debts if (fen := people.pays_fen(debt, on)) > 0]
    if not paid:
        return 0
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(PAYMENT_HEADER)
    for loan_no, fen in paid:
        channel = people.dice.one(_CHANNELS, "channel", loan_no, on)
        writer.writerow((f"{on:%y%m%d}-{loan_no}", loan_no, fen_to_text(fen), on.isoformat(), channel))
    report = servicing.payments_load(
        content=out.getvalue().encode(), name=f"payments-{on.isoformat()}.csv", by=ACTOR, at=at
    )
    return report.rows_new


def confirm(people: People, *, at: datetime) -> int:
    """Everybody who would have confirmed a message by now has done so, at their own minute; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_UNCONFIRMED, {"at": at, "days": LOOK_BACK_DAYS})
        rows = cursor.fetchall()
    done: dict[int, Confirmation] = {}
    for obligation_id, message, loan_no, person_id, attempt_id, channel, sent_at in rows:
        if obligation_id in done:
            continue
        when = people.confirms_at(loan_no, message, channel, sent_at)
        if when is not None and when <= at:
            done[obligation_id] = Confirmation(obligation_id, f"person:{person_id}", when, attempt_id)
    notices.acknowledge_many(list(done.values()))
    return len(done)
