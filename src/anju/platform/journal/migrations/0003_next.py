"""What the pump reads: a batch whose cost does not grow with the backlog."""

from django.db import migrations

FORWARD = """
-- What a handler reads next, in one snapshot. part 0: entries of its kinds after its cursor, in order; part 1: the
-- newest settled entry; part 2: the newest entry. The settings keep the plan on the index journal_entry_pump, so a
-- batch costs the same whatever the backlog and however old the statistics.
CREATE FUNCTION journal_next(
    after_xid bigint, after_id bigint, wanted text[], most integer, own_xid bigint
) RETURNS TABLE (
    part integer, xid bigint, id bigint, subject_type text, subject_id bigint, seq integer, kind text,
    at timestamptz, recorded_at timestamptz, actor text, body text
) LANGUAGE sql STABLE
SET enable_bitmapscan = off SET enable_seqscan = off SET enable_sort = off SET jit = off AS $$
    WITH bound AS MATERIALIZED (
        SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin
    ), batch AS MATERIALIZED (
        SELECT e.* FROM journal_entry e
        WHERE (e.xid, e.id) > (after_xid, after_id) AND e.kind = ANY(wanted)
          AND (e.xid < (SELECT b.xmin FROM bound b) OR e.xid = own_xid)
        ORDER BY e.xid, e.id LIMIT most
    ), settled AS (
        SELECT e.* FROM journal_entry e WHERE e.xid < (SELECT b.xmin FROM bound b) OR e.xid = own_xid
        ORDER BY e.xid DESC, e.id DESC LIMIT 1
    ), newest AS (
        SELECT e.* FROM journal_entry e ORDER BY e.xid DESC, e.id DESC LIMIT 1
    )
    SELECT p.part, p.xid, p.id, p.subject_type, p.subject_id, p.seq, p.kind, p.at, p.recorded_at, p.actor, p.body::text
    FROM (SELECT 0 AS part, * FROM batch
          UNION ALL SELECT 1, * FROM settled UNION ALL SELECT 2, * FROM newest) p
$$;
"""

BACKWARD = "DROP FUNCTION journal_next(bigint, bigint, text[], integer, bigint);"


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_append")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
