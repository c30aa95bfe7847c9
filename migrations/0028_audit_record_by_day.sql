-- Keep the records in a partition a day. Those that are there become a partition as they are: none is written anew.
SET ROLE proxy_owner;

ALTER TABLE audit.record RENAME TO record_former;
CREATE TABLE audit.record (LIKE audit.record_former INCLUDING DEFAULTS) PARTITION BY RANGE (day);
CREATE TABLE audit.record_rest (LIKE audit.record_former INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
ALTER TABLE audit.record_rest DROP CONSTRAINT record_without_day;
ALTER TABLE audit.record_rest ADD CONSTRAINT record_in_its_day
    CHECK (day = audit.day_of_record(kind, action, exchange, target, recorded_at));

COMMENT ON TABLE audit.record IS 'Append-only evidence; hash = SHA-256(0x00 || prev || body bytes). Partitions by the day of the exchange';
COMMENT ON TABLE audit.record_former IS 'Records without a day: of releases before there were days, and of exchanges whose id names none';
COMMENT ON TABLE audit.record_rest IS 'Records whose day has no partition yet, and the pattern of the partitions; audit.add_day empties it';

ALTER TABLE audit.record ATTACH PARTITION audit.record_former FOR VALUES FROM (MINVALUE) TO ('0001-01-01');
ALTER TABLE audit.record ATTACH PARTITION audit.record_rest DEFAULT;

CREATE TRIGGER record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.record
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.record_rest
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- A process of the release before says no day.
CREATE FUNCTION audit.put_in_its_day() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.day := audit.day_of_record(NEW.kind, NEW.action, NEW.exchange, NEW.target, NEW.recorded_at);
    EXECUTE format('INSERT INTO %s SELECT ($1).*', coalesce(
        to_regclass('audit.record_' || to_char(NEW.day, 'YYYY_MM_DD'))::text, 'audit.record_rest')) USING NEW;
    RETURN NULL;
END
$$;

CREATE TRIGGER record_in_its_day BEFORE INSERT ON audit.record_former FOR EACH ROW
    WHEN ((NEW.kind <> 'event' OR NEW.action = 'log_read')
          AND audit.day_of_record(NEW.kind, NEW.action, NEW.exchange, NEW.target, '-infinity') <> '-infinity')
    EXECUTE FUNCTION audit.put_in_its_day();

-- A chain has its places in several partitions now, and none of them knows the others. So seals say whose a place is: each goes on
-- where another ended, no two from one place, and records come with the seal over them.
CREATE UNIQUE INDEX seal_goes_on_once ON audit.seal (writer, first_seq);

CREATE FUNCTION audit.refuse_gap() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM audit.seal s WHERE s.writer = NEW.writer AND s.last_seq = NEW.first_seq - 1) THEN
        RAISE EXCEPTION 'a seal goes on where another of its writer ended' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER seal_goes_on AFTER INSERT ON audit.seal FOR EACH ROW WHEN (NEW.first_seq > 1)
    EXECUTE FUNCTION audit.refuse_gap();

CREATE FUNCTION audit.refuse_unsealed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT a.writer, min(a.seq) AS first, max(a.seq) AS last FROM added a GROUP BY a.writer) b
        WHERE NOT EXISTS (
            SELECT FROM audit.seal s
            WHERE s.writer = b.writer AND s.last_seq >= b.last AND s.first_seq <= b.first
              AND s.xmin = pg_current_xact_id()::xid)) THEN
        RAISE EXCEPTION 'records are added with the seal over them' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER record_sealed AFTER INSERT ON audit.record REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_unsealed();

REVOKE ALL ON audit.record, audit.record_former, audit.record_rest FROM PUBLIC, proxy_writer, proxy_reader;
GRANT INSERT ON audit.record TO proxy_writer;
GRANT SELECT ON audit.record TO proxy_reader;

