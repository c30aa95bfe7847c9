-- Check what a batch must hold at the price of a few comparisons: the same names, days and seals, found without long ways.
SET ROLE proxy_owner;

-- A repeat of up to 128 made an automaton of as many states anew for each row.
DO $$
DECLARE
    name_of text := 'writer !~ ''[^A-Za-z0-9._~-]'' AND octet_length(writer) BETWEEN 1 AND 128';
    part regclass;
BEGIN
    FOR part IN SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = 'audit.record'::regclass LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT record_writer_is_a_name', part);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT record_writer_is_a_name CHECK (%s) NOT VALID', part, name_of);
    END LOOP;
    ALTER TABLE audit.seal DROP CONSTRAINT seal_writer_check;
    EXECUTE format('ALTER TABLE audit.seal ADD CONSTRAINT seal_writer_check CHECK (%s) NOT VALID', name_of);
END
$$;
ALTER TABLE audit.record_rest VALIDATE CONSTRAINT record_writer_is_a_name;

-- Not strict, so that statements take it in.
CREATE OR REPLACE FUNCTION audit.day_of(identity text) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN identity LIKE '________-____-7___-____-____________' AND substr(identity, 20, 1) IN ('8', '9', 'a', 'b')
            AND identity !~ '[^0-9a-f-]' AND octet_length(replace(identity, '-', '')) = 32
        THEN date '1970-01-01' + (('x' || substr(identity, 1, 8) || substr(identity, 10, 4))::bit(48)::bigint / 86400000)::integer
        WHEN identity IS NOT NULL THEN date '-infinity'
    END;

-- A constraint of the days calls it: no statement takes in that again. It runs under the search path of whoever inserts.
CREATE OR REPLACE FUNCTION audit.day_of_record(kind text, action text, exchange text, target text, recorded_at timestamptz) RETURNS date
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF kind OPERATOR(pg_catalog.<>) 'event' THEN
        RETURN audit.day_of(exchange);
    ELSIF action OPERATOR(pg_catalog.=) 'log_read' AND target OPERATOR(pg_catalog.<>) '' THEN
        RETURN audit.day_of(target);
    END IF;
    RETURN pg_catalog.timezone('UTC', recorded_at)::pg_catalog.date;
END
$$;

-- Seals of a writer follow each other without a gap, so the first that ends there or later is the only one that can be over them.
CREATE OR REPLACE FUNCTION audit.refuse_unsealed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT a.writer, min(a.seq) AS first, max(a.seq) AS last FROM added a GROUP BY a.writer) b
        WHERE (
            SELECT s.first_seq <= b.first AND s.xmin = pg_current_xact_id()::xid FROM audit.seal s
            WHERE s.writer = b.writer AND s.last_seq >= b.last ORDER BY s.last_seq LIMIT 1) IS NOT TRUE) THEN
        RAISE EXCEPTION 'records are added with the seal over them' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;

RESET ROLE;
