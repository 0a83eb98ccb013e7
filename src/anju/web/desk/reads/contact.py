"""What stands about contact with one person: flags, consents, hours, appointments, named people, overrides, the ledger."""

from typing import Any

from anju.web.desk.reads import sql

LEDGER_SHOWN = 50

_CONTACT = """
SELECT json_build_object(
  'flags', (SELECT coalesce(json_agg(x), '[]') FROM (
     SELECT id, kind, reason, set_by, active_from FROM contacts_stopflag
      WHERE person_id = %(person)s AND active_from <= %(at)s AND (active_to IS NULL OR active_to > %(at)s)
      ORDER BY id LIMIT 20) x),
  'consents', (SELECT coalesce(json_agg(x), '[]') FROM (
     SELECT purpose, channel, agreed, source, by, active_from FROM contacts_consent
      WHERE person_id = %(person)s AND active_from <= %(at)s AND (active_to IS NULL OR active_to > %(at)s)
      ORDER BY purpose, channel LIMIT 60) x),
  'hours', (SELECT coalesce(json_agg(x), '[]') FROM (
     SELECT weekdays, start, "end", agreed, source FROM contacts_contacthours
      WHERE person_id = %(person)s AND active_from <= %(at)s AND (active_to IS NULL OR active_to > %(at)s)
      ORDER BY agreed, weekdays, start LIMIT 20) x),
  'appointments', (SELECT coalesce(json_agg(x), '[]') FROM (
     SELECT id, purpose, channel, starts_at, ends_at, note, by FROM contacts_appointment
      WHERE person_id = %(person)s AND ends_at > %(at)s AND cancelled_at IS NULL
      ORDER BY starts_at LIMIT 20) x),
  'named', (SELECT coalesce(json_agg(x), '[]') FROM (
     SELECT n.person_id, n.role, n.consent_at, p.name FROM contacts_namedcontact n
       LEFT JOIN parties_person p ON p.id = n.person_id
      WHERE n.debtor_id = %(person)s AND n.active_from <= %(at)s AND (n.active_to IS NULL OR n.active_to > %(at)s)
      ORDER BY n.role, n.id LIMIT 20) x),
  'overrides', (SELECT coalesce(json_agg(x), '[]') FROM (
     SELECT id, purpose, channel, from_at, to_at, reason, state, asked_by, decided_by, decision_reason
       FROM contacts_override WHERE person_id = %(person)s ORDER BY id DESC LIMIT 10) x),
  'contacts', (SELECT coalesce(json_agg(x), '[]') FROM (
     SELECT c.id, c.at, c.purpose, c.channel, c.outbound, c.state, c.answered, c.outcome_code, c.actor, c.recording_ref,
            c.recording_checksum, c.basis, c.reason, g.name AS agency, o.notice_type, o.id AS obligation_id
       FROM contacts_contact c LEFT JOIN contacts_agency g ON g.id = c.agency_id
       LEFT JOIN notices_attempt a ON a.id = c.attempt_id
       LEFT JOIN notices_obligation o ON o.id = a.obligation_id
      WHERE c.person_id = %(person)s ORDER BY c.at DESC, c.id DESC LIMIT %(shown)s) x)
)
"""

_ASKED = """
SELECT v.id, v.person_id, p.name, v.purpose, v.channel, v.from_at, v.to_at, v.reason, v.asked_by, v.asked_at
  FROM contacts_override v LEFT JOIN parties_person p ON p.id = v.person_id
 WHERE v.state = 'asked' AND v.to_at > %(at)s AND (%(branches)s::bigint[] IS NULL OR v.branch_id = ANY(%(branches)s))
 ORDER BY v.from_at, v.id LIMIT %(limit)s
"""


def picture(person_id: int, at: Any) -> dict[str, Any]:
    """Everything at once."""
    return sql.bundle(_CONTACT, {"person": person_id, "at": at, "shown": LEDGER_SHOWN})


def asked(branch_ids: list[int] | None, at: Any, limit: int = 100) -> list[sql.Row]:
    """Overrides asked for in these branches (None: all), the most urgent first."""
    return sql.rows(_ASKED, {"branches": branch_ids, "at": at, "limit": limit})