CREATE FUNCTION audit.add_day(of_day date) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    name text := 'record_' || to_char(of_day, 'YYYY_MM_DD');
BEGIN
    IF of_day NOT BETWEEN date '2000-01-01' AND date '2999-12-31' OR to_regclass('audit.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('audit days', 0));
    IF to_regclass('audit.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    LOCK TABLE audit.record_rest IN SHARE ROW EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE audit.%I (LIKE audit.record_rest INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name);
    EXECUTE format('CREATE TRIGGER record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
    IF EXISTS (SELECT FROM audit.record_rest r WHERE r.day = of_day) THEN
        ALTER TABLE audit.record_rest DISABLE TRIGGER record_append_only;
        EXECUTE format('WITH moved AS (DELETE FROM audit.record_rest r WHERE r.day = %L RETURNING r.*) '
                       'INSERT INTO audit.%I SELECT * FROM moved', of_day, name);
        ALTER TABLE audit.record_rest ENABLE TRIGGER record_append_only;
    END IF;
    EXECUTE format('ALTER TABLE audit.record ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)', name, of_day, of_day + 1);
    RETURN true;
END
$$;

COMMENT ON FUNCTION audit.add_day(date) IS
    'Make the partition of a day; what came before it is moved out of "rest". It gives up when somebody reads for longer than a second';

ALTER FUNCTION evidence.add_month(date) SET lock_timeout = '1s';

REVOKE ALL ON FUNCTION audit.add_day(date), audit.put_in_its_day(), audit.refuse_gap(), audit.refuse_unsealed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.add_day(date) TO proxy_writer;

-- A chain's head is that of its last seal, which is in one place.
CREATE OR REPLACE FUNCTION audit.head(of_writer text) RETURNS TABLE (seq bigint, hash bytea)
    LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.last_seq, s.head FROM audit.seal s WHERE s.writer = of_writer ORDER BY s.last_seq DESC LIMIT 1
$$;

-- What read the records of one exchange now looks into its day alone.
CREATE OR REPLACE VIEW audit.exchanges AS
SELECT d.exchange,
       d.recorded_at,
       d.tenant,
       d.activity,
       d.service,
       coalesce(o.action, d.action)                   AS action,
       d.target,
       o.status,
       CASE WHEN cardinality(o.codes) > 0 THEN o.codes ELSE d.codes END AS codes,
       o.body #>> '{facts,ended}'                     AS ended,
       o.body #>> '{facts,code}'                      AS code,
       o.recorded_at                                  AS ended_at,
       d.revision,
       d.data_revision,
       d.body #> '{facts,input,classification}'       AS classification,
       d.body #> '{facts,input,data_subjects}'        AS data_subjects,
       d.body #> '{facts,caller,subject_refs}'        AS subject_refs,
       d.body #> '{facts,verdicts}'                   AS verdicts,
       o.body #> '{facts,obligations_fulfilled}'      AS obligations_fulfilled,
       o.body #> '{facts,obligations_unfulfilled}'    AS obligations_unfulfilled,
       (o.body #>> '{facts,restored}')::integer       AS restored,
       d.writer,
       d.seq
FROM audit.record d
LEFT JOIN audit.record o ON o.exchange = d.exchange AND o.day = d.day AND o.kind = 'outcome'
WHERE d.kind = 'decision';

CREATE OR REPLACE VIEW audit.attempts AS
SELECT a.exchange,
       a.attempt,
       a.recorded_at,
       a.tenant,
       a.activity,
       a.service,
       a.target,
       a.body #>> '{facts,region}'                    AS region,
       (a.body #>> '{facts,bytes}')::bigint           AS bytes_intended,
       e.ended ->> 'ended'                            AS ended,
       (e.ended ->> 'status')::integer                AS status,
       (e.ended ->> 'bytes_out')::bigint              AS bytes_out,
       (e.ended ->> 'bytes_in')::bigint               AS bytes_in,
       (e.ended ->> 'duration_ms')::bigint            AS duration_ms,
       e.ended ->> 'upstream_request_id'              AS upstream_request_id,
       a.body #> '{facts,obligations_fulfilled}'      AS obligations_fulfilled,
       a.body #> '{facts,transfers}'                  AS transfers,
       a.body #> '{facts,remarks}'                    AS remarks,
       a.writer,
       a.seq
FROM audit.record a
LEFT JOIN audit.record o ON o.exchange = a.exchange AND o.day = a.day AND o.kind = 'outcome'
LEFT JOIN LATERAL (
    SELECT t.value AS ended
    FROM json_array_elements(o.body #> '{facts,attempts}') t
    WHERE (t.value ->> 'number')::integer = a.attempt
    LIMIT 1
) e ON true
WHERE a.kind = 'attempt';

CREATE OR REPLACE FUNCTION audit.open_records(of_writer text)
    RETURNS TABLE (exchange text, kind text, attempt integer, recorded_at timestamptz, tenant text, activity text, service text,
                   action text, target text, status integer, codes text[], revision text, data_revision text, body json)
    LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.exchange, r.kind, r.attempt, r.recorded_at, r.tenant, r.activity, r.service, r.action, r.target, r.status, r.codes,
           r.revision, r.data_revision, r.body
    FROM audit.record d
    JOIN LATERAL (
        SELECT d.*
        UNION ALL
        SELECT a.* FROM audit.record a WHERE a.kind = 'attempt' AND a.exchange = d.exchange AND a.day = d.day
    ) r ON true
    WHERE d.writer = of_writer AND d.kind = 'decision'
      AND NOT EXISTS (
          SELECT FROM audit.record o WHERE o.kind = 'outcome' AND o.exchange = d.exchange AND o.day = d.day)
    ORDER BY d.seq, r.attempt
$$;

CREATE OR REPLACE FUNCTION audit.refuse_reading_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM audit.record
        WHERE day = audit.day_of(OLD.id::text) AND kind = 'event' AND action = 'log_read' AND target = OLD.id::text) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit.reading is append-only until it is recorded: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;

RESET ROLE;
