"""What stands around one case: loan, position, parties, arrears, promises, calls, clocks and the names of staff."""

from typing import Any

from anju.web.desk.reads import sql

_CASE = """
SELECT json_build_object(
  'loan', (SELECT to_json(x) FROM (
     SELECT l.id, l.loan_no, l.branch_id, b.name AS branch, p.name_zh AS product_zh, p.name_en AS product_en,
            l.borrower_id, s.name AS manager, l.principal_fen, l.months, l.method, l.start_on, l.due_day, l.rate_kind,
            l.state, q.balance_fen, q.instalment_fen, q.rate_ppm, q.next_due_on, q.next_principal_fen,
            q.next_interest_fen, q.oldest_unpaid_due_on, q.overdue_fen, q.days_past_due, q.as_of_on, q.unapplied_fen
       FROM servicing_loan l JOIN identity_branch b ON b.id = l.branch_id
       JOIN catalogue_product p ON p.id = l.product_id
       LEFT JOIN identity_staff s ON s.id = l.account_manager_id
       LEFT JOIN servicing_position q ON q.loan_id = l.id WHERE l.id = %(loan)s) x),
  'parties', (SELECT coalesce(json_agg(x), '[]') FROM (
     SELECT person_id, role FROM servicing_loanparty WHERE loan_id = %(loan)s ORDER BY role, person_id LIMIT 12) x),
  'hold', (SELECT to_json(x) FROM (
     SELECT h.hold_id, o.reason, o.until_on FROM holds_holdcase h JOIN holds_hold o ON o.id = h.hold_id
      WHERE h.subject_type = 'loan' AND h.subject_id = %(loan)s AND h.state = 'held' LIMIT 1) x),
  'case', (SELECT to_json(x) FROM (
     SELECT id, state, opened_on, rung, rung_since, days_past_due, overdue_fen, closed_on, close_reason
       FROM collections_case WHERE loan_id = %(loan)s ORDER BY opened_on DESC, id DESC LIMIT 1) x),
  'promises', (SELECT coalesce(json_agg(x), '[]') FROM (
     SELECT r.id, r.amount_fen, r.due_on, r.taken_at, r.state, r.paid_fen, r.resolved_on, t.name AS taken_by
       FROM collections_promisetopay r JOIN collections_case c ON c.id = r.case_id
       JOIN identity_staff t ON t.id = r.taken_by_id
      WHERE c.loan_id = %(loan)s ORDER BY r.taken_at DESC LIMIT 6) x),
  'broken', (SELECT count(*) FROM collections_promisetopay r JOIN collections_case c ON c.id = r.case_id
      WHERE c.loan_id = %(loan)s AND r.state = 'broken'),
  'calls', (SELECT coalesce(json_agg(x), '[]') FROM (
     SELECT k.id, k.at, k.outcome_code, k.note, t.name AS staff FROM collections_call k
       JOIN collections_case c ON c.id = k.case_id JOIN identity_staff t ON t.id = k.staff_id
      WHERE c.loan_id = %(loan)s ORDER BY k.at DESC LIMIT 60) x),
  'contact', (SELECT to_json(x) FROM (
     SELECT at, purpose, channel, outbound, answered, outcome_code FROM contacts_contact
      WHERE person_id = %(person)s AND state = 'done' ORDER BY at DESC LIMIT 1) x),
  'today', (SELECT json_build_object('tries', count(*), 'answered', count(*) FILTER (WHERE answered))
      FROM contacts_contact WHERE person_id = %(person)s AND state <> 'void' AND outbound AND at >= %(day)s
       AND channel NOT IN ('inbox', 'email', 'letter') AND basis <> 'request'),
  'flags', (SELECT coalesce(json_agg(kind), '[]') FROM contacts_stopflag
      WHERE person_id = %(person)s AND active_from <= %(at)s AND (active_to IS NULL OR active_to > %(at)s)),
  'clocks', (SELECT coalesce(json_agg(x), '[]') FROM (
     SELECT name, state, due_at, remaining_minutes, pause_reason FROM clocks_clock
      WHERE subject_type = %(type)s AND subject_id = %(id)s AND state IN ('running', 'paused')
      ORDER BY due_at LIMIT 8) x),
  'visit', (SELECT to_json(x) FROM (
     SELECT id, node, due_on, state FROM followup_visit WHERE id = %(visit)s) x),
  'staff', (SELECT coalesce(json_object_agg(id, name), '{}') FROM identity_staff WHERE id IN (
     SELECT substr(actor, 7)::bigint FROM journal_entry
      WHERE subject_type = %(type)s AND subject_id = %(id)s AND actor ~ '^staff:[0-9]+$'
     UNION SELECT %(holder)s::bigint UNION SELECT %(assignee)s::bigint))
)
"""


def picture(**values: Any) -> dict[str, Any]:
    """Everything at once. ``values``: loan, person, type, id, visit, holder, assignee, day (local midnight), at."""
    return sql.bundle(_CASE, values)


_QUEUE = """
SELECT w.id, w.kind, w.subject_id, w.person_id, w.due_at, w.params, w.state, w.holder_id, h.name AS holder, p.name AS person,
       w.not_before_at, w.assignee_id, q.days_past_due, q.overdue_fen
  FROM work_workitem w LEFT JOIN servicing_position q ON w.subject_type = 'loan' AND q.loan_id = w.subject_id
       LEFT JOIN identity_staff h ON h.id = w.holder_id LEFT JOIN parties_person p ON p.id = w.person_id
 WHERE w.queue = ANY(%(queues)s) AND w.state IN ('open', 'claimed')
   AND (%(branches)s::bigint[] IS NULL OR w.branch_id = ANY(%(branches)s))
"""


def queue(
    *,
    queues: list[str],
    branch_ids: list[int] | None,
    limit: int,
    after: tuple[Any, int] | None = None,
    holder_id: int | None = None,
) -> list[sql.Row]:
    """Live items by deadline with the borrower's and the holder's name; ``after`` is (due_at, id) of the last one shown."""
    values: dict[str, Any] = {"queues": queues, "branches": branch_ids, "limit": min(limit, 201)}
    extra = ""
    if after is not None:
        extra += " AND (w.due_at, w.id) > (%(due)s, %(after)s)"
        values |= {"due": after[0], "after": after[1]}
    if holder_id is not None:
        extra += " AND w.holder_id = %(held_by)s"
        values["held_by"] = holder_id
    found = sql.rows(f"{_QUEUE}{extra} ORDER BY w.due_at, w.id LIMIT %(limit)s", values)
    for row in found:
        row["params"] = sql.json_value(row["params"])
    return found
