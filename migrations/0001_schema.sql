-- Make the schema of the first release, in the words in which pg_dump says it: a restored copy reads the same.
DO $roles$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['proxy_owner', 'proxy_writer', 'proxy_reader', 'proxy_identity', 'proxy_vault', 'proxy_registry',
                                  'proxy_retention', 'proxy_verifier', 'proxy_exporter'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', wanted);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was faster
        END;
        BEGIN
            IF NOT pg_has_role(current_user, wanted, 'USAGE') THEN
                EXECUTE format('GRANT %I TO %I', wanted, current_user);
            END IF;
        EXCEPTION
            WHEN insufficient_privilege THEN NULL;  -- an administrator granted it before
        END;
    END LOOP;
END
$roles$;

DO $temporary$
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE WARNING 'the owner of the database should run: REVOKE TEMPORARY ON DATABASE % FROM PUBLIC', current_database();
END
$temporary$;

CREATE SCHEMA audit AUTHORIZATION proxy_owner;
CREATE SCHEMA identity AUTHORIZATION proxy_owner;
CREATE SCHEMA vault AUTHORIZATION proxy_owner;
CREATE SCHEMA registry AUTHORIZATION proxy_owner;
CREATE SCHEMA master_key AUTHORIZATION proxy_owner;
CREATE SCHEMA export AUTHORIZATION proxy_owner;

SET ROLE proxy_owner;
SET LOCAL search_path = '';
SET LOCAL check_function_bodies = false;

CREATE TYPE audit.new_record AS (
	recorded_at timestamp with time zone,
	kind text,
	exchange text,
	attempt integer,
	tenant text,
	activity text,
	action text,
	target text,
	prev bytea,
	hash bytea,
	body json,
	packed bytea
);

COMMENT ON TYPE audit.new_record IS 'A record of a batch without its place in the chain, which its place in the batch says';

CREATE FUNCTION audit.add_month(of_day date) RETURNS boolean
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '1s'
    AS $$
DECLARE
    name text := 'record_' || to_char(of_day, 'YYYY_MM');
    first date := date_trunc('month', of_day::timestamp)::date;
    next date := first + interval '1 month';
BEGIN
    IF of_day NOT BETWEEN date '2000-01-01' AND date '2999-12-31' OR to_regclass('audit.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('audit days', 0));
    IF to_regclass('audit.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    LOCK TABLE audit.record_rest IN SHARE ROW EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE audit.%I (LIKE audit.record_rest INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE)', name);
    EXECUTE format('CREATE TRIGGER record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
    IF EXISTS (SELECT FROM audit.record_rest r WHERE r.day >= first AND r.day < next) THEN
        ALTER TABLE audit.record_rest DISABLE TRIGGER record_append_only;
        EXECUTE format('WITH moved AS (DELETE FROM audit.record_rest r WHERE r.day >= %L AND r.day < %L RETURNING r.*) '
                       'INSERT INTO audit.%I SELECT * FROM moved', first, next, name);
        ALTER TABLE audit.record_rest ENABLE TRIGGER record_append_only;
    END IF;
    EXECUTE format('ALTER TABLE audit.record ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)', name, first, next);
    RETURN true;
END
$$;

COMMENT ON FUNCTION audit.add_month(of_day date) IS 'Make the partition of the month of a day; what came before it is moved out of "rest". It gives up when somebody reads for longer than a second';

CREATE FUNCTION audit.announce_reading(what jsonb) RETURNS uuid
    LANGUAGE sql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO audit.reading (said) VALUES (what) RETURNING id
$$;

CREATE FUNCTION audit.approve_purge(of_request text, by_approver text) RETURNS TABLE(through date, ticket text, requested_by text)
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    asked identity.two_person_request;
BEGIN
    SELECT * INTO asked FROM identity.two_person_request r WHERE r.id = of_request AND r.act = 'purge_days';
    IF FOUND AND (identity.approve_request(of_request, 'purge_days', '', asked.about, by_approver) OR EXISTS (
        SELECT FROM identity.two_person_approval a
        WHERE a.id = of_request AND a.approver = by_approver AND clock_timestamp() - asked.requested < interval '24 hours')) THEN
        RETURN QUERY SELECT asked.about::date, asked.ticket, asked.requested_by;
    END IF;
END
$$;

COMMENT ON FUNCTION audit.approve_purge(of_request text, by_approver text) IS 'A second person approves a purge through a day, and may go on with it for the rest of the day; no row where that is not possible';

CREATE FUNCTION audit.bound_tenants() RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT t.tenants FROM audit.tenant_login t WHERE t.login = to_regrole(quote_ident(session_user))
$$;

COMMENT ON FUNCTION audit.bound_tenants() IS 'Of the login, which no session can change but a superuser''s; null where it is bound to none';

CREATE FUNCTION audit.bundle_digest(of_revision text) RETURNS bytea
    LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT sha256(b.packed) FROM registry.bundle b WHERE b.revision = of_revision
$$;

COMMENT ON FUNCTION audit.bundle_digest(of_revision text) IS 'SHA-256 of a stored policy bundle, null where there is none';

CREATE FUNCTION audit.content(body json, packed bytea) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN packed = '' THEN convert_to((body)::text, 'UTF8') ELSE packed END;

COMMENT ON FUNCTION audit.content(body json, packed bytea) IS 'A record as it is stored: JSON, or that compressed';

CREATE FUNCTION audit.dated_id() RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    RETURN (encode(set_bit(set_bit(OVERLAY(uuid_send(gen_random_uuid()) PLACING substr(int8send(((EXTRACT(epoch FROM clock_timestamp()) * (1000)::numeric))::bigint), 3) FROM 1 FOR 6), (52)::bigint, 1), (53)::bigint, 1), 'hex'::text))::uuid;

COMMENT ON FUNCTION audit.dated_id() IS 'A UUID of version 7; PostgreSQL has one of its own from 18';

CREATE FUNCTION audit.day_of(identity text) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((identity ~~ '________-____-7___-____-____________'::text) AND (substr(identity, 20, 1) = ANY (ARRAY['8'::text, '9'::text, 'a'::text, 'b'::text])) AND (identity !~ '[^0-9a-f-]'::text) AND (octet_length(replace(identity, '-'::text, ''::text)) = 32)) THEN ('1970-01-01'::date + (((((('x'::text || substr(identity, 1, 8)) || substr(identity, 10, 4)))::bit(48))::bigint / 86400000))::integer) WHEN (identity IS NOT NULL) THEN '-infinity'::date ELSE NULL::date END;

COMMENT ON FUNCTION audit.day_of(identity text) IS 'The UTC day in a UUID of version 7 (RFC 9562, 5.7); of any other id there is none';

CREATE FUNCTION audit.day_of_record(kind text, action text, exchange text, target text, recorded_at timestamp with time zone) RETURNS date
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    IF kind OPERATOR(pg_catalog.<>) 'event' THEN
        RETURN audit.day_of(exchange);
    ELSIF action OPERATOR(pg_catalog.=) 'log_read' AND target OPERATOR(pg_catalog.<>) '' THEN
        RETURN audit.day_of(target);
    END IF;
    RETURN pg_catalog.timezone('UTC', recorded_at)::pg_catalog.date;
END
$$;

COMMENT ON FUNCTION audit.day_of_record(kind text, action text, exchange text, target text, recorded_at timestamp with time zone) IS 'Records of which there may be one alone have the day of what makes them that: their exchange, or the reading that they record';

CREATE FUNCTION audit.days_past(through date) RETURNS SETOF date
    LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
    SELECT d.day FROM (
        SELECT g.day::date
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        CROSS JOIN LATERAL generate_series(to_date(substr(c.relname, 8), 'YYYY_MM'), least(
            through, (now() AT TIME ZONE 'UTC')::date - 400, to_date(substr(c.relname, 8), 'YYYY_MM') + interval '1 month' - interval '1 day'), '1 day') g (day)
        WHERE i.inhparent = 'audit.record'::regclass AND c.relname ~ '^record_[0-9]{4}_[0-9]{2}$'
          AND EXISTS (SELECT FROM audit.record r WHERE r.day = g.day::date)
        UNION
        SELECT r.day FROM audit.record_rest r
        UNION ALL
        SELECT date '-infinity' WHERE EXISTS (
            SELECT FROM audit.record r WHERE r.day = '-infinity' AND NOT (r.kind = 'event' AND audit.outlives(r.action)))) d
    WHERE d.day <= through AND (d.day = '-infinity' OR d.day + 400 < (now() AT TIME ZONE 'UTC')::date)
    ORDER BY d.day
$_$;

COMMENT ON FUNCTION audit.days_past(through date) IS 'Days of the log that are older than the shortest period, from the oldest on; records without a day are -infinity';

CREATE FUNCTION audit.hashes_after(of_writers text[], after bigint[]) RETURNS TABLE(writer text, seq bigint, hash bytea)
    LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT r.writer, r.seq, r.hash FROM unnest(of_writers, after) w (writer, seq) JOIN audit.record r ON r.writer = w.writer AND r.seq > w.seq
    UNION ALL
    SELECT p.writer, p.first_seq + n, substr(p.hashes, 32 * n + 1, 32)
    FROM unnest(of_writers, after) w (writer, seq) JOIN audit.purged p ON p.writer = w.writer AND p.last_seq > w.seq
    CROSS JOIN LATERAL generate_series(greatest(w.seq + 1 - p.first_seq, 0)::integer, (p.last_seq - p.first_seq)::integer) n
$$;

COMMENT ON FUNCTION audit.hashes_after(of_writers text[], after bigint[]) IS 'The hashes of all records of chains after a place, whoever asks: the seals of what one may read are over those of others too';

CREATE FUNCTION audit.head(of_writer text) RETURNS TABLE(seq bigint, hash bytea)
    LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT s.last_seq, s.head FROM audit.seal s WHERE s.writer = of_writer ORDER BY s.last_seq DESC LIMIT 1
$$;

CREATE FUNCTION audit.settle_month(of_day date) RETURNS boolean
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '200ms'
    AS $$
DECLARE
    part regclass := audit.part_of(of_day);
    filled boolean;
    past boolean := of_day <> '-infinity' AND date_trunc('month', of_day::timestamp)::date + interval '1 month 400 days' < now() AT TIME ZONE 'UTC';
BEGIN
    IF part IS NULL OR of_day <> '-infinity' AND of_day + 400 >= (now() AT TIME ZONE 'UTC')::date THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('audit days', 0));
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', part);
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', part) INTO filled;
    IF NOT filled AND past THEN
        EXECUTE format('ALTER TABLE audit.record DETACH PARTITION %s', part);
        EXECUTE format('DROP TABLE %s', part);
        RETURN true;
    END IF;
    EXECUTE format('CREATE UNLOGGED TABLE audit.record_kept AS SELECT r.* FROM %s r', part);
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', part);
    EXECUTE format('TRUNCATE %s', part);
    EXECUTE format('INSERT INTO %s SELECT * FROM audit.record_kept ORDER BY writer, seq', part);
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', part);
    DROP TABLE audit.record_kept;
    RETURN false;
END
$$;

COMMENT ON FUNCTION audit.settle_month(of_day date) IS 'After days of a month were purged: drop its partition where nothing is left, else write it anew, so that its old file is gone; it gives up when somebody reads';

CREATE FUNCTION audit.take_out(of_purge uuid, of_day date) RETURNS void
    LANGUAGE plpgsql STRICT
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
    part regclass := audit.part_of(of_day);
BEGIN
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', part);
    EXECUTE format('DELETE FROM %s r USING audit.purged p WHERE r.day = $2 AND p.purge = $1 AND p.writer = r.writer '
                   'AND r.seq BETWEEN p.first_seq AND p.last_seq', part) USING of_purge, of_day;
    IF of_day <> '-infinity' THEN
        EXECUTE format('CREATE UNLOGGED TABLE audit.record_kept AS SELECT r.* FROM %s r WHERE r.day = %L AND r.kind = ''event'' AND audit.outlives(r.action)', part, of_day);
        EXECUTE format('DELETE FROM %s r WHERE r.day = $1 AND r.kind = ''event'' AND audit.outlives(r.action)', part) USING of_day;
        UPDATE audit.record_kept SET day = '-infinity';
        INSERT INTO audit.record_former SELECT * FROM audit.record_kept;
        DROP TABLE audit.record_kept;
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', part);
END
$_$;

COMMENT ON FUNCTION audit.take_out(of_purge uuid, of_day date) IS 'Delete what was purged of a day; events that are kept for good lose their day';

CREATE FUNCTION audit.key_changes() RETURNS TABLE(note text, at timestamp with time zone, leaf bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT r.body #>> '{facts,note}', r.recorded_at, l.leaf
    FROM audit.record r
    LEFT JOIN audit.seal s ON s.writer = r.writer AND s.first_seq <= r.seq AND s.last_seq >= r.seq
    LEFT JOIN audit.leaf l ON l.writer = s.writer AND l.last_seq = s.last_seq
    WHERE r.kind = 'event' AND r.action = 'audit_key_changed'
    ORDER BY r.recorded_at, r.writer, r.seq
$$;

COMMENT ON FUNCTION audit.key_changes() IS 'Notes that say which audit signing key is replaced or has ended, and their place in the log';

CREATE FUNCTION audit.lifetimes(of_day date, today date) RETURNS TABLE(writer text, seq bigint, hash bytea, recorded_at timestamp with time zone, kind text, action text, tenant text, exchange text, kept_through date, holds text[], goes boolean)
    LANGUAGE sql STABLE STRICT
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    WITH records AS MATERIALIZED (
        SELECT r.writer, r.seq, r.hash, r.recorded_at, (r.recorded_at AT TIME ZONE 'UTC')::date AS own_day,
               greatest(r.recorded_at, s.stored_at) AS kept_at, (greatest(r.recorded_at, s.stored_at) AT TIME ZONE 'UTC')::date AS on_day,
               r.kind, r.action, r.tenant, r.activity, r.exchange, r.target, (r.body #>> '{facts,retain_until}')::date AS dated,
               CASE WHEN r.kind = 'event' THEN
                   CASE WHEN r.action = 'late_outcome' THEN r.target ELSE coalesce(r.body #>> '{facts,exchange}', '') END
               ELSE r.exchange END AS about
        FROM audit.record r LEFT JOIN LATERAL (
            SELECT s.stored_at FROM audit.seal s WHERE s.writer = r.writer AND s.last_seq >= r.seq ORDER BY s.last_seq LIMIT 1) s ON true
        WHERE r.day = of_day
    ), held AS MATERIALIZED (
        SELECT h.id, h.tenant, h.activity, h.subject, k.reference, h.since, h.until,
               k.reference IS NULL OR EXISTS (SELECT FROM identity.linking_key d WHERE d.tenant = h.tenant) AS anybody
        FROM identity.hold_state h LEFT JOIN identity.subject_key k ON k.tenant = h.tenant AND k.handle = h.subject
        WHERE h.released IS NULL AND (h.in_force IS NOT NULL OR now() - h.placed < interval '24 hours')
    ), longest AS (
        SELECT r.tenant, greatest(2190, max(r.dated - r.own_day)) AS days FROM records r GROUP BY r.tenant
    ), exchanges AS (
        SELECT r.exchange, max(r.tenant) AS tenant, max(r.on_day) AS last_day, max(r.dated) AS dated,
               bool_or(r.kind = 'decision') AND bool_or(r.kind = 'outcome') AS ended
        FROM records r WHERE r.kind <> 'event' GROUP BY r.exchange
    ), covered AS MATERIALIZED (  -- exchanges of the day, and those of other days that its events are about
        SELECT a.about, ARRAY(
            SELECT h.id FROM held h
            WHERE (h.tenant IS NULL OR h.tenant = d.tenant) AND (h.activity IS NULL OR h.activity = d.activity)
              AND (h.since IS NULL OR d.last_at >= h.since) AND (h.until IS NULL OR d.first_at < h.until)
              AND (h.subject IS NULL OR h.reference = ANY (d.subjects) OR h.anybody AND d.subjects <> '{}')
            ORDER BY h.id) AS holds
        FROM (SELECT DISTINCT r.about FROM records r WHERE r.about <> '') a CROSS JOIN LATERAL (
            SELECT max(e.tenant) AS tenant, max(e.activity) AS activity, min(e.recorded_at) AS first_at, max(greatest(e.recorded_at, s.stored_at)) AS last_at,
                   coalesce(max(ARRAY(SELECT json_array_elements_text(CASE json_typeof(e.body #> '{facts,caller,subject_refs}')
                       WHEN 'array' THEN e.body #> '{facts,caller,subject_refs}' ELSE '[]' END))) FILTER (WHERE e.kind = 'decision'), '{}') AS subjects
            FROM audit.record e LEFT JOIN LATERAL (
                SELECT s.stored_at FROM audit.seal s WHERE s.writer = e.writer AND s.last_seq >= e.seq ORDER BY s.last_seq LIMIT 1) s ON true
            WHERE e.day = audit.day_of(a.about) AND e.exchange = a.about AND e.kind IN ('decision', 'outcome')) d
        WHERE EXISTS (SELECT FROM held)
    ), ends AS (
        SELECT e.exchange, e.ended,
               CASE WHEN e.dated IS NULL THEN e.last_day + l.days ELSE greatest(e.dated, e.last_day + 400) END AS kept_through,
               coalesce(c.holds, '{}') AS holds
        FROM exchanges e JOIN longest l USING (tenant) LEFT JOIN covered c ON c.about = e.exchange
    ), judged AS (
        SELECT r.*, e.kept_through, e.holds, e.ended AND e.holds = '{}' AND e.kept_through < today AS goes
        FROM records r JOIN ends e USING (exchange) WHERE r.kind <> 'event'
        UNION ALL
        SELECT r.*, k.kept_through, k.holds, NOT audit.outlives(r.action) AND k.holds = '{}' AND k.kept_through < today
        FROM records r JOIN longest l USING (tenant) LEFT JOIN covered c USING (about)
        CROSS JOIN LATERAL (
            SELECT CASE WHEN r.action <> 'answer_stated' THEN r.on_day + l.days ELSE r.on_day + 400 END AS kept_through,
                   ARRAY(SELECT h.id FROM held h
                         WHERE r.action <> 'answer_stated' AND h.subject IS NULL AND (h.tenant IS NULL OR h.tenant = r.tenant)
                           AND (h.activity IS NULL OR h.activity = r.activity)
                           AND (h.since IS NULL OR r.kept_at >= h.since) AND (h.until IS NULL OR r.recorded_at < h.until)
                         UNION SELECT unnest(c.holds)
                         ORDER BY 1) AS holds) k
        WHERE r.kind = 'event'
    ), spans AS (
        SELECT s.writer, min(s.first_seq) AS first, max(s.last_seq) AS last
        FROM audit.seal s
        WHERE s.writer IN (SELECT DISTINCT j.writer FROM judged j WHERE j.action = 'answer_stated')
          AND s.last_at >= of_day::timestamp AT TIME ZONE 'UTC' AND s.first_at < (of_day + 1)::timestamp AT TIME ZONE 'UTC'
        GROUP BY s.writer
    ), naming AS (  -- chains with records of a tenant that stay: they may name any answer that was stated for it on that day
        SELECT j.writer, j.tenant FROM judged j WHERE j.kind IN ('decision', 'attempt') AND NOT j.goes
        UNION
        SELECT r.writer, r.tenant
        FROM spans p JOIN audit.record r ON r.writer = p.writer AND r.seq BETWEEN p.first AND p.last
        WHERE r.kind IN ('decision', 'attempt') AND r.day < of_day
    )
    SELECT j.writer, j.seq, j.hash, j.recorded_at, j.kind, j.action, j.tenant, j.exchange, j.kept_through, j.holds,
           j.goes AND NOT (j.action = 'answer_stated' AND (j.writer, j.tenant) IN (SELECT n.writer, n.tenant FROM naming n))
    FROM judged j
$$;

COMMENT ON FUNCTION audit.lifetimes(of_day date, today date) IS 'Through which day each record of a day must be kept, which holds cover it, and whether it may go today';

CREATE FUNCTION audit.merkle_root(leaves bytea[]) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    level bytea[] := leaves;
BEGIN
    IF cardinality(level) = 0 THEN
        RETURN sha256('');
    END IF;
    WHILE cardinality(level) > 1 LOOP
        SELECT array_agg(CASE WHEN p.right IS NULL THEN p.left ELSE sha256('\x01'::bytea || p.left || p.right) END ORDER BY p.place)
        INTO level
        FROM (SELECT u.place, u.hash AS left, lead(u.hash) OVER (ORDER BY u.place) AS right
              FROM unnest(level) WITH ORDINALITY u (hash, place)) p
        WHERE p.place % 2 = 1;
    END LOOP;
    RETURN level[1];
END
$$;

COMMENT ON FUNCTION audit.merkle_root(leaves bytea[]) IS 'RFC 6962 root over leaf hashes';

CREATE FUNCTION audit.open_records(of_writer text) RETURNS TABLE(exchange text, content bytea)
    LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT r.exchange, audit.content(r.body, r.packed)
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

CREATE FUNCTION audit.outlives(action text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (action = ANY (ARRAY['writer_started'::text, 'writer_closed'::text, 'writer_left'::text, 'writer_recovered'::text, 'audit_key_changed'::text, 'policy_kept'::text, 'day_purged'::text, 'subject_erasure_requested'::text, 'subject_erased'::text, 'hold_requested'::text, 'hold_placed'::text, 'hold_release_requested'::text, 'hold_released'::text, 'subject_restricted'::text, 'key_revoked'::text, 'break_glass_revoked'::text, 'target_quarantined'::text, 'target_cleared'::text, 'registry_changed'::text, 'authority_stated'::text]));

COMMENT ON FUNCTION audit.outlives(action text) IS 'Events that are kept for good: what verification stands on, and what says that something was purged, erased or held';

CREATE FUNCTION audit.outbox_recorded(of_event uuid) RETURNS boolean
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM audit.outbox o WHERE o.id = of_event AND EXISTS (
        SELECT FROM audit.record r WHERE r.kind = 'event' AND r.action = o.action AND r.target = o.id::text
            AND r.recorded_at >= o.at - interval '1 day');
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION audit.outbox_recorded(of_event uuid) IS 'Remove an event that is recorded; false while it is not';

CREATE FUNCTION audit.part_of(of_day date) RETURNS regclass
    LANGUAGE sql STABLE STRICT
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT to_regclass(CASE WHEN of_day = '-infinity' THEN 'audit.record_former'
                            ELSE 'audit.record_' || to_char(of_day, 'YYYY_MM') END)
$$;

CREATE FUNCTION audit.plan_for(of_day date) RETURNS jsonb
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    made jsonb;
BEGIN
    SELECT k.plan INTO made FROM audit.kept_day k
    WHERE k.day = of_day AND k.through >= today AND ARRAY(SELECT jsonb_object_keys(k.plan -> 'holds') ORDER BY 1) = ARRAY(
        SELECT h.id FROM identity.hold_state h
        WHERE h.released IS NULL AND (h.in_force IS NOT NULL OR now() - h.placed < interval '24 hours') ORDER BY 1);
    IF FOUND THEN
        RETURN made;
    END IF;
    made := audit.purge_plan(of_day);
    IF of_day <> '-infinity' AND made ->> 'records' = '0' AND (made ->> 'next')::date >= today THEN
        INSERT INTO audit.kept_day VALUES (of_day, (made ->> 'next')::date, made)
        ON CONFLICT (day) DO UPDATE SET through = EXCLUDED.through, plan = EXCLUDED.plan;
    ELSE
        DELETE FROM audit.kept_day k WHERE k.day = of_day;
    END IF;
    RETURN made;
END
$$;

COMMENT ON FUNCTION audit.plan_for(of_day date) IS 'The plan of a day, read again only once something of it may go, or other holds are in force. It can delay a purge; purge_day reads the day itself';

CREATE FUNCTION audit.purge_day(of_request text, of_day date, of_purge uuid, anchored bigint) RETURNS bigint
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '2s'
    AS $$
DECLARE
    said json;
    said_leaf bigint;
    gone bigint;
    state record;
BEGIN
    PERFORM identity.lock_turn();  -- no hold, release or erasure meanwhile
    PERFORM audit.add_month(of_day);  -- what came late waits in the rest
    PERFORM pg_advisory_xact_lock(hashtextextended('audit days', 0));
    IF NOT EXISTS (SELECT FROM identity.two_person_request r JOIN identity.two_person_approval a USING (id)
                   WHERE r.id = of_request AND r.act = 'purge_days' AND of_day <= r.about::date
                     AND now() - a.approved < interval '24 hours') THEN
        RAISE EXCEPTION 'no second person approved that within a day' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF of_day NOT IN (SELECT d FROM audit.days_past(of_day) d) THEN
        RAISE EXCEPTION 'the day is younger than the shortest period, or there is none' USING ERRCODE = 'check_violation';
    END IF;
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', audit.part_of(of_day));
    SELECT r.body -> 'facts', l.leaf INTO said, said_leaf
    FROM audit.record r
    JOIN audit.seal s ON s.writer = r.writer AND s.first_seq <= r.seq AND s.last_seq >= r.seq
    JOIN audit.leaf l ON l.writer = s.writer AND l.last_seq = s.last_seq
    WHERE r.kind = 'event' AND r.action = 'day_purged' AND r.target = of_purge::text;
    IF said IS NULL OR said_leaf >= anchored OR NOT EXISTS (SELECT FROM audit.note n WHERE n.size = anchored) THEN
        RAISE EXCEPTION 'no certificate under an anchored note says so' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO audit.purged (purge, day, writer, first_seq, last_seq, hashes)
    SELECT of_purge, of_day, g.writer, min(g.seq), max(g.seq), string_agg(g.hash, '' ORDER BY g.seq)
    FROM (SELECT l.writer, l.seq, l.hash, l.seq - row_number() OVER (PARTITION BY l.writer ORDER BY l.seq) AS run
          FROM audit.lifetimes(of_day, (now() AT TIME ZONE 'UTC')::date) l WHERE l.goes) g
    GROUP BY g.writer, g.run;
    SELECT coalesce(sum(p.last_seq - p.first_seq + 1), 0) INTO gone FROM audit.purged p WHERE p.purge = of_purge;
    IF gone = 0 OR (said ->> 'day', said ->> 'records', said ->> 'root') IS DISTINCT FROM (of_day::text, gone::text, encode(audit.merkle_root(ARRAY(
        SELECT substr(p.hashes, 32 * n::integer + 1, 32) FROM audit.purged p, generate_series(0, p.last_seq - p.first_seq) n
        WHERE p.purge = of_purge ORDER BY p.writer COLLATE "C", p.first_seq + n)), 'hex')) THEN
        RAISE EXCEPTION 'the certificate is over other records: what may go has changed' USING ERRCODE = 'check_violation';
    END IF;
    SELECT r.* INTO state FROM audit.run_state(
        ARRAY(SELECT p.writer FROM audit.purged p WHERE p.purge = of_purge ORDER BY p.writer, p.first_seq),
        ARRAY(SELECT p.first_seq FROM audit.purged p WHERE p.purge = of_purge ORDER BY p.writer, p.first_seq),
        ARRAY(SELECT p.last_seq FROM audit.purged p WHERE p.purge = of_purge ORDER BY p.writer, p.first_seq)) r;
    IF state.unlisted > 0 OR state.top_leaf >= anchored THEN
        RAISE EXCEPTION 'not all of these records are under an anchored note' USING ERRCODE = 'check_violation';
    END IF;
    IF jsonb_array_length(state.lagging) > 0 THEN
        RAISE EXCEPTION 'a stream has not sent them all: %', state.lagging USING ERRCODE = 'check_violation';
    END IF;
    PERFORM audit.take_out(of_purge, of_day);
    DELETE FROM audit.part t USING (
        SELECT min(l.leaf) AS first, max(l.leaf) AS last FROM audit.purged p
        JOIN audit.seal s ON s.writer = p.writer AND s.last_seq >= p.first_seq AND s.first_seq <= p.last_seq
        JOIN audit.leaf l ON l.writer = s.writer AND l.last_seq = s.last_seq
        WHERE p.purge = of_purge) g
    WHERE t.end_leaf > g.first AND t.first_leaf <= g.last;
    RETURN gone;
END
$$;

COMMENT ON FUNCTION audit.purge_day(of_request text, of_day date, of_purge uuid, anchored bigint) IS 'Purge what may go of a day. Refused without two people, a certificate over the same records under a note that an anchor holds (the size "anchored" is the caller''s word), and while a stream lags';

CREATE FUNCTION audit.purge_plan(of_day date) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    made jsonb;
BEGIN
    WITH lives AS MATERIALIZED (
        SELECT l.* FROM audit.lifetimes(of_day, (now() AT TIME ZONE 'UTC')::date) l
    ), going AS (
        SELECT l.* FROM lives l WHERE l.goes
    ), runs AS MATERIALIZED (
        SELECT g.writer, min(g.seq) AS first, max(g.seq) AS last
        FROM (SELECT l.writer, l.seq, l.seq - row_number() OVER (PARTITION BY l.writer ORDER BY l.seq) AS run FROM going l) g
        GROUP BY g.writer, g.run
    ), state AS (
        SELECT t.* FROM audit.run_state(ARRAY(SELECT r.writer FROM runs r ORDER BY r.writer, r.first),
                                        ARRAY(SELECT r.first FROM runs r ORDER BY r.writer, r.first),
                                        ARRAY(SELECT r.last FROM runs r ORDER BY r.writer, r.first)) t
    ), counted AS (
        SELECT g.tenant, jsonb_object_agg(g.kind, g.n) AS kinds
        FROM (SELECT g.tenant, g.kind, count(*) AS n FROM going g GROUP BY g.tenant, g.kind) g GROUP BY g.tenant
    )
    SELECT jsonb_build_object(
        'day', of_day::text,
        'records', (SELECT count(*) FROM going),
        'exchanges', (SELECT count(DISTINCT g.exchange) FROM going g WHERE g.kind <> 'event'),
        'chains', (SELECT count(DISTINCT g.writer) FROM going g),
        'first_at', (SELECT min(g.recorded_at) FROM going g),
        'last_at', (SELECT max(g.recorded_at) FROM going g),
        'kept_through', (SELECT max(g.kept_through) FROM going g),
        'tenants', (SELECT coalesce(jsonb_object_agg(c.tenant, c.kinds), '{}') FROM counted c),
        'root', encode(audit.merkle_root(ARRAY(SELECT g.hash FROM going g ORDER BY g.writer COLLATE "C", g.seq)), 'hex'),
        'revisions', (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(r.body #>> '{columns,revision}', r.body #>> '{columns,data_revision}')), '[]')
                      FROM audit.record r WHERE r.day = of_day AND r.kind = 'event' AND r.action = 'answer_stated'),
        'holds', (SELECT coalesce(jsonb_object_agg(h.id, h.n), '{}') FROM (
                      SELECT s.id, count(l.seq) AS n
                      FROM identity.hold_state s LEFT JOIN lives l ON s.id = ANY (l.holds)
                      WHERE s.released IS NULL AND (s.in_force IS NOT NULL OR now() - s.placed < interval '24 hours')
                      GROUP BY s.id) h),
        'kept', (SELECT count(*) FROM lives l WHERE NOT l.goes AND NOT (l.kind = 'event' AND audit.outlives(l.action))),
        'held', (SELECT count(*) FROM lives l WHERE l.holds <> '{}'),
        'next', (SELECT min(l.kept_through) FROM lives l
                 WHERE NOT l.goes AND NOT (l.kind = 'event' AND audit.outlives(l.action))
                   AND NOT (l.kind = 'event' AND l.action = 'answer_stated' AND l.kept_through < (now() AT TIME ZONE 'UTC')::date)),
        'last', (SELECT max(l.kept_through) FROM lives l WHERE NOT l.goes AND NOT (l.kind = 'event' AND audit.outlives(l.action))),
        'top_leaf', (SELECT t.top_leaf FROM state t),
        'unlisted', (SELECT t.unlisted FROM state t),
        'lagging', (SELECT t.lagging FROM state t)
    ) INTO made;
    RETURN made;
END
$$;

COMMENT ON FUNCTION audit.purge_plan(of_day date) IS 'What of a day may go, in the words of its certificate, and what keeps the rest: holds, days, seals under no note, streams that lag';

CREATE FUNCTION audit.reading_recorded(of_reading uuid) RETURNS boolean
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM audit.reading WHERE id = of_reading;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION audit.reading_recorded(of_reading uuid) IS 'Refused while no record says it';

CREATE FUNCTION audit.reads_all() RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT audit.bound_tenants() IS NULL AND coalesce(current_setting('app.tenants', true), '') = '*'
$$;

COMMENT ON FUNCTION audit.reads_all() IS 'Whether this session reads every tenant, and what belongs to none: app.tenants is *';

CREATE FUNCTION audit.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'audit.record is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION audit.refuse_gap() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM audit.seal s WHERE s.writer = NEW.writer AND s.last_seq = NEW.first_seq - 1) THEN
        RAISE EXCEPTION 'a seal goes on where another of its writer ended' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.refuse_log_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'audit.% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION audit.refuse_outbox_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM audit.record r WHERE r.kind = 'event' AND r.action = OLD.action AND r.target = OLD.id::text
            AND r.recorded_at >= OLD.at - interval '1 day') THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit.outbox is append-only until it is recorded: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION audit.refuse_reading_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION audit.refuse_unsealed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION audit.run_state(writers text[], firsts bigint[], lasts bigint[]) RETURNS TABLE(top_leaf bigint, unlisted bigint, lagging jsonb)
    LANGUAGE sql STABLE STRICT
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    WITH runs AS (
        SELECT r.* FROM unnest(writers, firsts, lasts) r (writer, first, last)
    ), sealed AS (
        SELECT r.last - r.first + 1 AS records, c.covered, c.leaf, c.unlisted
        FROM runs r CROSS JOIN LATERAL (
            SELECT coalesce(sum(least(s.last_seq, r.last) - greatest(s.first_seq, r.first) + 1), 0) AS covered, max(f.leaf) AS leaf,
                   count(*) FILTER (WHERE f.leaf IS NULL) AS unlisted
            FROM audit.seal s LEFT JOIN audit.leaf f ON f.writer = s.writer AND f.last_seq = s.last_seq
            WHERE s.writer = r.writer AND s.last_seq >= r.first AND s.first_seq <= r.last AND s.last_seq <= coalesce((
                SELECT e.last_seq FROM audit.seal e WHERE e.writer = r.writer AND e.last_seq >= r.last ORDER BY e.last_seq LIMIT 1), r.last)) c
    ), late AS (
        SELECT DISTINCT t.login || ' ' || t.name AS stream
        FROM audit.stream t CROSS JOIN (SELECT r.writer, max(r.last) AS seq FROM runs r GROUP BY r.writer) g
        LEFT JOIN audit.stream_position p ON p.login = t.login AND p.name = t.name AND p.writer = g.writer
        WHERE coalesce(p.seq, 0) < g.seq
    )
    SELECT (SELECT max(s.leaf) FROM sealed s), (SELECT count(*) FROM sealed s WHERE s.unlisted > 0 OR s.covered < s.records),
           (SELECT coalesce(jsonb_agg(l.stream ORDER BY l.stream), '[]') FROM late l)
$$;

COMMENT ON FUNCTION audit.run_state(writers text[], firsts bigint[], lasts bigint[]) IS 'Of runs of records in their chains: the last leaf over them, how many runs are not wholly in the log, and the streams that have not sent them';

CREATE FUNCTION audit.tenants_read() RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    bound text[] := audit.bound_tenants();
    asked text := coalesce(current_setting('app.tenants', true), '');
BEGIN
    IF asked IN ('', '*') THEN
        RETURN coalesce(bound, '{}');
    END IF;
    RETURN ARRAY(SELECT unnest(array_remove(asked::text[], '')) INTERSECT SELECT unnest(coalesce(bound, asked::text[])));
END
$$;

COMMENT ON FUNCTION audit.tenants_read() IS 'The tenants in app.tenants, an array as PostgreSQL writes it; of a bound login those that it is bound to. None where nothing is set';

CREATE FUNCTION audit.unfinished_writers() RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION audit.writer_alive(of_writer text) RETURNS boolean
    LANGUAGE sql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT EXISTS (
        SELECT FROM pg_locks l
        WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND ((l.classid::bigint << 32) | l.objid::bigint) = audit.writer_lock(of_writer)
    )
$$;

CREATE FUNCTION audit.writer_lock(of_writer text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN hashtextextended(('audit writer '::text || of_writer), (0)::bigint);

CREATE FUNCTION export.approve(of_job text, by_approver text, as_person text) RETURNS boolean
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO export.approval (job, approver)
    SELECT j.id, by_approver FROM export.job j
    WHERE j.id = of_job AND j.state = 'pending' AND j.person <> as_person AND now() - j.made < interval '24 hours'
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE export.job SET state = 'waiting' WHERE id = of_job;
    RETURN true;
END
$$;

COMMENT ON FUNCTION export.approve(of_job text, by_approver text, as_person text) IS 'A second person approves an export within a day; false where that is not possible';

CREATE FUNCTION export.check_approved() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF NEW.of_subject AND NEW.state IN ('waiting', 'running', 'done')
       AND NOT EXISTS (SELECT FROM export.approval a WHERE a.job = NEW.id) THEN
        RAISE EXCEPTION 'an export that names a data subject needs a second person' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.of_subject, NEW.person, NEW.tenants, NEW.kind, NEW.name, NEW.parameters - 'subject', NEW.format, NEW.asked_by, NEW.language, NEW.schedule)
       IS DISTINCT FROM (OLD.of_subject, OLD.person, OLD.tenants, OLD.kind, OLD.name, OLD.parameters - 'subject', OLD.format, OLD.asked_by, OLD.language, OLD.schedule)
       OR TG_OP = 'UPDATE' AND NEW.ended IS NULL AND NEW.parameters <> OLD.parameters THEN
        RAISE EXCEPTION 'what was asked for does not change' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION identity.announce() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('identity_api_key', NEW.id);
    RETURN NULL;
END
$$;

CREATE FUNCTION identity.announce_subject() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('identity_subject', '');
    RETURN NULL;
END
$$;

CREATE FUNCTION identity.approve_break_glass(of_grant text, by_approver text, with_mfa text, at timestamp with time zone, until timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO identity.break_glass_approval (id, approver, mfa, approved, expires)
    SELECT g.id, by_approver, with_mfa, at, until
    FROM identity.break_glass g
    WHERE g.id = of_grant AND until <= at + g.lasts AND g.requested_by <> by_approver AND g.service IS DISTINCT FROM by_approver
      AND at - g.requested < interval '24 hours'
      AND NOT EXISTS (SELECT FROM identity.break_glass_revocation v WHERE v.id = g.id)
    ON CONFLICT DO NOTHING
    RETURNING expires
$$;

CREATE FUNCTION identity.approve_hold(of_request text, by_approver text) RETURNS text
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    asked identity.two_person_request;
BEGIN
    PERFORM identity.lock_turn();
    SELECT * INTO asked FROM identity.two_person_request r
    WHERE r.id = of_request AND r.act IN ('place_hold', 'release_hold');
    IF NOT FOUND OR NOT EXISTS (SELECT FROM identity.hold h WHERE h.id = asked.about)
       OR (asked.act = 'release_hold' AND EXISTS (SELECT FROM identity.hold_release r WHERE r.hold = asked.about))
       OR NOT identity.approve_request(of_request, asked.act, asked.tenant, asked.about, by_approver) THEN
        RETURN NULL;
    END IF;
    IF asked.act = 'release_hold' THEN
        INSERT INTO identity.hold_release (hold, request) VALUES (asked.about, of_request);
    END IF;
    RETURN asked.about;
END
$$;

COMMENT ON FUNCTION identity.approve_hold(of_request text, by_approver text) IS 'A second person approves the placement or the release of a hold; returns the hold, null where that is not possible';

CREATE FUNCTION identity.approve_request(of_request text, for_act text, of_tenant text, with_about text, by_approver text) RETURNS boolean
    LANGUAGE plpgsql STRICT
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM identity.lock_turn();
    INSERT INTO identity.two_person_approval (id, approver)
    SELECT r.id, by_approver FROM identity.two_person_request r
    WHERE r.id = of_request AND r.act = for_act AND r.tenant = of_tenant AND r.about = with_about
      AND r.requested_by <> by_approver AND clock_timestamp() - r.requested < interval '24 hours'
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION identity.approve_request(of_request text, for_act text, of_tenant text, with_about text, by_approver text) IS 'Called by the functions of the acts alone: whether a second person approves what another asked for within a day';

CREATE FUNCTION identity.erase_subject(of_request text, of_tenant text, of_lookup bytea, by_approver text) RETURNS integer
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    destroyed integer;
BEGIN
    PERFORM identity.lock_turn();
    IF identity.holds_against_erasure(of_tenant, of_lookup) THEN
        RETURN -1;
    END IF;
    IF identity.approve_request(of_request, 'erase_subject', of_tenant, (
           SELECT k.handle FROM identity.subject_key k WHERE k.tenant = of_tenant AND k.lookup = of_lookup AND k.destroyed_at IS NULL), by_approver) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    UPDATE identity.subject_key SET sealed = NULL, handle = NULL, reference = NULL, destroyed_at = date_trunc('day', clock_timestamp())
    WHERE tenant = of_tenant AND lookup = of_lookup AND destroyed_at IS NULL;
    GET DIAGNOSTICS destroyed = ROW_COUNT;
    UPDATE identity.turn t SET destroyed = pg_current_xact_id();
    INSERT INTO audit.outbox (action, tenant, facts)
    SELECT 'subject_erased', of_tenant, jsonb_build_object(
        'request', of_request, 'ticket', r.ticket, 'keys', destroyed, 'pseudonyms', NULL, 'requested_by', r.requested_by, 'by', by_approver)
    FROM identity.two_person_request r WHERE r.id = of_request;
    PERFORM pg_notify('identity_subject', '');
    RETURN destroyed;
END
$$;

COMMENT ON FUNCTION identity.erase_subject(of_request text, of_tenant text, of_lookup bytea, by_approver text) IS 'Destroys a data subject''s key; null: no other person asked for that within a day; -1: a legal hold covers the subject';

CREATE FUNCTION identity.expire_links() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    expired record;
    number bigint := 0;
BEGIN
    PERFORM identity.lock_turn();
    FOR expired IN
        UPDATE identity.linking_key k SET sealed = NULL, destroyed_at = now()
        WHERE k.destroyed_at IS NULL AND k.until < (now() AT TIME ZONE 'UTC')::date AND NOT EXISTS (
            SELECT FROM identity.hold_state h
            WHERE h.released IS NULL AND (h.in_force IS NOT NULL OR now() - h.placed < interval '24 hours')
              AND (h.tenant IS NULL OR h.tenant = k.tenant) AND (h.since IS NULL OR (h.since AT TIME ZONE 'UTC')::date <= k.day)
              AND (h.until IS NULL OR h.until > k.day::timestamp AT TIME ZONE 'UTC'))
        RETURNING k.tenant, k.day, k.until
    LOOP
        INSERT INTO audit.outbox (action, tenant, facts) VALUES ('links_expired', expired.tenant, jsonb_build_object(
            'day', expired.day::text, 'through', expired.until::text, 'by', 'expiry'));
        number := number + 1;
    END LOOP;
    IF number > 0 THEN
        UPDATE identity.turn t SET destroyed = pg_current_xact_id();
        PERFORM pg_notify('identity_subject', '');
    END IF;
    RETURN number;
END
$$;

COMMENT ON FUNCTION identity.expire_links() IS 'Destroy the keys of days that no longer may be linked to anybody, unless a legal hold covers the tenant then; returns how many';

CREATE FUNCTION identity.forget_destroyed() RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '1s'
    AS $$
BEGIN
    PERFORM FROM identity.turn t WHERE t.destroyed < pg_snapshot_xmin(pg_current_snapshot()) FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    CLUSTER identity.subject_key USING subject_key_pkey;
    CLUSTER identity.linking_key USING linking_key_pkey;
    UPDATE identity.turn t SET destroyed = NULL;
    RETURN true;
EXCEPTION
    WHEN lock_not_available THEN RETURN false;  -- somebody reads; the next call tries again
END
$$;

COMMENT ON FUNCTION identity.forget_destroyed() IS 'Write the tables of keys anew after one was destroyed: a vacuum leaves its bytes in the free space of a page';

CREATE FUNCTION identity.holds_against_erasure(of_tenant text, of_lookup bytea) RETURNS boolean
    LANGUAGE sql STABLE STRICT
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT EXISTS (
        SELECT FROM identity.hold_state h
        WHERE h.released IS NULL AND (h.in_force IS NOT NULL OR clock_timestamp() - h.placed < interval '24 hours')
          AND (h.tenant IS NULL OR h.tenant = of_tenant) AND (h.subject IS NULL OR h.subject = (
              SELECT k.handle FROM identity.subject_key k WHERE k.tenant = of_tenant AND k.lookup = of_lookup AND k.destroyed_at IS NULL)))
$$;

CREATE FUNCTION identity.keep_destroyed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.destroyed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a destroyed key stays destroyed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION identity.keep_lifted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.lifted IS NOT NULL THEN
        RAISE EXCEPTION 'what was lifted stays lifted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION identity.outbox_event_of(of_request text) RETURNS text
    LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT o.id::text FROM audit.outbox o WHERE o.facts ->> 'request' = of_request
$$;

COMMENT ON FUNCTION identity.outbox_event_of(of_request text) IS 'The outbox event of an erasure, by its request';

CREATE FUNCTION identity.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION identity.review_break_glass(of_grant text, by_reviewer text, with_finding text, with_note text, at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO identity.break_glass_review (id, reviewer, finding, note, reviewed)
    SELECT g.id, by_reviewer, with_finding, with_note, at
    FROM identity.break_glass g JOIN identity.break_glass_approval a ON a.id = g.id
    WHERE g.id = of_grant AND by_reviewer NOT IN (g.requested_by, a.approver)
      AND g.service IS DISTINCT FROM by_reviewer
      AND (a.expires <= at OR EXISTS (SELECT FROM identity.break_glass_revocation v WHERE v.id = g.id))
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

CREATE FUNCTION identity.revoke_break_glass(of_grant text, by_operator text, at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO identity.break_glass_revocation (id, revoked_by, revoked)
    SELECT g.id, by_operator, at FROM identity.break_glass g WHERE g.id = of_grant
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

CREATE FUNCTION identity.lock_turn() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM identity.turn FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'identity.turn has lost its row, so nothing can be kept from going meanwhile'
        USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'The owner puts it back: INSERT INTO identity.turn DEFAULT VALUES';
    END IF;
END
$$;

COMMENT ON FUNCTION identity.lock_turn() IS 'Called by the functions of the acts alone: one after the other, or none';

CREATE FUNCTION identity.take_turn() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '5s'
    AS $$
BEGIN
    PERFORM identity.lock_turn();
    RETURN NULL;
END
$$;

CREATE FUNCTION identity.use_break_glass(of_grant text, of_exchange text, at timestamp with time zone) RETURNS text
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM identity.break_glass_approval a
        WHERE a.id = of_grant AND a.expires > at
          AND NOT EXISTS (SELECT FROM identity.break_glass_revocation v WHERE v.id = a.id)
    ) THEN
        RETURN 'ended';
    END IF;
    INSERT INTO identity.break_glass_use (id, exchange, used) VALUES (of_grant, of_exchange, at) ON CONFLICT DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'first' ELSE 'again' END;
END
$$;

CREATE FUNCTION master_key.found(new_id text, new_proof bytea, at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO master_key.generation (key_id, known_by, since, in_force)
    SELECT new_id, sha256(new_proof), at, true WHERE NOT EXISTS (SELECT FROM master_key.generation)
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION master_key.found(new_id text, new_proof bytea, at timestamp with time zone) IS 'The first start: only while there is no key yet';

CREATE FUNCTION master_key.retire(old_id text, holder_id text, holder_proof bytea, at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE master_key.generation SET retired = at
    WHERE key_id = old_id AND NOT in_force AND retired IS NULL AND EXISTS (
        SELECT FROM master_key.generation g
        WHERE g.key_id = holder_id AND g.in_force AND g.known_by = sha256(holder_proof));
    RETURN FOUND;
END
$$;

CREATE FUNCTION master_key.rotate(old_id text, old_proof bytea, new_id text, new_proof bytea, at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE master_key.generation SET in_force = false
    WHERE key_id = old_id AND in_force AND known_by = sha256(old_proof) AND old_id <> new_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO master_key.generation AS g (key_id, known_by, since, in_force)
    VALUES (new_id, sha256(new_proof), at, true)
    ON CONFLICT (key_id) DO UPDATE SET in_force = true, retired = NULL, since = at
    WHERE g.known_by = excluded.known_by;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another key has the id %', new_id USING ERRCODE = 'unique_violation';
    END IF;
    RETURN true;
END
$$;

CREATE FUNCTION registry.announce() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('registry_activation', NEW.revision);
    RETURN NULL;
END
$$;

CREATE FUNCTION registry.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'registry.% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION vault.count_us_persons(of_tenant text, to_recipients text[], in_categories text[], keep_at_most integer[], seen bytea[], today date) RETURNS TABLE(category text, persons integer)
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    to_recipient text;
    forgotten integer;
    before integer;
    fresh bytea[];
    known_before_today bytea[];
    kept bytea[];
    oldest constant date := (today - interval '12 months')::date;
BEGIN
    FOR to_recipient IN SELECT DISTINCT r FROM unnest(to_recipients) r ORDER BY r LOOP
        FOR n IN 1 .. cardinality(in_categories) LOOP
            INSERT INTO vault.us_tally AS t VALUES (of_tenant, to_recipient, in_categories[n], 0, today)
            ON CONFLICT (tenant, recipient, category) DO UPDATE SET persons = t.persons
            RETURNING t.persons INTO before;
            IF EXISTS (
                SELECT FROM vault.us_tally t WHERE t.tenant = of_tenant AND t.recipient = to_recipient
                  AND t.category = in_categories[n] AND t.purged < today
            ) THEN
                DELETE FROM vault.us_person p WHERE p.tenant = of_tenant AND p.recipient = to_recipient
                  AND p.category = in_categories[n] AND p.last_seen < oldest;
                GET DIAGNOSTICS forgotten = ROW_COUNT;
                before := before - forgotten;
            END IF;
            SELECT coalesce(array_agg(looked.person) FILTER (WHERE looked.last_seen IS NULL), '{}'),
                   coalesce(array_agg(looked.person) FILTER (WHERE looked.last_seen < today), '{}')
            INTO fresh, known_before_today
            FROM (
                SELECT s AS person, (  -- one look into the index for each, whatever the planner believes of the table
                    SELECT p.last_seen FROM vault.us_person p
                    WHERE p.tenant = of_tenant AND p.recipient = to_recipient AND p.category = in_categories[n]
                      AND p.person = s) AS last_seen
                FROM unnest(seen) s
            ) looked;
            kept := fresh[1 : greatest(0, keep_at_most[n] - before)];
            INSERT INTO vault.us_person AS p
            SELECT of_tenant, to_recipient, in_categories[n], k, today FROM unnest(kept || known_before_today) k
            ON CONFLICT (tenant, recipient, category, person) DO UPDATE SET last_seen = today;
            UPDATE vault.us_tally t SET persons = before + cardinality(kept), purged = today
            WHERE t.tenant = of_tenant AND t.recipient = to_recipient AND t.category = in_categories[n]
              AND (t.persons, t.purged) IS DISTINCT FROM (before + cardinality(kept), today);
            category := in_categories[n];
            persons := before + cardinality(fresh);
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$$;

CREATE TABLE audit.record (
    seq bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    day date DEFAULT '-infinity'::date NOT NULL,
    attempt integer NOT NULL,
    writer text NOT NULL,
    kind text NOT NULL,
    exchange text NOT NULL,
    tenant text NOT NULL,
    activity text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    prev bytea NOT NULL,
    hash bytea NOT NULL,
    body json NOT NULL,
    packed bytea NOT NULL
)
PARTITION BY RANGE (day);

ALTER TABLE ONLY audit.record FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE audit.record IS 'Append-only evidence; hash = SHA-256(0x00 || prev || bytes of the record). Those are the body of an event; of an exchange''s record, packed, and the body repeats what lifetimes are asked of. Partitions by the day of the exchange';

CREATE TABLE audit.kept_day (
    day date NOT NULL,
    through date NOT NULL,
    plan jsonb NOT NULL
);

COMMENT ON TABLE audit.kept_day IS 'Plans of days of which nothing may go on or before "through"; only audit.plan_for reads and writes them, and they can be deleted';

CREATE TABLE audit.leaf (
    leaf bigint NOT NULL,
    writer text NOT NULL,
    last_seq bigint NOT NULL,
    noted bigint NOT NULL,
    CONSTRAINT leaf_check CHECK ((noted > leaf)),
    CONSTRAINT leaf_leaf_check CHECK ((leaf >= 0))
);

COMMENT ON TABLE audit.leaf IS 'The seals in the order of the log; noted is the size of the first note that covers the leaf';

CREATE TABLE audit.note (
    size bigint NOT NULL,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    peaks bytea NOT NULL,
    note text NOT NULL,
    CONSTRAINT note_peaks_check CHECK (((octet_length(peaks) % 32) = 0)),
    CONSTRAINT note_size_check CHECK ((size > 0))
);

COMMENT ON TABLE audit.note IS 'C2SP tlog-checkpoints of the log of seals; peaks are the roots of its perfect subtrees, from the left';

CREATE TABLE audit.outbox (
    id uuid DEFAULT audit.dated_id() NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    action text NOT NULL,
    tenant text NOT NULL,
    facts jsonb NOT NULL,
    CONSTRAINT outbox_action_check CHECK ((action = ANY (ARRAY['subject_erased'::text, 'links_expired'::text])))
);

ALTER TABLE ONLY audit.outbox FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE audit.outbox IS 'Transactional outbox: events of changes made in the same transaction, until they are recorded: "id" is the target of the event';

CREATE TABLE audit.part (
    first_leaf bigint NOT NULL,
    end_leaf bigint NOT NULL,
    start bytea NOT NULL,
    root bytea NOT NULL,
    rows bigint NOT NULL,
    records bigint NOT NULL,
    hidden bigint NOT NULL,
    left_out bigint NOT NULL,
    first_at bigint NOT NULL,
    last_at bigint NOT NULL,
    digests text[] NOT NULL,
    signature text NOT NULL,
    exchange bytea NOT NULL,
    event bytea NOT NULL,
    state bytea NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT part_check CHECK ((end_leaf > first_leaf))
);
ALTER TABLE ONLY audit.part ALTER COLUMN exchange SET STORAGE EXTERNAL;
ALTER TABLE ONLY audit.part ALTER COLUMN event SET STORAGE EXTERNAL;
ALTER TABLE ONLY audit.part ALTER COLUMN state SET STORAGE EXTERNAL;
ALTER TABLE ONLY audit.part FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE audit.part IS 'What leaves of the log make, signed; without it they are derived again, so it can be deleted';

CREATE TABLE audit.purged (
    purge uuid NOT NULL,
    day date NOT NULL,
    writer text NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    hashes bytea NOT NULL,
    CONSTRAINT purged_check CHECK ((last_seq >= first_seq)),
    CONSTRAINT purged_check1 CHECK ((octet_length(hashes) = (32 * ((last_seq - first_seq) + 1)))),
    CONSTRAINT purged_first_seq_check CHECK ((first_seq > 0))
);
ALTER TABLE ONLY audit.purged ALTER COLUMN hashes SET STORAGE EXTERNAL;

COMMENT ON TABLE audit.purged IS 'Places of purged records in their chains, with the hash of each; "purge" names the event day_purged that certifies it';

CREATE TABLE audit.reading (
    id uuid DEFAULT audit.dated_id() NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    login text DEFAULT SESSION_USER NOT NULL,
    said jsonb NOT NULL,
    CONSTRAINT reading_said_check CHECK (((jsonb_typeof(said) = 'object'::text) AND (octet_length((said)::text) <= 8000)))
);

ALTER TABLE ONLY audit.reading FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE audit.reading IS 'Who read what, until a running process has sealed it in its chain as the event log_read';

CREATE TABLE audit.record_former (LIKE audit.record INCLUDING DEFAULTS,
    CONSTRAINT record_check CHECK (((kind = 'event'::text) = (exchange = ''::text))),
    CONSTRAINT record_check1 CHECK (((kind = 'attempt'::text) = (attempt > 0))),
    CONSTRAINT record_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT record_kind_check CHECK ((kind = ANY (ARRAY['decision'::text, 'attempt'::text, 'outcome'::text, 'event'::text]))),
    CONSTRAINT record_prev_check CHECK ((octet_length(prev) = 32)),
    CONSTRAINT record_packed_check CHECK (((kind = 'event'::text) = (packed = ''::bytea))),
    CONSTRAINT record_seq_check CHECK ((seq > 0)),
    CONSTRAINT record_without_day CHECK (((day = '-infinity'::date) AND (((kind = 'event'::text) AND (action <> 'log_read'::text)) OR (audit.day_of_record(kind, action, exchange, target, '-infinity'::timestamp with time zone) = '-infinity'::date)))),
    CONSTRAINT record_writer_check CHECK ((writer <> ''::text))
);

COMMENT ON TABLE audit.record_former IS 'Records without a day: of releases before there were days, and of exchanges whose id names none';

CREATE TABLE audit.record_rest (LIKE audit.record INCLUDING DEFAULTS,
    CONSTRAINT record_check CHECK (((kind = 'event'::text) = (exchange = ''::text))),
    CONSTRAINT record_check1 CHECK (((kind = 'attempt'::text) = (attempt > 0))),
    CONSTRAINT record_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT record_in_its_day CHECK ((day = audit.day_of_record(kind, action, exchange, target, recorded_at))),
    CONSTRAINT record_kind_check CHECK ((kind = ANY (ARRAY['decision'::text, 'attempt'::text, 'outcome'::text, 'event'::text]))),
    CONSTRAINT record_prev_check CHECK ((octet_length(prev) = 32)),
    CONSTRAINT record_packed_check CHECK (((kind = 'event'::text) = (packed = ''::bytea))),
    CONSTRAINT record_seq_check CHECK ((seq > 0)),
    CONSTRAINT record_writer_check CHECK ((writer <> ''::text)),
    CONSTRAINT record_writer_is_a_name CHECK (((writer !~ '[^A-Za-z0-9._~-]'::text) AND ((octet_length(writer) >= 1) AND (octet_length(writer) <= 128))))
);

COMMENT ON TABLE audit.record_rest IS 'Records whose month has no partition yet, and the pattern of the partitions; audit.add_month empties it';

CREATE TABLE audit.seal (
    writer text NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    head bytea NOT NULL,
    root bytea NOT NULL,
    signature bytea NOT NULL,
    stored_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT seal_check CHECK ((last_seq >= first_seq)),
    CONSTRAINT seal_first_seq_check CHECK ((first_seq > 0)),
    CONSTRAINT seal_head_check CHECK ((octet_length(head) = 32)),
    CONSTRAINT seal_root_check CHECK ((octet_length(root) = 32)),
    CONSTRAINT seal_signature_check CHECK ((octet_length(signature) = 64)),
    CONSTRAINT seal_writer_check CHECK (((writer !~ '[^A-Za-z0-9._~-]'::text) AND ((octet_length(writer) >= 1) AND (octet_length(writer) <= 128))))
);

COMMENT ON TABLE audit.seal IS 'One per batch, in its transaction: the writer signs head, times and RFC 6962 root of the records first_seq to last_seq';

CREATE TABLE audit.stream (
    login text DEFAULT SESSION_USER NOT NULL,
    name text NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT stream_name_check CHECK (((name <> ''::text) AND (length(name) <= 500)))
);

COMMENT ON TABLE audit.stream IS 'Streams of the log to collectors, by the login that runs them';

CREATE TABLE audit.stream_position (
    login text DEFAULT SESSION_USER NOT NULL,
    name text NOT NULL,
    writer text NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT stream_position_seq_check CHECK ((seq > 0))
);

COMMENT ON TABLE audit.stream_position IS 'The last record of each chain that a collector has taken; no row: none';

CREATE TABLE audit.tenant_login (
    login regrole NOT NULL,
    tenants text[] NOT NULL,
    CONSTRAINT tenant_login_tenants_check CHECK (((array_position(tenants, ''::text) IS NULL) AND (array_position(tenants, NULL::text) IS NULL)))
);

COMMENT ON TABLE audit.tenant_login IS 'Logins that read these tenants alone, whatever they set; the owner adds them. Other members of proxy_reader set "app.tenants" themselves';

CREATE TABLE audit.tile (
    level integer NOT NULL,
    number bigint NOT NULL,
    root bytea NOT NULL,
    CONSTRAINT tile_level_check CHECK (((level >= 0) AND (level <= 6))),
    CONSTRAINT tile_number_check CHECK ((number >= 0)),
    CONSTRAINT tile_root_check CHECK ((octet_length(root) = 32))
);

COMMENT ON TABLE audit.tile IS 'Roots of the full tiles of the log of seals (C2SP tlog-tiles): of 256 ^ (level + 1) leaves each, and so computed from them';

CREATE TABLE audit.witness (
    size bigint NOT NULL,
    anchor text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    word bytea NOT NULL,
    CONSTRAINT witness_anchor_check CHECK ((anchor <> ''::text)),
    CONSTRAINT witness_word_check CHECK (((octet_length(word) >= 1) AND (octet_length(word) <= 262144)))
);

COMMENT ON TABLE audit.witness IS 'A cosignature (C2SP) or a time-stamp (RFC 3161) of a note; anchor says whose';

CREATE TABLE export.approval (
    job text NOT NULL,
    approver text NOT NULL,
    approved timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT approval_approver_check CHECK ((approver <> ''::text))
);

COMMENT ON TABLE export.approval IS 'The second person of an export that names a data subject';

CREATE TABLE export.job (
    id text NOT NULL,
    made timestamp with time zone DEFAULT now() NOT NULL,
    asked_by text NOT NULL,
    person text NOT NULL,
    tenant text NOT NULL,
    tenants text[],
    purpose text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    parameters jsonb NOT NULL,
    format text NOT NULL,
    of_subject boolean NOT NULL,
    language text DEFAULT 'en'::text NOT NULL,
    schedule text DEFAULT ''::text NOT NULL,
    state text NOT NULL,
    runs integer DEFAULT 0 NOT NULL,
    runner text DEFAULT ''::text NOT NULL,
    beat timestamp with time zone,
    stage text DEFAULT ''::text NOT NULL,
    ended timestamp with time zone,
    failure text DEFAULT ''::text NOT NULL,
    rows bigint,
    bytes bigint,
    answer text DEFAULT ''::text NOT NULL,
    companion bytea,
    expires timestamp with time zone,
    CONSTRAINT job_asked_by_check CHECK ((asked_by <> ''::text)),
    CONSTRAINT job_format_check CHECK ((format <> ''::text)),
    CONSTRAINT job_id_check CHECK ((id ~ '^ex_[a-z0-9]{12}$'::text)),
    CONSTRAINT job_kind_check CHECK ((kind = ANY (ARRAY['question'::text, 'report'::text, 'records'::text, 'verification'::text]))),
    CONSTRAINT job_language_check CHECK ((language ~ '^[a-z]{2}$'::text)),
    CONSTRAINT job_parameters_check CHECK (((jsonb_typeof(parameters) = 'object'::text) AND (octet_length((parameters)::text) <= 100000))),
    CONSTRAINT job_person_check CHECK ((person <> ''::text)),
    CONSTRAINT job_purpose_check CHECK ((purpose <> ''::text)),
    CONSTRAINT job_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'waiting'::text, 'running'::text, 'done'::text, 'failed'::text, 'lapsed'::text, 'expired'::text]))),
    CONSTRAINT job_tenant_check CHECK ((tenant <> ''::text)),
    CONSTRAINT job_tenants_check CHECK (((array_position(tenants, ''::text) IS NULL) AND (array_position(tenants, NULL::text) IS NULL)))
);

ALTER TABLE ONLY export.job FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE export.job IS 'Exports of evidence; what happened to each is in the log, this is only how far it is';
COMMENT ON COLUMN export.job.person IS 'The service of who asked: another one has to approve what names a data subject';
COMMENT ON COLUMN export.job.tenants IS 'Whose evidence who asked may read; null: all';
COMMENT ON COLUMN export.job.parameters IS 'What it is narrowed to; a data subject by its keyed references';
COMMENT ON COLUMN export.job.beat IS 'When the process that runs it was last alive; a minute later another takes it up';

CREATE TABLE export.piece (
    job text NOT NULL,
    number integer NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT piece_content_check CHECK (((octet_length(content) >= 1) AND (octet_length(content) <= 1048576))),
    CONSTRAINT piece_number_check CHECK ((number >= 0))
);
ALTER TABLE ONLY export.piece ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE ONLY export.piece FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE export.piece IS 'The file of an export in pieces of a mebibyte, until it expires';

CREATE TABLE export.schedule (
    id text NOT NULL,
    made timestamp with time zone DEFAULT now() NOT NULL,
    asked_by text NOT NULL,
    person text NOT NULL,
    tenant text NOT NULL,
    tenants text[],
    purpose text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    parameters jsonb NOT NULL,
    format text NOT NULL,
    language text NOT NULL,
    every text NOT NULL,
    due timestamp with time zone NOT NULL,
    ends timestamp with time zone DEFAULT (now() + '1 year'::interval) NOT NULL,
    stopped timestamp with time zone,
    CONSTRAINT schedule_asked_by_check CHECK ((asked_by <> ''::text)),
    CONSTRAINT schedule_every_check CHECK ((every = ANY (ARRAY['day'::text, 'week'::text, 'month'::text]))),
    CONSTRAINT schedule_id_check CHECK ((id ~ '^sc_[a-z0-9]{12}$'::text)),
    CONSTRAINT schedule_kind_check CHECK ((kind = ANY (ARRAY['question'::text, 'report'::text]))),
    CONSTRAINT schedule_parameters_check CHECK (((jsonb_typeof(parameters) = 'object'::text) AND (octet_length((parameters)::text) <= 100000) AND (NOT (parameters ? 'subject'::text)))),
    CONSTRAINT schedule_purpose_check CHECK ((purpose <> ''::text)),
    CONSTRAINT schedule_tenant_check CHECK ((tenant <> ''::text)),
    CONSTRAINT schedule_tenants_check CHECK (((array_position(tenants, ''::text) IS NULL) AND (array_position(tenants, NULL::text) IS NULL)))
);

ALTER TABLE ONLY export.schedule FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE export.schedule IS 'Questions and reports that somebody has exported again after each day, week or month; never about one data subject';
COMMENT ON COLUMN export.schedule.due IS 'The end of the time that the next export is about';

CREATE TABLE identity.api_key (
    id text NOT NULL,
    hash bytea NOT NULL,
    tenant text NOT NULL,
    service text NOT NULL,
    activities text[] NOT NULL,
    default_activity text NOT NULL,
    ingress_region text NOT NULL,
    default_subject_region text,
    roles text[] DEFAULT '{}'::text[] NOT NULL,
    created timestamp with time zone NOT NULL,
    expires timestamp with time zone,
    revoked timestamp with time zone,
    last_used date,
    declarable_regions text[] DEFAULT '{*}'::text[] NOT NULL,
    may_declare_adult boolean DEFAULT false NOT NULL,
    hash_key text DEFAULT ''::text NOT NULL,
    CONSTRAINT api_key_activities_check CHECK ((cardinality(activities) > 0)),
    CONSTRAINT api_key_check CHECK ((default_activity = ANY (activities))),
    CONSTRAINT api_key_declarable_regions_check CHECK ((cardinality(declarable_regions) > 0)),
    CONSTRAINT api_key_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT api_key_id_check CHECK ((id ~ '^[a-z0-9]{12}$'::text)),
    CONSTRAINT api_key_ingress_region_check CHECK ((ingress_region <> ''::text)),
    CONSTRAINT api_key_service_check CHECK ((service <> ''::text)),
    CONSTRAINT api_key_tenant_check CHECK ((tenant <> ''::text))
);

COMMENT ON COLUMN identity.api_key.hash_key IS 'The id of the master key that the hash is made with; empty: made before there were ids, with the first';

CREATE TABLE identity.break_glass (
    id text NOT NULL,
    tenant text NOT NULL,
    activity text,
    service text,
    ticket text NOT NULL,
    reason text NOT NULL,
    lasts interval NOT NULL,
    requested_by text NOT NULL,
    requested timestamp with time zone NOT NULL,
    CONSTRAINT break_glass_activity_check CHECK ((activity <> ''::text)),
    CONSTRAINT break_glass_id_check CHECK ((id ~ '^bg_[a-z0-9]{12}$'::text)),
    CONSTRAINT break_glass_lasts_check CHECK (((lasts > '00:00:00'::interval) AND (lasts <= '24:00:00'::interval))),
    CONSTRAINT break_glass_reason_check CHECK (((btrim(reason) <> ''::text) AND (length(reason) <= 500))),
    CONSTRAINT break_glass_requested_by_check CHECK ((requested_by <> ''::text)),
    CONSTRAINT break_glass_service_check CHECK ((service <> ''::text)),
    CONSTRAINT break_glass_tenant_check CHECK ((tenant <> ''::text)),
    CONSTRAINT break_glass_ticket_check CHECK ((ticket ~ '^[A-Za-z0-9._:/-]{1,64}$'::text))
);

CREATE TABLE identity.break_glass_approval (
    id text NOT NULL,
    approver text NOT NULL,
    mfa text NOT NULL,
    approved timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires timestamp with time zone NOT NULL,
    CONSTRAINT break_glass_approval_approver_check CHECK ((approver <> ''::text)),
    CONSTRAINT break_glass_approval_check CHECK (((expires > approved) AND (expires <= (approved + '24:00:00'::interval))))
);

COMMENT ON COLUMN identity.break_glass_approval.mfa IS 'Second factor as the approver attests it; empty: none';

CREATE TABLE identity.break_glass_review (
    id text NOT NULL,
    reviewer text NOT NULL,
    finding text NOT NULL,
    note text NOT NULL,
    reviewed timestamp with time zone NOT NULL,
    CONSTRAINT break_glass_review_finding_check CHECK ((finding = ANY (ARRAY['justified'::text, 'unjustified'::text]))),
    CONSTRAINT break_glass_review_note_check CHECK ((length(note) <= 500)),
    CONSTRAINT break_glass_review_reviewer_check CHECK ((reviewer <> ''::text))
);

CREATE TABLE identity.break_glass_revocation (
    id text NOT NULL,
    revoked_by text NOT NULL,
    revoked timestamp with time zone NOT NULL,
    CONSTRAINT break_glass_revocation_revoked_by_check CHECK ((revoked_by <> ''::text))
);

CREATE TABLE identity.break_glass_use (
    id text NOT NULL,
    exchange text NOT NULL,
    used timestamp with time zone NOT NULL,
    CONSTRAINT break_glass_use_exchange_check CHECK ((exchange <> ''::text))
);

CREATE VIEW identity.break_glass_grant AS
 SELECT g.id,
    g.tenant,
    g.activity,
    g.service,
    g.ticket,
    g.reason,
    g.lasts,
    g.requested_by,
    g.requested,
    a.approver,
    a.mfa,
    a.approved,
    a.expires,
    v.revoked_by,
    v.revoked,
    r.reviewer,
    r.finding,
    r.reviewed,
    ( SELECT count(*) AS count
           FROM identity.break_glass_use u
          WHERE (u.id = g.id)) AS uses
   FROM (((identity.break_glass g
     LEFT JOIN identity.break_glass_approval a ON ((a.id = g.id)))
     LEFT JOIN identity.break_glass_revocation v ON ((v.id = g.id)))
     LEFT JOIN identity.break_glass_review r ON ((r.id = g.id)));

CREATE TABLE identity.console_login (
    digest bytea NOT NULL,
    kind text NOT NULL,
    login jsonb NOT NULL,
    mac bytea NOT NULL,
    purpose text DEFAULT ''::text NOT NULL,
    began timestamp with time zone NOT NULL,
    seen timestamp with time zone NOT NULL,
    ends timestamp with time zone NOT NULL,
    CONSTRAINT console_login_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT console_login_kind_check CHECK ((kind = ANY (ARRAY['link'::text, 'asking'::text, 'session'::text]))),
    CONSTRAINT console_login_purpose_check CHECK ((length(purpose) <= 200))
);

COMMENT ON TABLE identity.console_login IS 'One-time links, logins that an issuer has yet to answer, and sessions of the console';
COMMENT ON COLUMN identity.console_login.digest IS 'SHA-256 of what the browser holds';
COMMENT ON COLUMN identity.console_login.mac IS 'HMAC-SHA-256 of the row under a key of the master key: another row is not obeyed';

CREATE TABLE identity.console_view (
    tenant text NOT NULL,
    person text NOT NULL,
    name text NOT NULL,
    query text NOT NULL,
    CONSTRAINT console_view_name_check CHECK ((length(name) >= 1 AND length(name) <= 60)),
    CONSTRAINT console_view_query_check CHECK ((length(query) <= 2000))
);

COMMENT ON TABLE identity.console_view IS 'Lists of exchanges that a person of the console gave a name: what narrows them, never a data subject';

CREATE TABLE identity.hold (
    id text NOT NULL,
    matter text NOT NULL,
    tenant text,
    activity text,
    subject text,
    since timestamp with time zone,
    until timestamp with time zone,
    request text NOT NULL,
    CONSTRAINT hold_activity_check CHECK ((activity <> ''::text)),
    CONSTRAINT hold_check CHECK (((subject IS NULL) OR (tenant IS NOT NULL))),
    CONSTRAINT hold_check1 CHECK ((until > since)),
    CONSTRAINT hold_id_check CHECK ((id ~ '^hd_[a-z0-9]{12}$'::text)),
    CONSTRAINT hold_matter_check CHECK ((matter ~ '^[A-Za-z0-9._:/-]{1,64}$'::text)),
    CONSTRAINT hold_tenant_check CHECK ((tenant <> ''::text))
);

COMMENT ON TABLE identity.hold IS 'What a hold covers: null is any; protects from the request on, for a day without approval';
COMMENT ON COLUMN identity.hold.subject IS 'The handle of the data subject''s key: nobody''s, once that is destroyed';

CREATE TABLE identity.hold_release (
    hold text NOT NULL,
    request text NOT NULL
);

CREATE TABLE identity.two_person_approval (
    id text NOT NULL,
    approver text NOT NULL,
    approved timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT two_person_approval_approver_check CHECK ((approver <> ''::text))
);

CREATE TABLE identity.two_person_request (
    id text NOT NULL,
    act text NOT NULL,
    tenant text NOT NULL,
    about text NOT NULL,
    ticket text NOT NULL,
    requested_by text NOT NULL,
    requested timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT two_person_request_about_check CHECK ((about <> ''::text)),
    CONSTRAINT two_person_request_act_check CHECK ((act = ANY (ARRAY['erase_subject'::text, 'place_hold'::text, 'release_hold'::text, 'purge_days'::text]))),
    CONSTRAINT two_person_request_id_check CHECK ((id ~ '^rq_[a-z0-9]{12}$'::text)),
    CONSTRAINT two_person_request_requested_by_check CHECK ((requested_by <> ''::text)),
    CONSTRAINT two_person_request_ticket_check CHECK ((ticket ~ '^[A-Za-z0-9._:/-]{1,64}$'::text))
);

COMMENT ON COLUMN identity.two_person_request.about IS 'What the act is done to, for a data subject the handle of the key';

CREATE VIEW identity.hold_state AS
 SELECT h.id,
    h.matter,
    h.tenant,
    h.activity,
    h.subject,
    h.since,
    h.until,
    h.request,
    p.requested_by AS placed_by,
    p.requested AS placed,
    pa.approver AS placed_second,
    pa.approved AS in_force,
    rp.requested_by AS released_by,
    ra.approver AS released_second,
    ra.approved AS released
   FROM (((((identity.hold h
     JOIN identity.two_person_request p ON ((p.id = h.request)))
     LEFT JOIN identity.two_person_approval pa ON ((pa.id = h.request)))
     LEFT JOIN identity.hold_release r ON ((r.hold = h.id)))
     LEFT JOIN identity.two_person_request rp ON ((rp.id = r.request)))
     LEFT JOIN identity.two_person_approval ra ON ((ra.id = r.request)))
  WHERE (has_table_privilege('identity.hold'::text, 'INSERT'::text) OR ( SELECT audit.reads_all() AS reads_all) OR (h.tenant = ANY (( SELECT audit.tenants_read() AS tenants_read)::text[])));

CREATE TABLE identity.linking_key (
    tenant text NOT NULL,
    day date NOT NULL,
    until date NOT NULL,
    sealed bytea,
    sealed_by text NOT NULL,
    destroyed_at timestamp with time zone,
    CONSTRAINT linking_key_check CHECK ((until >= day)),
    CONSTRAINT linking_key_check1 CHECK (((sealed IS NULL) = (destroyed_at IS NOT NULL))),
    CONSTRAINT linking_key_sealed_by_check CHECK ((sealed_by ~ '^k-[0-9a-f]{8}$'::text)),
    CONSTRAINT linking_key_tenant_check CHECK ((tenant <> ''::text))
)
WITH (autovacuum_vacuum_threshold='0', autovacuum_vacuum_scale_factor='0');

ALTER TABLE ONLY identity.linking_key FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE identity.linking_key IS 'Half of what references to data subjects are made with on a day, for tenants with a limit; "until" is the last day of the other use';
COMMENT ON COLUMN identity.linking_key.sealed IS 'nonce (12 bytes) || AES-256-GCM; null: destroyed, so nothing links that day to anybody';

CREATE TABLE identity.registered_block (
    tenant text NOT NULL,
    list text NOT NULL,
    load text NOT NULL,
    number integer NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT registered_block_number_check CHECK ((number >= 0))
);
ALTER TABLE ONLY identity.registered_block ALTER COLUMN sealed SET STORAGE EXTERNAL;

COMMENT ON TABLE identity.registered_block IS 'Keyed digests of the records of about a thousand people; those of a load that no list has are of one that did not end';
COMMENT ON COLUMN identity.registered_block.sealed IS 'nonce (12 bytes) || AES-256-GCM under a key that derives from the tenant''s in registered_key';

CREATE TABLE identity.registered_key (
    tenant text NOT NULL,
    sealed bytea NOT NULL,
    sealed_by text NOT NULL,
    CONSTRAINT registered_key_sealed_by_check CHECK ((sealed_by ~ '^k-[0-9a-f]{8}$'::text)),
    CONSTRAINT registered_key_tenant_check CHECK ((tenant <> ''::text))
);

COMMENT ON TABLE identity.registered_key IS 'sealed = nonce (12 bytes) || AES-256-GCM of the key that the digests of a tenant''s registered people are made with; gone with the last list';

CREATE TABLE identity.registered_list (
    tenant text NOT NULL,
    name text NOT NULL,
    load text NOT NULL,
    role text NOT NULL,
    types text[] NOT NULL,
    lengths jsonb NOT NULL,
    people integer NOT NULL,
    digests bigint NOT NULL,
    loaded timestamp with time zone NOT NULL,
    loaded_by text NOT NULL,
    version integer NOT NULL,
    CONSTRAINT registered_list_load_check CHECK ((load ~ '^rl_[a-z0-9]{12}$'::text)),
    CONSTRAINT registered_list_name_check CHECK ((name ~ '^[a-z0-9][a-z0-9_-]{0,39}$'::text)),
    CONSTRAINT registered_list_tenant_check CHECK ((tenant <> ''::text))
);

COMMENT ON COLUMN identity.registered_list.version IS 'Of how the digests were made; texts match those of the present version alone';
COMMENT ON COLUMN identity.registered_list.lengths IS 'How many numbers of digits alone have which length, by their code: [code, digits, how many]';

CREATE TABLE identity.restriction (
    id text NOT NULL,
    tenant text NOT NULL,
    lookup bytea NOT NULL,
    kind text NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone,
    ticket text NOT NULL,
    added_by text NOT NULL,
    added timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    lifted_by text,
    lifted timestamp with time zone,
    CONSTRAINT restriction_added_by_check CHECK ((added_by <> ''::text)),
    CONSTRAINT restriction_check CHECK ((until > since)),
    CONSTRAINT restriction_check1 CHECK (((lifted IS NULL) = (lifted_by IS NULL))),
    CONSTRAINT restriction_id_check CHECK ((id ~ '^rs_[a-z0-9]{12}$'::text)),
    CONSTRAINT restriction_kind_check CHECK ((kind = ANY (ARRAY['restriction'::text, 'objection'::text]))),
    CONSTRAINT restriction_lifted_by_check CHECK ((lifted_by <> ''::text)),
    CONSTRAINT restriction_lookup_check CHECK ((octet_length(lookup) = 32)),
    CONSTRAINT restriction_tenant_check CHECK ((tenant <> ''::text)),
    CONSTRAINT restriction_ticket_check CHECK ((ticket ~ '^[A-Za-z0-9._:/-]{1,64}$'::text))
);

COMMENT ON COLUMN identity.restriction.lookup IS 'Keyed digest of the data subject, as in subject_key; it outlasts an erasure, and names nobody in any record';

CREATE TABLE identity.subject_key (
    id bigint NOT NULL,
    tenant text NOT NULL,
    lookup bytea NOT NULL,
    made timestamp with time zone NOT NULL,
    sealed bytea,
    handle text,
    reference text,
    sealed_by text NOT NULL,
    destroyed_at timestamp with time zone,
    CONSTRAINT subject_key_check CHECK (((sealed IS NULL) = (destroyed_at IS NOT NULL))),
    CONSTRAINT subject_key_lookup_check CHECK ((octet_length(lookup) = 32)),
    CONSTRAINT subject_key_names_check CHECK ((((sealed IS NULL) = (handle IS NULL)) AND ((sealed IS NULL) = (reference IS NULL)))),
    CONSTRAINT subject_key_sealed_by_check CHECK ((sealed_by ~ '^k-[0-9a-f]{8}$'::text)),
    CONSTRAINT subject_key_tenant_check CHECK ((tenant <> ''::text))
)
WITH (autovacuum_vacuum_threshold='0', autovacuum_vacuum_scale_factor='0');

ALTER TABLE ONLY identity.subject_key FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE identity.subject_key IS 'lookup is a keyed digest of a data subject; written anew after a key was destroyed (identity.forget_destroyed)';
COMMENT ON COLUMN identity.subject_key.sealed IS 'nonce (12 bytes) || AES-256-GCM of the key that references in records are made with; null: destroyed';
COMMENT ON COLUMN identity.subject_key.handle IS 'What holds and requests name the subject by, and reference what records do: both are made with the key and end with it';

ALTER TABLE identity.subject_key ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME identity.subject_key_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE identity.subject_lookup_key (
    tenant text NOT NULL,
    sealed bytea NOT NULL,
    sealed_by text NOT NULL,
    CONSTRAINT subject_lookup_key_sealed_by_check CHECK ((sealed_by ~ '^k-[0-9a-f]{8}$'::text)),
    CONSTRAINT subject_lookup_key_tenant_check CHECK ((tenant <> ''::text))
);

ALTER TABLE ONLY identity.subject_lookup_key FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE identity.subject_lookup_key IS 'sealed = nonce (12 bytes) || AES-256-GCM of the key under which a tenant''s data subjects are looked up';

CREATE TABLE identity.turn (
    one boolean DEFAULT true NOT NULL,
    destroyed xid8,
    CONSTRAINT turn_one_check CHECK (one)
);

COMMENT ON COLUMN identity.turn.destroyed IS 'The last transaction that destroyed a key whose bytes are in a file still; null: none';
COMMENT ON TABLE identity.turn IS 'Its row is locked by whatever changes what must be kept or may go, first: holds, releases, erasures, purges, restrictions';

CREATE TABLE master_key.generation (
    key_id text NOT NULL,
    known_by bytea NOT NULL,
    since timestamp with time zone NOT NULL,
    in_force boolean NOT NULL,
    retired timestamp with time zone,
    CONSTRAINT generation_check CHECK (((retired IS NULL) OR (NOT in_force))),
    CONSTRAINT generation_key_id_check CHECK ((key_id ~ '^k-[0-9a-f]{8}$'::text)),
    CONSTRAINT generation_known_by_check CHECK ((octet_length(known_by) = 32))
);

COMMENT ON COLUMN master_key.generation.known_by IS 'SHA-256 of what only a holder of the key can tell; the functions ask for that itself';

CREATE TABLE master_key.proof (
    kind text NOT NULL,
    id text NOT NULL,
    mac bytea NOT NULL,
    key_id text NOT NULL,
    generation bigint NOT NULL,
    CONSTRAINT proof_generation_check CHECK ((generation > 0)),
    CONSTRAINT proof_mac_check CHECK ((octet_length(mac) = 32))
);

COMMENT ON COLUMN master_key.proof.generation IS 'How often the row was proven: authenticated too, and in the log, so that an older row is noticed';
COMMENT ON TABLE master_key.proof IS 'HMAC-SHA-256 over the columns of a row that the product obeys, under a key of the master key: without it a row is not obeyed';

CREATE TABLE registry.activation (
    seq bigint NOT NULL,
    revision text NOT NULL,
    activated_at timestamp with time zone DEFAULT now() NOT NULL,
    activated_by text NOT NULL,
    CONSTRAINT activation_activated_by_check CHECK ((activated_by <> ''::text)),
    CONSTRAINT activation_seq_check CHECK ((seq > 0))
);

COMMENT ON TABLE registry.activation IS 'The revision of the highest seq is in force';

CREATE TABLE registry.allowance (
    counter text NOT NULL,
    starts timestamp with time zone NOT NULL,
    ends timestamp with time zone NOT NULL,
    taken bigint NOT NULL,
    granted bigint NOT NULL,
    warned smallint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE registry.allowance IS 'What processes have taken from limits, by window; granted is the last lease, warned whether the soft (1) or hard (2) end is recorded';

CREATE TABLE registry.bundle (
    revision text NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    packed bytea NOT NULL,
    CONSTRAINT bundle_revision_check CHECK ((revision <> ''::text))
);

COMMENT ON TABLE registry.bundle IS 'Every policy bundle that was in force, with its data, to decide again as then';

CREATE TABLE registry.quarantine (
    id bigint NOT NULL,
    target text NOT NULL,
    reported text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    cleared_at timestamp with time zone,
    cleared_by text,
    CONSTRAINT quarantine_check CHECK (((cleared_at IS NULL) = (cleared_by IS NULL))),
    CONSTRAINT quarantine_cleared_by_check CHECK ((cleared_by <> ''::text)),
    CONSTRAINT quarantine_target_check CHECK ((target <> ''::text))
);

COMMENT ON TABLE registry.quarantine IS 'Targets that answered from elsewhere; rows without cleared_at are in force';

ALTER TABLE registry.quarantine ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.quarantine_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE registry.replica (
    writer text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    policy_revision text NOT NULL,
    policy_digest text NOT NULL,
    data_revision text NOT NULL,
    registry_revision text NOT NULL,
    engine text NOT NULL,
    refused text NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT replica_writer_check CHECK ((writer <> ''::text))
);

COMMENT ON TABLE registry.replica IS 'What each proxy process runs now, by its own word; rows that are not renewed go';

CREATE TABLE registry.revision (
    revision text NOT NULL,
    parent text,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    made_by text NOT NULL,
    comment text DEFAULT ''::text NOT NULL,
    evidence text DEFAULT ''::text NOT NULL,
    document json NOT NULL,
    CONSTRAINT revision_made_by_check CHECK ((made_by <> ''::text)),
    CONSTRAINT revision_revision_check CHECK ((revision ~ '^[0-9a-f]{20}$'::text))
);

COMMENT ON TABLE registry.revision IS 'revision = first 20 hex digits of SHA-256 over the document (registry, endpoints, routes) with sorted keys';

CREATE TABLE vault.pseudonym (
    domain bytea NOT NULL,
    pseudonym bytea NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    tenant bytea,
    activity bytea,
    key_id text DEFAULT ''::text NOT NULL,
    origin bytea,
    named bytea,
    subjects bytea[] DEFAULT '{}'::bytea[] NOT NULL,
    CONSTRAINT pseudonym_activity_check CHECK ((octet_length(activity) = 32)),
    CONSTRAINT pseudonym_domain_check CHECK ((octet_length(domain) = 32)),
    CONSTRAINT pseudonym_pseudonym_check CHECK ((octet_length(pseudonym) = 32)),
    CONSTRAINT pseudonym_tenant_check CHECK ((octet_length(tenant) = 32))
);

COMMENT ON TABLE vault.pseudonym IS 'domain and pseudonym are keyed digests; sealed = nonce (12 bytes) || AES-256-GCM of the original';
COMMENT ON COLUMN vault.pseudonym.tenant IS 'Keyed digest of the tenant; null where stored before there was one';
COMMENT ON COLUMN vault.pseudonym.activity IS 'Keyed digest of tenant and activity';
COMMENT ON COLUMN vault.pseudonym.key_id IS 'The id of the master key that named and sealed the entry; empty: stored before there were ids, with the first';
COMMENT ON COLUMN vault.pseudonym.origin IS 'The domain itself, sealed under the master key that named the entry; null where stored before this was kept';
COMMENT ON COLUMN vault.pseudonym.named IS 'The pseudonym itself, sealed like the original';
COMMENT ON COLUMN vault.pseudonym.subjects IS 'Whose exchanges minted it, at most 256: digests under the key of each data subject, unrelated to those in records';

CREATE TABLE vault.reply (
    domain bytea NOT NULL,
    name bytea NOT NULL,
    tenant bytea NOT NULL,
    activity bytea NOT NULL,
    subject bytea NOT NULL,
    pseudonyms bytea[] NOT NULL,
    sealed bytea NOT NULL,
    key_id text NOT NULL,
    stored_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT reply_activity_check CHECK ((octet_length(activity) = 32)),
    CONSTRAINT reply_domain_check CHECK ((octet_length(domain) = 32)),
    CONSTRAINT reply_expires_at_check CHECK ((expires_at <= (stored_at + '7 days'::interval))),
    CONSTRAINT reply_name_check CHECK ((octet_length(name) = 32)),
    CONSTRAINT reply_tenant_check CHECK ((octet_length(tenant) = 32))
);

ALTER TABLE ONLY vault.reply ALTER COLUMN sealed SET STORAGE EXTERNAL;

COMMENT ON TABLE vault.reply IS 'Replies of targets, pseudonymised, that may answer equal requests. domain, name, tenant and activity are keyed digests; sealed as in vault.pseudonym';
COMMENT ON COLUMN vault.reply.pseudonyms IS 'Those of the request, as vault.pseudonym names them: a reply goes with any of them';
COMMENT ON COLUMN vault.reply.subject IS 'The mark of the data subject, as in vault.pseudonym; empty without one';

CREATE TABLE vault.seal (
    id bigint NOT NULL,
    domain bytea NOT NULL,
    tenant bytea NOT NULL,
    maker bytea NOT NULL,
    names bytea[] NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    key_id text NOT NULL,
    CONSTRAINT seal_domain_check CHECK ((octet_length(domain) = 32)),
    CONSTRAINT seal_maker_check CHECK ((octet_length(maker) = 32)),
    CONSTRAINT seal_names_check CHECK (((cardinality(names) >= 1) AND (cardinality(names) <= 1000))),
    CONSTRAINT seal_tenant_check CHECK ((octet_length(tenant) = 32))
);

COMMENT ON TABLE vault.seal IS 'What a target has signed or encrypted in one reply. domain, tenant, maker and names are keyed digests; sealed = the target, as in vault.pseudonym';

ALTER TABLE vault.seal ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME vault.seal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE vault.us_person (
    tenant text NOT NULL,
    recipient text NOT NULL,
    category text NOT NULL,
    person bytea NOT NULL,
    last_seen date NOT NULL,
    CONSTRAINT us_person_category_check CHECK ((category <> ''::text)),
    CONSTRAINT us_person_person_check CHECK ((octet_length(person) = 32)),
    CONSTRAINT us_person_recipient_check CHECK ((recipient <> ''::text)),
    CONSTRAINT us_person_tenant_check CHECK ((tenant <> ''::text))
);

COMMENT ON TABLE vault.us_person IS 'person is a keyed digest; distinct US persons of the last twelve months, 28 CFR 202.205';

CREATE TABLE vault.us_tally (
    tenant text NOT NULL,
    recipient text NOT NULL,
    category text NOT NULL,
    persons integer NOT NULL,
    purged date NOT NULL,
    CONSTRAINT us_tally_persons_check CHECK ((persons >= 0))
);

COMMENT ON TABLE vault.us_tally IS 'How many rows of us_person there are; its row is the lock under which they change';

ALTER TABLE ONLY audit.record ATTACH PARTITION audit.record_former FOR VALUES FROM (MINVALUE) TO ('0001-01-01');
ALTER TABLE ONLY audit.record ATTACH PARTITION audit.record_rest DEFAULT;
ALTER TABLE ONLY audit.kept_day ADD CONSTRAINT kept_day_pkey PRIMARY KEY (day);
ALTER TABLE ONLY audit.leaf ADD CONSTRAINT leaf_pkey PRIMARY KEY (leaf);
ALTER TABLE ONLY audit.leaf ADD CONSTRAINT leaf_writer_last_seq_key UNIQUE (writer, last_seq);
ALTER TABLE ONLY audit.note ADD CONSTRAINT note_pkey PRIMARY KEY (size);
ALTER TABLE ONLY audit.outbox ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY audit.part ADD CONSTRAINT part_pkey PRIMARY KEY (first_leaf);
ALTER TABLE ONLY audit.purged ADD CONSTRAINT purged_pkey PRIMARY KEY (writer, first_seq);
ALTER TABLE ONLY audit.reading ADD CONSTRAINT reading_pkey PRIMARY KEY (id);
ALTER TABLE ONLY audit.record_former ADD CONSTRAINT record_pkey PRIMARY KEY (writer, seq);
ALTER TABLE ONLY audit.record_rest ADD CONSTRAINT record_rest_pkey PRIMARY KEY (writer, seq);
ALTER TABLE audit.record_former ADD CONSTRAINT record_writer_is_a_name CHECK (((writer !~ '[^A-Za-z0-9._~-]'::text) AND ((octet_length(writer) >= 1) AND (octet_length(writer) <= 128)))) NOT VALID;
ALTER TABLE ONLY audit.seal ADD CONSTRAINT seal_pkey PRIMARY KEY (writer, last_seq);
ALTER TABLE ONLY audit.stream ADD CONSTRAINT stream_pkey PRIMARY KEY (login, name);
ALTER TABLE ONLY audit.stream_position ADD CONSTRAINT stream_position_pkey PRIMARY KEY (login, name, writer);
ALTER TABLE ONLY audit.tenant_login ADD CONSTRAINT tenant_login_pkey PRIMARY KEY (login);
ALTER TABLE ONLY audit.tile ADD CONSTRAINT tile_pkey PRIMARY KEY (level, number);
ALTER TABLE ONLY audit.witness ADD CONSTRAINT witness_pkey PRIMARY KEY (size, anchor);
ALTER TABLE ONLY export.approval ADD CONSTRAINT approval_pkey PRIMARY KEY (job);
ALTER TABLE ONLY export.job ADD CONSTRAINT job_pkey PRIMARY KEY (id);
ALTER TABLE ONLY export.piece ADD CONSTRAINT piece_pkey PRIMARY KEY (job, number);
ALTER TABLE ONLY export.schedule ADD CONSTRAINT schedule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.api_key ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.break_glass_approval ADD CONSTRAINT break_glass_approval_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.break_glass ADD CONSTRAINT break_glass_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.break_glass_review ADD CONSTRAINT break_glass_review_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.break_glass_revocation ADD CONSTRAINT break_glass_revocation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.break_glass_use ADD CONSTRAINT break_glass_use_pkey PRIMARY KEY (id, exchange);
ALTER TABLE ONLY identity.console_login ADD CONSTRAINT console_login_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY identity.console_view ADD CONSTRAINT console_view_pkey PRIMARY KEY (tenant, person, name);
ALTER TABLE ONLY identity.hold ADD CONSTRAINT hold_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.hold_release ADD CONSTRAINT hold_release_pkey PRIMARY KEY (hold);
ALTER TABLE ONLY identity.hold_release ADD CONSTRAINT hold_release_request_key UNIQUE (request);
ALTER TABLE ONLY identity.hold ADD CONSTRAINT hold_request_key UNIQUE (request);
ALTER TABLE ONLY identity.linking_key ADD CONSTRAINT linking_key_pkey PRIMARY KEY (tenant, day);
ALTER TABLE ONLY identity.restriction ADD CONSTRAINT restriction_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.registered_block ADD CONSTRAINT registered_block_pkey PRIMARY KEY (tenant, list, load, number);
ALTER TABLE ONLY identity.registered_key ADD CONSTRAINT registered_key_pkey PRIMARY KEY (tenant);
ALTER TABLE ONLY identity.registered_list ADD CONSTRAINT registered_list_pkey PRIMARY KEY (tenant, name);
ALTER TABLE ONLY identity.subject_key ADD CONSTRAINT subject_key_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.subject_lookup_key ADD CONSTRAINT subject_lookup_key_pkey PRIMARY KEY (tenant);
ALTER TABLE ONLY identity.turn ADD CONSTRAINT turn_pkey PRIMARY KEY (one);
ALTER TABLE ONLY identity.two_person_approval ADD CONSTRAINT two_person_approval_pkey PRIMARY KEY (id);
ALTER TABLE ONLY identity.two_person_request ADD CONSTRAINT two_person_request_pkey PRIMARY KEY (id);
ALTER TABLE ONLY master_key.generation ADD CONSTRAINT generation_pkey PRIMARY KEY (key_id);
ALTER TABLE ONLY master_key.proof ADD CONSTRAINT proof_pkey PRIMARY KEY (kind, id);
ALTER TABLE ONLY registry.activation ADD CONSTRAINT activation_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY registry.bundle ADD CONSTRAINT bundle_pkey PRIMARY KEY (revision);
ALTER TABLE ONLY registry.allowance ADD CONSTRAINT allowance_pkey PRIMARY KEY (counter, starts);
ALTER TABLE ONLY registry.quarantine ADD CONSTRAINT quarantine_pkey PRIMARY KEY (id);
ALTER TABLE ONLY registry.replica ADD CONSTRAINT replica_pkey PRIMARY KEY (writer);
ALTER TABLE ONLY registry.revision ADD CONSTRAINT revision_pkey PRIMARY KEY (revision);
ALTER TABLE ONLY vault.pseudonym ADD CONSTRAINT pseudonym_pkey PRIMARY KEY (domain, pseudonym);
ALTER TABLE ONLY vault.reply ADD CONSTRAINT reply_pkey PRIMARY KEY (domain, name);
ALTER TABLE ONLY vault.seal ADD CONSTRAINT seal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY vault.us_person ADD CONSTRAINT us_person_pkey PRIMARY KEY (tenant, recipient, category, person);
ALTER TABLE ONLY vault.us_tally ADD CONSTRAINT us_tally_pkey PRIMARY KEY (tenant, recipient, category);

CREATE INDEX purged_purge ON audit.purged USING btree (purge);
CREATE INDEX record_events ON audit.record_former USING btree (action, recorded_at) WHERE (kind = 'event'::text);
CREATE UNIQUE INDEX record_once ON audit.record_former USING btree (exchange, kind, attempt) WHERE (kind <> 'event'::text);
CREATE UNIQUE INDEX record_reading_once ON audit.record_former USING btree (target) WHERE ((kind = 'event'::text) AND (action = 'log_read'::text) AND (target <> ''::text));
CREATE INDEX record_rest_action_recorded_at_idx ON audit.record_rest USING btree (action, recorded_at) WHERE (kind = 'event'::text);
CREATE INDEX record_rest_day_idx ON audit.record_rest USING brin (day) WITH (pages_per_range='16', autosummarize='true');
CREATE UNIQUE INDEX record_rest_exchange_kind_attempt_idx ON audit.record_rest USING btree (exchange, kind, attempt) WHERE (kind <> 'event'::text);
CREATE UNIQUE INDEX record_rest_target_idx ON audit.record_rest USING btree (target) WHERE ((kind = 'event'::text) AND (action = 'log_read'::text) AND (target <> ''::text));
CREATE INDEX record_rest_target_idx1 ON audit.record_rest USING btree (target) WHERE ((kind = 'event'::text) AND (action = 'answer_stated'::text));
CREATE UNIQUE INDEX seal_goes_on_once ON audit.seal USING btree (writer, first_seq);
CREATE INDEX seal_stored ON audit.seal USING btree (stored_at);
CREATE INDEX job_open ON export.job USING btree (made) WHERE (state = ANY (ARRAY['pending'::text, 'waiting'::text, 'running'::text]));
CREATE INDEX restriction_lookup ON identity.restriction USING btree (tenant, lookup) WHERE (lifted IS NULL);
CREATE UNIQUE INDEX subject_key_live ON identity.subject_key USING btree (tenant, lookup) WHERE (destroyed_at IS NULL);
CREATE INDEX subject_key_lookup ON identity.subject_key USING btree (tenant, lookup);
CREATE UNIQUE INDEX generation_in_force ON master_key.generation USING btree (in_force) WHERE in_force;
CREATE INDEX activation_of_revision ON registry.activation USING btree (revision, seq);
CREATE UNIQUE INDEX quarantine_in_force ON registry.quarantine USING btree (target) WHERE (cleared_at IS NULL);
CREATE INDEX allowance_ends ON registry.allowance USING btree (ends);
CREATE INDEX pseudonym_expiry ON vault.pseudonym USING btree (expires_at);
CREATE INDEX pseudonym_tenant ON vault.pseudonym USING btree (tenant, activity);
CREATE INDEX reply_expiry ON vault.reply USING btree (expires_at);
CREATE INDEX reply_tenant ON vault.reply USING btree (tenant, stored_at);
CREATE INDEX seal_expiry ON vault.seal USING btree (expires_at);
CREATE INDEX seal_maker ON vault.seal USING btree (domain, maker, expires_at);
CREATE INDEX seal_names ON vault.seal USING gin (names);
CREATE TRIGGER leaf_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.leaf FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();
CREATE TRIGGER note_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.note FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();
CREATE TRIGGER outbox_append_only BEFORE DELETE OR UPDATE ON audit.outbox FOR EACH ROW EXECUTE FUNCTION audit.refuse_outbox_change();
CREATE TRIGGER outbox_no_truncate BEFORE TRUNCATE ON audit.outbox FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();
CREATE TRIGGER purged_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.purged FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();
CREATE TRIGGER reading_append_only BEFORE DELETE OR UPDATE ON audit.reading FOR EACH ROW EXECUTE FUNCTION audit.refuse_reading_change();
CREATE TRIGGER reading_no_truncate BEFORE TRUNCATE ON audit.reading FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_reading_change();
CREATE TRIGGER record_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.record FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER record_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.record_former FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER record_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.record_rest FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER record_sealed AFTER INSERT ON audit.record REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_unsealed();
CREATE TRIGGER seal_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.seal FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();
CREATE TRIGGER seal_goes_on AFTER INSERT ON audit.seal FOR EACH ROW WHEN ((new.first_seq > 1)) EXECUTE FUNCTION audit.refuse_gap();
CREATE TRIGGER tile_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.tile FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();
CREATE TRIGGER witness_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.witness FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();
CREATE TRIGGER job_approved BEFORE INSERT OR UPDATE ON export.job FOR EACH ROW EXECUTE FUNCTION export.check_approved();
CREATE TRIGGER api_key_changed AFTER UPDATE ON identity.api_key FOR EACH ROW WHEN ((NOT (old.last_used IS DISTINCT FROM new.last_used))) EXECUTE FUNCTION identity.announce();
CREATE TRIGGER api_key_inserted AFTER INSERT ON identity.api_key FOR EACH ROW EXECUTE FUNCTION identity.announce();
CREATE TRIGGER approval_in_turn BEFORE INSERT ON identity.two_person_approval FOR EACH STATEMENT EXECUTE FUNCTION identity.take_turn();
CREATE TRIGGER break_glass_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.break_glass FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER break_glass_approval_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.break_glass_approval FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER break_glass_review_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.break_glass_review FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER break_glass_revocation_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.break_glass_revocation FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER break_glass_use_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.break_glass_use FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER hold_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.hold FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER hold_in_turn BEFORE INSERT ON identity.hold FOR EACH STATEMENT EXECUTE FUNCTION identity.take_turn();
CREATE TRIGGER hold_release_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.hold_release FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER linking_key_destroyed BEFORE UPDATE ON identity.linking_key FOR EACH ROW EXECUTE FUNCTION identity.keep_destroyed();
CREATE TRIGGER linking_key_kept BEFORE DELETE OR TRUNCATE ON identity.linking_key FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER restriction_changed AFTER INSERT OR UPDATE ON identity.restriction FOR EACH STATEMENT EXECUTE FUNCTION identity.announce_subject();
CREATE TRIGGER restriction_in_turn BEFORE INSERT OR UPDATE ON identity.restriction FOR EACH STATEMENT EXECUTE FUNCTION identity.take_turn();
CREATE TRIGGER restriction_kept BEFORE DELETE OR TRUNCATE ON identity.restriction FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER restriction_lifted BEFORE UPDATE ON identity.restriction FOR EACH ROW EXECUTE FUNCTION identity.keep_lifted();
CREATE TRIGGER subject_key_destroyed BEFORE UPDATE ON identity.subject_key FOR EACH ROW EXECUTE FUNCTION identity.keep_destroyed();
CREATE TRIGGER subject_key_kept BEFORE DELETE OR TRUNCATE ON identity.subject_key FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER two_person_approval_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.two_person_approval FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER two_person_request_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.two_person_request FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER activation_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON registry.activation FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();
CREATE TRIGGER activation_inserted AFTER INSERT ON registry.activation FOR EACH ROW EXECUTE FUNCTION registry.announce();
CREATE TRIGGER bundle_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON registry.bundle FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();
CREATE TRIGGER revision_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON registry.revision FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();

ALTER TABLE ONLY audit.stream_position ADD CONSTRAINT stream_position_login_name_fkey FOREIGN KEY (login, name) REFERENCES audit.stream(login, name);
ALTER TABLE ONLY export.approval ADD CONSTRAINT approval_job_fkey FOREIGN KEY (job) REFERENCES export.job(id) ON DELETE CASCADE;
ALTER TABLE ONLY export.piece ADD CONSTRAINT piece_job_fkey FOREIGN KEY (job) REFERENCES export.job(id) ON DELETE CASCADE;
ALTER TABLE ONLY identity.break_glass_approval ADD CONSTRAINT break_glass_approval_id_fkey FOREIGN KEY (id) REFERENCES identity.break_glass(id);
ALTER TABLE ONLY identity.break_glass_review ADD CONSTRAINT break_glass_review_id_fkey FOREIGN KEY (id) REFERENCES identity.break_glass_approval(id);
ALTER TABLE ONLY identity.break_glass_revocation ADD CONSTRAINT break_glass_revocation_id_fkey FOREIGN KEY (id) REFERENCES identity.break_glass(id);
ALTER TABLE ONLY identity.break_glass_use ADD CONSTRAINT break_glass_use_id_fkey FOREIGN KEY (id) REFERENCES identity.break_glass_approval(id);
ALTER TABLE ONLY identity.hold_release ADD CONSTRAINT hold_release_hold_fkey FOREIGN KEY (hold) REFERENCES identity.hold(id);
ALTER TABLE ONLY identity.hold_release ADD CONSTRAINT hold_release_request_fkey FOREIGN KEY (request) REFERENCES identity.two_person_request(id);
ALTER TABLE ONLY identity.hold ADD CONSTRAINT hold_request_fkey FOREIGN KEY (request) REFERENCES identity.two_person_request(id);
ALTER TABLE ONLY identity.two_person_approval ADD CONSTRAINT two_person_approval_id_fkey FOREIGN KEY (id) REFERENCES identity.two_person_request(id);
ALTER TABLE ONLY registry.activation ADD CONSTRAINT activation_revision_fkey FOREIGN KEY (revision) REFERENCES registry.revision(revision);
ALTER TABLE ONLY registry.revision ADD CONSTRAINT revision_parent_fkey FOREIGN KEY (parent) REFERENCES registry.revision(revision);

CREATE POLICY own ON audit.stream TO proxy_reader USING ((login = SESSION_USER));
CREATE POLICY own ON audit.stream_position TO proxy_reader USING ((login = SESSION_USER));
CREATE POLICY owning ON audit.outbox TO proxy_owner USING (true) WITH CHECK (true);
CREATE POLICY owning ON audit.part TO proxy_owner USING (true) WITH CHECK (true);
CREATE POLICY owning ON audit.reading TO proxy_owner USING (true) WITH CHECK (true);
CREATE POLICY owning ON audit.record TO proxy_owner USING (true) WITH CHECK (true);

ALTER TABLE audit.outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.part ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.reading ENABLE ROW LEVEL SECURITY;

CREATE POLICY reading ON audit.outbox FOR SELECT TO proxy_reader USING ((( SELECT audit.reads_all() AS reads_all) OR (tenant = ANY (( SELECT audit.tenants_read() AS tenants_read)::text[]))));
CREATE POLICY reading ON audit.part FOR SELECT TO proxy_reader USING (( SELECT audit.reads_all() AS reads_all));
CREATE POLICY reading ON audit.reading FOR SELECT TO proxy_reader USING ((( SELECT audit.reads_all() AS reads_all) OR (login = SESSION_USER)));
CREATE POLICY reading ON audit.record FOR SELECT TO proxy_reader USING ((( SELECT audit.reads_all() AS reads_all) OR (tenant = ANY (( SELECT audit.tenants_read() AS tenants_read)::text[])) OR ((exchange = ''::text) AND (tenant = ''::text) AND (action = ANY (ARRAY['writer_started'::text, 'audit_key_changed'::text, 'checkpoints_refused'::text, 'checkpoints_resumed'::text, 'target_quarantined'::text, 'target_cleared'::text])))));

ALTER TABLE audit.record ENABLE ROW LEVEL SECURITY;

CREATE POLICY recording ON audit.outbox FOR SELECT TO proxy_writer USING (true);
CREATE POLICY recording ON audit.reading FOR SELECT TO proxy_writer USING (true);

ALTER TABLE audit.stream ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.stream_position ENABLE ROW LEVEL SECURITY;

CREATE POLICY verifying ON audit.part FOR SELECT TO proxy_verifier USING (( SELECT audit.reads_all() AS reads_all));
CREATE POLICY verifying ON audit.reading FOR SELECT TO proxy_verifier USING (( SELECT audit.reads_all() AS reads_all));
CREATE POLICY verifying ON audit.record FOR SELECT TO proxy_verifier USING (( SELECT audit.reads_all() AS reads_all));
CREATE POLICY closing ON audit.part TO proxy_writer USING (true) WITH CHECK (true);
CREATE POLICY writing ON audit.record FOR INSERT TO proxy_writer WITH CHECK (true);

ALTER TABLE export.job ENABLE ROW LEVEL SECURITY;

CREATE POLICY owning ON export.job TO proxy_owner USING (true) WITH CHECK (true);
CREATE POLICY owning ON export.piece TO proxy_owner USING (true) WITH CHECK (true);
CREATE POLICY owning ON export.schedule TO proxy_owner USING (true) WITH CHECK (true);
CREATE POLICY seen ON export.schedule TO proxy_exporter USING ((( SELECT audit.reads_all() AS reads_all) OR (tenants <@ ( SELECT audit.tenants_read() AS tenants_read)))) WITH CHECK ((( SELECT audit.reads_all() AS reads_all) OR (tenants <@ ( SELECT audit.tenants_read() AS tenants_read))));

ALTER TABLE export.piece ENABLE ROW LEVEL SECURITY;
ALTER TABLE export.schedule ENABLE ROW LEVEL SECURITY;

CREATE POLICY seen ON export.job TO proxy_exporter USING ((( SELECT audit.reads_all() AS reads_all) OR (tenants <@ ( SELECT audit.tenants_read() AS tenants_read)))) WITH CHECK ((( SELECT audit.reads_all() AS reads_all) OR (tenants <@ ( SELECT audit.tenants_read() AS tenants_read))));

CREATE POLICY seen ON export.piece TO proxy_exporter USING ((EXISTS ( SELECT
   FROM export.job j
  WHERE (j.id = piece.job)))) WITH CHECK ((EXISTS ( SELECT
   FROM export.job j
  WHERE (j.id = piece.job))));

CREATE POLICY keeping ON identity.linking_key TO proxy_owner, proxy_identity USING (true) WITH CHECK (true);
CREATE POLICY keeping ON identity.subject_key TO proxy_owner, proxy_identity USING (true) WITH CHECK (true);
CREATE POLICY keeping ON identity.subject_lookup_key TO proxy_owner, proxy_identity USING (true) WITH CHECK (true);

ALTER TABLE identity.linking_key ENABLE ROW LEVEL SECURITY;

CREATE POLICY reading ON identity.linking_key FOR SELECT TO proxy_reader USING ((( SELECT audit.reads_all() AS reads_all) OR (tenant = ANY (( SELECT audit.tenants_read() AS tenants_read)::text[]))));
CREATE POLICY reading ON identity.subject_key FOR SELECT TO proxy_reader USING ((( SELECT audit.reads_all() AS reads_all) OR (tenant = ANY (( SELECT audit.tenants_read() AS tenants_read)::text[]))));
CREATE POLICY reading ON identity.subject_lookup_key FOR SELECT TO proxy_reader USING ((( SELECT audit.reads_all() AS reads_all) OR (tenant = ANY (( SELECT audit.tenants_read() AS tenants_read)::text[]))));

ALTER TABLE identity.subject_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.subject_lookup_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.bundle ENABLE ROW LEVEL SECURITY;

CREATE POLICY keeping ON registry.bundle TO proxy_registry USING (true) WITH CHECK (true);
CREATE POLICY reading ON registry.bundle FOR SELECT TO proxy_reader USING (( SELECT audit.reads_all() AS reads_all));

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit, export, identity, master_key, registry, vault FROM PUBLIC;
GRANT USAGE ON SCHEMA export TO proxy_exporter;
GRANT USAGE ON SCHEMA master_key TO proxy_exporter, proxy_identity, proxy_reader, proxy_registry, proxy_vault, proxy_writer;
GRANT USAGE ON SCHEMA audit TO proxy_exporter, proxy_identity, proxy_reader, proxy_retention, proxy_verifier, proxy_writer;
GRANT USAGE ON SCHEMA identity TO proxy_identity, proxy_reader;
GRANT USAGE ON SCHEMA registry TO proxy_reader, proxy_registry;
GRANT USAGE ON SCHEMA vault TO proxy_vault;
GRANT ALL ON FUNCTION export.approve(of_job text, by_approver text, as_person text) TO proxy_exporter;
GRANT ALL ON FUNCTION audit.bound_tenants(), audit.reads_all(), audit.tenants_read() TO proxy_exporter, proxy_identity, proxy_reader, proxy_verifier;
GRANT ALL ON FUNCTION audit.approve_purge(of_request text, by_approver text), identity.approve_break_glass(of_grant text, by_approver text, with_mfa
    text, at timestamp with time zone, until timestamp with time zone), identity.approve_hold(of_request text, by_approver text),
    identity.erase_subject(of_request text, of_tenant text, of_lookup bytea, by_approver text), identity.expire_links(), identity.forget_destroyed(), identity.outbox_event_of(of_request
    text), identity.review_break_glass(of_grant text, by_reviewer text, with_finding text, with_note text, at timestamp with time zone),
    identity.revoke_break_glass(of_grant text, by_operator text, at timestamp with time zone), identity.use_break_glass(of_grant text, of_exchange
    text, at timestamp with time zone) TO proxy_identity;
GRANT ALL ON FUNCTION audit.hashes_after(of_writers text[], after bigint[]), audit.content(body json, packed bytea) TO proxy_reader, proxy_verifier;
GRANT ALL ON FUNCTION audit.announce_reading(what jsonb), audit.bundle_digest(of_revision text) TO proxy_reader, proxy_verifier;
GRANT ALL ON FUNCTION audit.day_of(identity text), audit.writer_alive(of_writer text) TO proxy_reader, proxy_verifier, proxy_writer;
GRANT ALL ON FUNCTION audit.day_of_record(kind text, action text, exchange text, target text, recorded_at timestamp with time zone) TO proxy_reader,
    proxy_writer;
GRANT ALL ON FUNCTION audit.days_past(through date), audit.plan_for(of_day date), audit.purge_day(of_request text, of_day date, of_purge uuid,
    anchored bigint), audit.settle_month(of_day date) TO proxy_retention;
GRANT ALL ON FUNCTION vault.count_us_persons(of_tenant text, to_recipients text[], in_categories text[], keep_at_most integer[], seen bytea[], today
    date) TO proxy_vault;
GRANT ALL ON FUNCTION audit.add_month(of_day date), audit.head(of_writer text), audit.key_changes(),
    audit.open_records(of_writer text), audit.outbox_recorded(of_event uuid), audit.reading_recorded(of_reading uuid), audit.unfinished_writers(),
    audit.writer_lock(of_writer text), master_key.found(new_id text, new_proof bytea, at timestamp with time zone), master_key.retire(old_id text,
    holder_id text, holder_proof bytea, at timestamp with time zone), master_key.rotate(old_id text, old_proof bytea, new_id text, new_proof bytea, at
    timestamp with time zone) TO proxy_writer;
GRANT DELETE, INSERT, SELECT ON TABLE export.piece TO proxy_exporter;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE export.job TO proxy_exporter;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE export.schedule TO proxy_exporter;
GRANT SELECT ON TABLE export.approval TO proxy_exporter;
GRANT INSERT, SELECT ON TABLE master_key.proof TO proxy_exporter, proxy_identity, proxy_registry;
GRANT INSERT ON TABLE identity.break_glass, identity.hold TO proxy_identity;
GRANT DELETE, INSERT, SELECT, UPDATE (purpose, seen) ON TABLE identity.console_login TO proxy_identity;
GRANT DELETE, INSERT, SELECT, UPDATE (query) ON TABLE identity.console_view TO proxy_identity;
GRANT INSERT, SELECT, UPDATE, DELETE ON TABLE identity.registered_block, identity.registered_key, identity.registered_list TO proxy_identity;
GRANT INSERT, SELECT ON TABLE identity.api_key, identity.linking_key, identity.subject_key, identity.subject_lookup_key TO proxy_identity;
GRANT SELECT ON TABLE identity.break_glass_grant, identity.restriction, identity.two_person_approval, identity.two_person_request TO proxy_identity;
GRANT SELECT ON TABLE identity.hold_state TO proxy_identity, proxy_reader;
GRANT SELECT ON TABLE master_key.generation TO proxy_identity, proxy_reader, proxy_vault, proxy_writer;
GRANT SELECT ON TABLE audit.stream, audit.stream_position, identity.linking_key, identity.subject_key,
    identity.subject_lookup_key, registry.bundle TO proxy_reader;
GRANT SELECT ON TABLE audit.leaf, audit.part, audit.purged, audit.record, audit.tile TO proxy_reader, proxy_verifier;
GRANT SELECT ON TABLE audit.note, audit.reading, audit.seal, audit.witness TO proxy_reader, proxy_verifier, proxy_writer;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE registry.allowance, registry.replica TO proxy_registry;
GRANT INSERT, SELECT ON TABLE registry.activation, registry.bundle, registry.revision TO proxy_registry;
GRANT SELECT ON TABLE registry.quarantine TO proxy_registry;
GRANT DELETE, INSERT, SELECT ON TABLE vault.seal TO proxy_vault;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE vault.pseudonym, vault.reply TO proxy_vault;
GRANT DELETE, INSERT, SELECT ON TABLE audit.part TO proxy_writer;
GRANT INSERT ON TABLE audit.record TO proxy_writer;
GRANT INSERT, SELECT ON TABLE audit.leaf, audit.tile TO proxy_writer;
GRANT SELECT ON TABLE audit.outbox TO proxy_reader, proxy_writer;
GRANT INSERT (note, peaks, size) ON TABLE audit.note TO proxy_writer;
GRANT INSERT (first_at, first_seq, head, last_at, last_seq, root, signature, writer) ON TABLE audit.seal TO proxy_writer;
GRANT INSERT (name) ON TABLE audit.stream TO proxy_reader;
GRANT INSERT (name, seq, writer), UPDATE (seq) ON TABLE audit.stream_position TO proxy_reader;
GRANT INSERT (anchor, size, word) ON TABLE audit.witness TO proxy_writer;
GRANT UPDATE (expires, hash, hash_key, last_used, revoked) ON TABLE identity.api_key TO proxy_identity;
GRANT UPDATE (sealed, sealed_by) ON TABLE identity.linking_key TO proxy_identity;
GRANT INSERT (added_by, id, kind, lookup, since, tenant, ticket, until), UPDATE (lifted, lifted_by) ON TABLE identity.restriction TO proxy_identity;
GRANT UPDATE (sealed, sealed_by) ON TABLE identity.subject_key TO proxy_identity;
GRANT UPDATE (sealed, sealed_by) ON TABLE identity.subject_lookup_key TO proxy_identity;
GRANT INSERT (about, act, id, requested_by, tenant, ticket) ON TABLE identity.two_person_request TO proxy_identity;
GRANT UPDATE (generation, key_id, mac) ON TABLE master_key.proof TO proxy_exporter;
GRANT UPDATE (generation, key_id, mac) ON TABLE master_key.proof TO proxy_identity;
GRANT UPDATE (generation, key_id, mac) ON TABLE master_key.proof TO proxy_registry;
GRANT INSERT (reported, target), UPDATE (cleared_at, cleared_by) ON TABLE registry.quarantine TO proxy_registry;
INSERT INTO identity.turn DEFAULT VALUES;
RESET ROLE;
