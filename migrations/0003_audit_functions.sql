-- Give the writer the few answers that reconnecting and recovery need, without letting it read the log.
SET ROLE proxy_owner;

CREATE FUNCTION audit.writer_lock(of_writer text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN hashtextextended('audit writer ' || of_writer, 0);

CREATE FUNCTION audit.head(of_writer text) RETURNS TABLE (seq bigint, hash bytea)
    LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT r.seq, r.hash FROM audit.record r WHERE r.writer = of_writer ORDER BY r.seq DESC LIMIT 1
$$;

CREATE FUNCTION audit.writer_alive(of_writer text) RETURNS boolean
    LANGUAGE sql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT EXISTS (
        SELECT FROM pg_locks l
        WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND ((l.classid::bigint << 32) | l.objid::bigint) = audit.writer_lock(of_writer)
    )
$$;

CREATE FUNCTION audit.unfinished_writers() RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT s.writer FROM audit.record s
    WHERE s.kind = 'event' AND s.action = 'writer_started'
      AND NOT EXISTS (
          SELECT FROM audit.record c
          WHERE c.kind = 'event' AND c.writer = s.writer AND c.action = 'writer_closed')
      AND NOT EXISTS (
          SELECT FROM audit.record c
          WHERE c.kind = 'event' AND c.action = 'writer_recovered' AND c.target = s.writer)
    ORDER BY s.recorded_at
$$;

CREATE FUNCTION audit.open_exchanges(of_writer text)
    RETURNS TABLE (exchange text, tenant text, activity text, service text, action text, revision text,
                   data_revision text, attempts integer[], targets text[])
    LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT d.exchange, d.tenant, d.activity, d.service, d.action, d.revision, d.data_revision,
           ARRAY(SELECT a.attempt FROM audit.record a
                 WHERE a.kind = 'attempt' AND a.exchange = d.exchange ORDER BY a.attempt),
           ARRAY(SELECT a.target FROM audit.record a
                 WHERE a.kind = 'attempt' AND a.exchange = d.exchange ORDER BY a.attempt)
    FROM audit.record d
    WHERE d.writer = of_writer AND d.kind = 'decision'
      AND NOT EXISTS (
          SELECT FROM audit.record o WHERE o.kind = 'outcome' AND o.exchange = d.exchange)
    ORDER BY d.seq
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.writer_lock(text), audit.head(text), audit.writer_alive(text),
    audit.unfinished_writers(), audit.open_exchanges(text) TO proxy_writer;
GRANT EXECUTE ON FUNCTION audit.writer_alive(text) TO proxy_reader;

RESET ROLE;
