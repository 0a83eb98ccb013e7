"""The one way in (``journal_append``), and guards against changing what was written."""

from django.db import migrations

FORWARD = """
ALTER TABLE journal_head SET (fillfactor = 70);

CREATE FUNCTION journal_payload(
    subject_type text, subject_id bigint, seq integer, kind text, at timestamptz, actor text, body jsonb
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT convert_to(
        subject_type || '|' || subject_id || '|' || seq || '|' || kind || '|'
        || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '|' || actor || '|' || body::text,
        'UTF8')
$$;

CREATE FUNCTION journal_link(state bytea, head bytea, payload bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN sha256(coalesce(state, head) || payload);
END $$;

CREATE AGGREGATE journal_chain(head bytea, payload bytea) (SFUNC = journal_link, STYPE = bytea);

CREATE FUNCTION journal_append(
    types text[], ids bigint[], kinds text[], ats timestamptz[], actors text[], bodies jsonb[]
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    n integer := coalesce(cardinality(types), 0);
    new_ids bigint[];
BEGIN
    IF n = 0 THEN
        RETURN '{}';
    END IF;
    IF ARRAY[cardinality(ids), cardinality(kinds), cardinality(ats), cardinality(actors), cardinality(bodies)]
       IS DISTINCT FROM array_fill(n, ARRAY[5]) THEN
        RAISE EXCEPTION 'journal_append: arrays of different lengths' USING ERRCODE = 'array_subscript_error';
    END IF;
    IF strpos(array_to_string(types || kinds || actors, ''), '|') > 0 THEN
        RAISE EXCEPTION 'journal_append: "|" is not allowed in a subject type, kind or actor'
            USING ERRCODE = 'invalid_text_representation';
    END IF;

    -- New heads first, then all heads locked, each in the same order for every writer: no ring of waiting.
    INSERT INTO journal_head (subject_type, subject_id, seq, hash)
    SELECT DISTINCT u.t, u.i, 0, decode(repeat('00', 32), 'hex') FROM unnest(types, ids) u(t, i)
    WHERE NOT EXISTS (SELECT 1 FROM journal_head h WHERE h.subject_type = u.t AND h.subject_id = u.i)
    ORDER BY u.t, u.i
    ON CONFLICT DO NOTHING;

    PERFORM 1 FROM journal_head h
    JOIN (SELECT DISTINCT u.t, u.i FROM unnest(types, ids) u(t, i)) s ON h.subject_type = s.t AND h.subject_id = s.i
    ORDER BY h.subject_type, h.subject_id
    FOR UPDATE OF h;

    new_ids := ARRAY(SELECT nextval('journal_entry_id_seq') FROM generate_series(1, n));

    WITH numbered AS (
        SELECT u.*, h.hash AS head_hash,
               (h.seq + row_number() OVER (PARTITION BY u.t, u.i ORDER BY u.ord))::integer AS seq
        FROM unnest(new_ids, types, ids, kinds, ats, actors, bodies)
             WITH ORDINALITY u(id, t, i, kind, at, actor, body, ord)
        JOIN journal_head h ON h.subject_type = u.t AND h.subject_id = u.i
    ), hashed AS (
        SELECT n.*, journal_chain(head_hash, journal_payload(t, i, n.seq, n.kind, n.at, n.actor, n.body))
               OVER (PARTITION BY t, i ORDER BY ord ROWS UNBOUNDED PRECEDING) AS hash
        FROM numbered n
    ), added AS (
        INSERT INTO journal_entry
            (id, subject_type, subject_id, seq, kind, at, recorded_at, actor, body, prev_hash, hash, xid)
        SELECT id, t, i, seq, kind, at, now(), actor, body,
               lag(hash, 1, head_hash) OVER (PARTITION BY t, i ORDER BY ord), hash,
               pg_current_xact_id()::text::bigint
        FROM hashed
        RETURNING subject_type, subject_id, seq, hash
    )
    UPDATE journal_head h SET seq = last.seq, hash = last.hash
    FROM (SELECT DISTINCT ON (subject_type, subject_id) * FROM added
          ORDER BY subject_type, subject_id, seq DESC) last
    WHERE h.subject_type = last.subject_type AND h.subject_id = last.subject_id;

    RETURN new_ids;
END $$;

CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'journal entries are never changed or deleted' USING ERRCODE = 'object_not_in_prerequisite_state';
END $$;

CREATE TRIGGER journal_entry_append_only BEFORE UPDATE OR DELETE ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_entry_no_truncate BEFORE TRUNCATE ON journal_entry
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""

BACKWARD = """
DROP TRIGGER journal_entry_no_truncate ON journal_entry;
DROP TRIGGER journal_entry_append_only ON journal_entry;
DROP FUNCTION journal_refuse();
DROP FUNCTION journal_append(text[], bigint[], text[], timestamptz[], text[], jsonb[]);
DROP AGGREGATE journal_chain(bytea, bytea);
DROP FUNCTION journal_link(bytea, bytea, bytea);
DROP FUNCTION journal_payload(text, bigint, integer, text, timestamptz, text, jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
