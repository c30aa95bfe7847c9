-- Let whoever may read the log have it recorded that they did, without any right to write the log.
SET ROLE proxy_owner;

CREATE TABLE audit.reading (
    id    uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    login text        NOT NULL DEFAULT session_user,
    said  jsonb       NOT NULL CHECK (jsonb_typeof(said) = 'object' AND octet_length(said::text) <= 8000)
);

COMMENT ON TABLE audit.reading IS 'Who read what, until a running process has sealed it in its chain as the event log_read';

CREATE UNIQUE INDEX record_reading_once ON audit.record (target)
    WHERE kind = 'event' AND action = 'log_read' AND target <> '';

CREATE FUNCTION audit.refuse_reading_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM audit.record WHERE kind = 'event' AND action = 'log_read' AND target = OLD.id::text) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit.reading is append-only until it is recorded: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER reading_append_only BEFORE UPDATE OR DELETE ON audit.reading
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_reading_change();
CREATE TRIGGER reading_no_truncate BEFORE TRUNCATE ON audit.reading
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_reading_change();

CREATE FUNCTION audit.announce_reading(what jsonb) RETURNS uuid
    LANGUAGE sql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO audit.reading (said) VALUES (what) RETURNING id
$$;

CREATE FUNCTION audit.reading_recorded(of_reading uuid) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM audit.reading WHERE id = of_reading;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION audit.reading_recorded(uuid) IS 'Refused while no record says it';

REVOKE ALL ON FUNCTION audit.refuse_reading_change(), audit.announce_reading(jsonb), audit.reading_recorded(uuid)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.announce_reading(jsonb) TO proxy_reader;
GRANT EXECUTE ON FUNCTION audit.reading_recorded(uuid) TO proxy_writer;
GRANT SELECT ON audit.reading TO proxy_reader, proxy_writer;

RESET ROLE;
