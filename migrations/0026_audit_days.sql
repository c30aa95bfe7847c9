-- Give every record a day that follows from its exchange: the table is to be kept in days, and an exchange in one of them.
SET ROLE proxy_owner;

CREATE FUNCTION audit.day_of(identity text) RETURNS date
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE
        WHEN identity ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
        THEN date '1970-01-01' + (('x' || substr(identity, 1, 8) || substr(identity, 10, 4))::bit(48)::bigint / 86400000)::integer
        ELSE date '-infinity'
    END;

COMMENT ON FUNCTION audit.day_of(text) IS 'The UTC day in a UUID of version 7 (RFC 9562, 5.7); of any other id there is none';

CREATE FUNCTION audit.day_of_record(kind text, action text, exchange text, target text, recorded_at timestamptz) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN kind <> 'event' THEN audit.day_of(exchange)
        WHEN action = 'log_read' AND target <> '' THEN audit.day_of(target)
        ELSE (recorded_at AT TIME ZONE 'UTC')::date
    END;

COMMENT ON FUNCTION audit.day_of_record(text, text, text, text, timestamptz) IS
    'Records of which there may be one alone have the day of what makes them that: their exchange, or the reading that they record';

CREATE FUNCTION audit.dated_id() RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN encode(set_bit(set_bit(overlay(
        uuid_send(gen_random_uuid())
        PLACING substr(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 3) FROM 1 FOR 6
    ), 52, 1), 53, 1), 'hex')::uuid;

COMMENT ON FUNCTION audit.dated_id() IS 'A UUID of version 7; PostgreSQL has one of its own from 18';

ALTER TABLE audit.record ADD COLUMN day date NOT NULL DEFAULT '-infinity';
ALTER TABLE audit.record ADD CONSTRAINT record_without_day CHECK (day = '-infinity') NOT VALID;
ALTER TABLE audit.reading ALTER COLUMN id SET DEFAULT audit.dated_id();

REVOKE ALL ON FUNCTION audit.day_of(text), audit.day_of_record(text, text, text, text, timestamptz), audit.dated_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.day_of(text), audit.day_of_record(text, text, text, text, timestamptz)
    TO proxy_writer, proxy_reader;

RESET ROLE;
