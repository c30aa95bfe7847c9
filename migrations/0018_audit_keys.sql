-- Let those that sign the log know which key took another's place, without letting them read the records.
SET ROLE proxy_owner;

CREATE FUNCTION audit.key_changes() RETURNS TABLE (note text, at timestamptz, leaf bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.body #>> '{facts,note}', r.recorded_at, l.leaf
    FROM audit.record r
    LEFT JOIN audit.seal s ON s.writer = r.writer AND s.first_seq <= r.seq AND s.last_seq >= r.seq
    LEFT JOIN audit.leaf l ON l.writer = s.writer AND l.last_seq = s.last_seq
    WHERE r.kind = 'event' AND r.action = 'audit_key_changed'
    ORDER BY r.recorded_at, r.writer, r.seq
$$;

COMMENT ON FUNCTION audit.key_changes() IS 'Notes that say which audit signing key is replaced or has ended, and their place in the log';

REVOKE ALL ON FUNCTION audit.key_changes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.key_changes() TO proxy_writer;

RESET ROLE;
