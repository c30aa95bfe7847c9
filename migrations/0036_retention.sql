-- Purge what policy no longer obliges to keep, day by day and under a certificate, by a role of its own; let another one only verify.
DO $roles$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['proxy_retention', 'proxy_verifier'] LOOP
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

SET ROLE proxy_owner;

-- What is left of purged records: their places and their hashes, so that chains, seals, proofs and certificates stay verifiable.
CREATE TABLE audit.purged (
    purge     uuid   NOT NULL,
    day       date   NOT NULL,
    writer    text   NOT NULL,
    first_seq bigint NOT NULL CHECK (first_seq > 0),
    last_seq  bigint NOT NULL CHECK (last_seq >= first_seq),
    hashes    bytea  NOT NULL CHECK (octet_length(hashes) = 32 * (last_seq - first_seq + 1)),
    PRIMARY KEY (writer, first_seq)
);
ALTER TABLE audit.purged ALTER COLUMN hashes SET STORAGE EXTERNAL;  -- hashes do not compress, and parts of them are read
CREATE INDEX purged_purge ON audit.purged (purge);

COMMENT ON TABLE audit.purged IS
    'Places of purged records in their chains, with the hash of each; "purge" names the event day_purged that certifies it';

CREATE TRIGGER purged_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.purged
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();

CREATE FUNCTION audit.outlives(action text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN action = ANY (ARRAY['writer_started', 'writer_closed', 'writer_left', 'writer_recovered', 'audit_key_changed',
                               'chains_adopted', 'day_purged', 'subject_erasure_requested', 'subject_erased', 'hold_requested',
                               'hold_placed', 'hold_release_requested', 'hold_released']);

COMMENT ON FUNCTION audit.outlives(text) IS
    'Events that are kept for good: what verification stands on, and what says that something was purged, erased or held';

-- 400 days are the shortest period of the policy library, which data can only lengthen; 2190 the longest that it knows, for what
-- policy put no day on: nobody can tell which law that was under.
CREATE FUNCTION audit.lifetimes(of_day date, today date)
    RETURNS TABLE (writer text, seq bigint, hash bytea, recorded_at timestamptz, kind text, action text, tenant text, exchange text,
                   kept_through date, holds text[], goes boolean)
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    WITH records AS MATERIALIZED (
        SELECT r.writer, r.seq, r.hash, r.recorded_at, (r.recorded_at AT TIME ZONE 'UTC')::date AS on_day, r.kind, r.action, r.tenant,
               r.activity, r.exchange, r.target, (r.body #>> '{facts,retain_until}')::date AS dated,
               CASE WHEN r.kind = 'decision' THEN
                   ARRAY(SELECT json_array_elements_text(CASE json_typeof(r.body #> '{facts,caller,subject_refs}')
                                                         WHEN 'array' THEN r.body #> '{facts,caller,subject_refs}' ELSE '[]' END))
               END AS subjects
        FROM audit.record r WHERE r.day = of_day
    ), held AS MATERIALIZED (
        SELECT h.id, h.tenant, h.activity, h.lookup, h.subjects, h.since, h.until
        FROM identity.hold_state h
        WHERE h.released IS NULL AND (h.in_force IS NOT NULL OR now() - h.placed < interval '24 hours')
    ), longest AS (
        SELECT r.tenant, greatest(2190, max(r.dated - r.on_day)) AS days FROM records r GROUP BY r.tenant
    ), exchanges AS (
        SELECT r.exchange, max(r.tenant) AS tenant, max(r.activity) AS activity, min(r.recorded_at) AS first_at,
               max(r.recorded_at) AS last_at, max(r.on_day) AS last_day, max(r.dated) AS dated,
               bool_or(r.kind = 'decision') AND bool_or(r.kind = 'outcome') AS ended,
               coalesce(max(r.subjects), '{}') AS subjects
        FROM records r WHERE r.kind <> 'event' GROUP BY r.exchange
    ), ends AS (
        SELECT e.exchange, e.ended,
               CASE WHEN e.dated IS NULL THEN e.last_day + l.days ELSE greatest(e.dated, e.last_day + 400) END AS kept_through,
               ARRAY(SELECT h.id FROM held h
                     WHERE (h.tenant IS NULL OR h.tenant = e.tenant) AND (h.activity IS NULL OR h.activity = e.activity)
                       AND (h.since IS NULL OR e.last_at >= h.since) AND (h.until IS NULL OR e.first_at < h.until)
                       AND (h.lookup IS NULL OR h.subjects && e.subjects OR h.subjects = '{}' AND e.subjects <> '{}')
                     ORDER BY h.id) AS holds
        FROM exchanges e JOIN longest l USING (tenant)
    ), judged AS (
        SELECT r.*, e.kept_through, e.holds, e.ended AND e.holds = '{}' AND e.kept_through < today AS goes
        FROM records r JOIN ends e USING (exchange) WHERE r.kind <> 'event'
        UNION ALL
        SELECT r.*, k.kept_through, k.holds, NOT audit.outlives(r.action) AND k.holds = '{}' AND k.kept_through < today
        FROM records r JOIN longest l USING (tenant)
        CROSS JOIN LATERAL (
            SELECT CASE WHEN r.action <> 'answer_stated' THEN r.on_day + l.days ELSE r.on_day + 400 END AS kept_through,
                   ARRAY(SELECT h.id FROM held h
                         WHERE r.action <> 'answer_stated' AND h.lookup IS NULL AND (h.tenant IS NULL OR h.tenant = r.tenant)
                           AND (h.activity IS NULL OR h.activity = r.activity)
                           AND (h.since IS NULL OR r.recorded_at >= h.since) AND (h.until IS NULL OR r.recorded_at < h.until)
                         ORDER BY h.id) AS holds) k
        WHERE r.kind = 'event'
    ), spans AS (
        SELECT s.writer, min(s.first_seq) AS first, max(s.last_seq) AS last
        FROM audit.seal s
        WHERE s.writer IN (SELECT DISTINCT j.writer FROM judged j WHERE j.action = 'answer_stated')
          AND s.last_at >= of_day::timestamp AT TIME ZONE 'UTC' AND s.first_at < (of_day + 1)::timestamp AT TIME ZONE 'UTC'
        GROUP BY s.writer
    ), named AS (
        SELECT DISTINCT r.writer, r.tenant, d.found[1] AS digest
        FROM spans p
        JOIN audit.record r ON r.writer = p.writer AND r.seq BETWEEN p.first AND p.last AND r.kind <> 'event' AND r.day <= of_day
        CROSS JOIN LATERAL regexp_matches(r.body::text, '"answer_stated":"([0-9a-f]{64})"', 'g') d (found)
        WHERE NOT EXISTS (SELECT FROM judged j WHERE j.writer = r.writer AND j.seq = r.seq AND j.goes)
    )
    SELECT j.writer, j.seq, j.hash, j.recorded_at, j.kind, j.action, j.tenant, j.exchange, j.kept_through, j.holds,
           j.goes AND NOT (j.action = 'answer_stated' AND (j.writer, j.tenant, j.target) IN (SELECT n.writer, n.tenant, n.digest FROM named n))
    FROM judged j
$$;

COMMENT ON FUNCTION audit.lifetimes(date, date) IS
    'Through which day each record of a day must be kept, which holds cover it, and whether it may go today';

CREATE FUNCTION audit.merkle_root(leaves bytea[]) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
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

COMMENT ON FUNCTION audit.merkle_root(bytea[]) IS 'RFC 6962 root over leaf hashes';

CREATE FUNCTION audit.purge_plan(of_day date) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made jsonb;
BEGIN
    WITH lives AS MATERIALIZED (
        SELECT l.* FROM audit.lifetimes(of_day, (now() AT TIME ZONE 'UTC')::date) l
    ), going AS (
        SELECT l.* FROM lives l WHERE l.goes
    ), sealed AS (
        SELECT g.writer, g.seq, f.leaf, s.writer IS NULL AND NOT EXISTS (
                   SELECT FROM audit.record a, json_array_elements(a.body #> '{facts,chains}') c
                   WHERE a.kind = 'event' AND a.action = 'chains_adopted' AND c.value ->> 0 = g.writer) AS loose
        FROM going g
        LEFT JOIN LATERAL (
            SELECT s.writer, s.last_seq FROM audit.seal s
            WHERE s.writer = g.writer AND s.last_seq >= g.seq AND s.first_seq <= g.seq ORDER BY s.last_seq LIMIT 1) s ON true
        LEFT JOIN audit.leaf f ON f.writer = s.writer AND f.last_seq = s.last_seq
        WHERE s.writer IS NULL OR f.leaf IS NULL OR s.last_seq = g.seq OR NOT EXISTS (
            SELECT FROM going n WHERE n.writer = g.writer AND n.seq = g.seq + 1)
    ), counted AS (
        SELECT g.tenant, jsonb_object_agg(g.kind, g.n) AS kinds
        FROM (SELECT g.tenant, g.kind, count(*) AS n FROM going g GROUP BY g.tenant, g.kind) g GROUP BY g.tenant
    ), lagging AS (
        SELECT DISTINCT t.login || ' ' || t.name AS stream
        FROM audit.stream t CROSS JOIN (SELECT g.writer, max(g.seq) AS seq FROM going g GROUP BY g.writer) g
        LEFT JOIN audit.stream_position p ON p.login = t.login AND p.name = t.name AND p.writer = g.writer
        WHERE coalesce(p.seq, 0) < g.seq
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
        'revisions', (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(r.revision, r.data_revision)), '[]')
                      FROM going g JOIN audit.record r ON r.day = of_day AND r.writer = g.writer AND r.seq = g.seq
                      WHERE g.kind = 'decision' AND r.revision <> ''),
        'holds', (SELECT coalesce(jsonb_object_agg(h.id, h.n), '{}') FROM (
                      SELECT s.id, count(l.seq) AS n
                      FROM identity.hold_state s LEFT JOIN lives l ON s.id = ANY (l.holds)
                      WHERE s.released IS NULL AND (s.in_force IS NOT NULL OR now() - s.placed < interval '24 hours')
                      GROUP BY s.id) h),
        'kept', (SELECT count(*) FROM lives l WHERE NOT l.goes AND NOT (l.kind = 'event' AND audit.outlives(l.action))),
        'held', (SELECT count(*) FROM lives l WHERE l.holds <> '{}'),
        'next', (SELECT min(l.kept_through) FROM lives l WHERE NOT l.goes AND NOT (l.kind = 'event' AND audit.outlives(l.action))),
        'last', (SELECT max(l.kept_through) FROM lives l WHERE NOT l.goes AND NOT (l.kind = 'event' AND audit.outlives(l.action))),
        'top_leaf', (SELECT max(s.leaf) FROM sealed s),
        'unlisted', (SELECT count(*) FROM sealed s WHERE s.loose OR s.leaf IS NULL AND EXISTS (
                         SELECT FROM audit.seal e WHERE e.writer = s.writer AND e.last_seq >= s.seq AND e.first_seq <= s.seq)),
        'lagging', (SELECT coalesce(jsonb_agg(g.stream ORDER BY g.stream), '[]') FROM lagging g)
    ) INTO made;
    RETURN made;
END
$$;

COMMENT ON FUNCTION audit.purge_plan(date) IS
    'What of a day may go, in the words of its certificate, and what keeps the rest: holds, days, seals under no note, streams that lag';

CREATE FUNCTION audit.days_past(through date) RETURNS SETOF date
    LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.day FROM (
        SELECT to_date(substr(c.relname, 8), 'YYYY_MM_DD') AS day
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'audit.record'::regclass AND c.relname ~ '^record_[0-9]{4}_[0-9]{2}_[0-9]{2}$'
        UNION
        SELECT r.day FROM audit.record_rest r
        UNION ALL
        SELECT date '-infinity' WHERE EXISTS (
            SELECT FROM audit.record r WHERE r.day = '-infinity' AND NOT (r.kind = 'event' AND audit.outlives(r.action)))) d
    WHERE d.day <= through AND (d.day = '-infinity' OR d.day + 400 < (now() AT TIME ZONE 'UTC')::date)
    ORDER BY d.day
$$;

COMMENT ON FUNCTION audit.days_past(date) IS
    'Days of the log that are older than the shortest period, from the oldest on; records without a day are -infinity';

ALTER TABLE identity.two_person_request DROP CONSTRAINT two_person_request_act_check;
ALTER TABLE identity.two_person_request ADD CONSTRAINT two_person_request_act_check
    CHECK (act IN ('erase_subject', 'place_hold', 'release_hold', 'purge_days'));

CREATE FUNCTION audit.request_purge(request text, through date, ticket text, by_person text, at timestamptz) RETURNS void
    LANGUAGE sql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO identity.two_person_request (id, act, tenant, about, ticket, requested_by, requested)
    VALUES (request, 'purge_days', '', through::text, ticket, by_person, at)
$$;

CREATE FUNCTION audit.approve_purge(of_request text, by_approver text, at timestamptz)
    RETURNS TABLE (through date, ticket text, requested_by text)
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked identity.two_person_request;
BEGIN
    SELECT * INTO asked FROM identity.two_person_request r WHERE r.id = of_request AND r.act = 'purge_days';
    IF FOUND AND (identity.approve_request(of_request, 'purge_days', '', asked.about, by_approver, at) OR EXISTS (
        SELECT FROM identity.two_person_approval a
        WHERE a.id = of_request AND a.approver = by_approver AND at - asked.requested < interval '24 hours')) THEN
        RETURN QUERY SELECT asked.about::date, asked.ticket, asked.requested_by;
    END IF;
END
$$;

COMMENT ON FUNCTION audit.approve_purge(text, text, timestamptz) IS
    'A second person approves a purge through a day, and may go on with it for the rest of the day; no row where that is not possible';

CREATE FUNCTION evidence.refold(of_days date[]) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rollup record;
BEGIN
    FOR rollup IN SELECT * FROM (VALUES
        ('day', 'day, tenant, activity, service, operation, action, requested, target, recipient, operator, region, reported_region, '
                'codes, categories, media, regimes, legal_basis, art9_condition, hipaa_basis, class_status, language, minor, ended, '
                'us_category', 'n, restored, unfulfilled, failovers', ', min(e.sample)'),
        ('entity_day', 'day, tenant, activity, type, target, operator, bucket, detectors', 'found, sent, n', ''),
        ('transfer_day', 'day, tenant, activity, target, recipient, regime, mechanism, origin, destination, instrument, evidence, '
                         'categories, legal_basis, art9_condition', 'n', ''),
        ('touch', 'day, subject, tenant, activity, target, recipient, operator, region, mechanisms, categories, legal_basis, '
                  'art9_condition, hipaa_basis', 'n, disclosures', '')) t (name, keys, sums, more)
    LOOP
        EXECUTE format('DELETE FROM evidence.%I f WHERE f.day = ANY ($1)', rollup.name || '_folded') USING of_days;
        EXECUTE format(
            'INSERT INTO evidence.%I SELECT %s, %s, min(e.first_at), max(e.last_at)%s FROM evidence.%I e '
            'WHERE e.day = ANY ($1) AND e.stored_at < evidence.folded_through() AND e.first_at >= $2 AND e.first_at < $3 GROUP BY %s',
            rollup.name || '_folded', rollup.keys,
            (SELECT string_agg(format('sum(e.%I)', s), ', ') FROM unnest(string_to_array(rollup.sums, ', ')) s), rollup.more,
            'each_' || replace(rollup.name, '_day', ''), rollup.keys)
        USING of_days, (SELECT min(d) FROM unnest(of_days) d)::timestamp AT TIME ZONE 'UTC',
              (SELECT max(d) + 1 FROM unnest(of_days) d)::timestamp AT TIME ZONE 'UTC';
    END LOOP;
END
$$;

COMMENT ON FUNCTION evidence.refold(date[]) IS 'Make the rollups of days anew from the exchanges that are left of them';

CREATE FUNCTION evidence.drop_purged(of_purge uuid) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    touched date[];
BEGIN
    PERFORM FROM evidence.folded f FOR UPDATE;
    DELETE FROM evidence.event e USING audit.purged p
    WHERE p.purge = of_purge AND e.writer = p.writer AND e.seq BETWEEN p.first_seq AND p.last_seq;
    WITH gone AS (
        DELETE FROM evidence.exchange e USING audit.purged p
        WHERE p.purge = of_purge AND e.writer = p.writer AND e.seq BETWEEN p.first_seq AND p.last_seq
        RETURNING (e.at AT TIME ZONE 'UTC')::date AS day
    )
    SELECT array_agg(DISTINCT g.day) INTO touched FROM gone g;
    PERFORM evidence.refold(touched);
END
$$;

COMMENT ON FUNCTION evidence.drop_purged(uuid) IS 'Drop what was derived from purged records';

CREATE FUNCTION audit.keep_rest(of_purge uuid, of_day date) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part regclass := audit.part_of(of_day);
BEGIN
    EXECUTE format('CREATE UNLOGGED TABLE audit.record_kept AS SELECT r.* FROM %s r WHERE NOT EXISTS ('
                   'SELECT FROM audit.purged p WHERE p.purge = $1 AND p.writer = r.writer AND r.seq BETWEEN p.first_seq AND p.last_seq)',
                   part) USING of_purge;
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', part);
    EXECUTE format('TRUNCATE %s', part);
    UPDATE audit.record_kept SET day = '-infinity' WHERE kind = 'event' AND audit.outlives(action);
    EXECUTE format('INSERT INTO %s SELECT * FROM audit.record_kept WHERE day = $1', part) USING of_day;
    INSERT INTO audit.record_former SELECT * FROM audit.record_kept WHERE day <> of_day;
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', part);
    DROP TABLE audit.record_kept;
END
$$;

COMMENT ON FUNCTION audit.keep_rest(uuid, date) IS
    'Write the partition of a day anew without what was purged, so that its old file is gone; events that are kept for good lose their day';

CREATE FUNCTION audit.part_of(of_day date) RETURNS regclass
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_regclass(CASE WHEN of_day = '-infinity' THEN 'audit.record_former'
                            ELSE 'audit.record_' || to_char(of_day, 'YYYY_MM_DD') END)
$$;

CREATE FUNCTION audit.purge_day(of_request text, of_day date, of_purge uuid, anchored bigint) RETURNS bigint
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    plan jsonb;
    said json;
    said_leaf bigint;
BEGIN
    PERFORM audit.add_day(of_day);  -- what came late waits in the rest
    PERFORM pg_advisory_xact_lock(hashtextextended('audit days', 0));
    LOCK TABLE identity.hold IN SHARE MODE;  -- no hold is placed meanwhile
    IF NOT EXISTS (SELECT FROM identity.two_person_request r JOIN identity.two_person_approval a USING (id)
                   WHERE r.id = of_request AND r.act = 'purge_days' AND of_day <= r.about::date
                     AND now() - a.approved < interval '24 hours') THEN
        RAISE EXCEPTION 'no second person approved that within a day' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF of_day NOT IN (SELECT d FROM audit.days_past(of_day) d) THEN
        RAISE EXCEPTION 'the day is younger than the shortest period, or there is none' USING ERRCODE = 'check_violation';
    END IF;
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', audit.part_of(of_day));
    plan := audit.purge_plan(of_day);
    SELECT r.body -> 'facts', l.leaf INTO said, said_leaf
    FROM audit.record r
    JOIN audit.seal s ON s.writer = r.writer AND s.first_seq <= r.seq AND s.last_seq >= r.seq
    JOIN audit.leaf l ON l.writer = s.writer AND l.last_seq = s.last_seq
    WHERE r.kind = 'event' AND r.action = 'day_purged' AND r.target = of_purge::text;
    IF said IS NULL OR said_leaf >= anchored OR NOT EXISTS (SELECT FROM audit.note n WHERE n.size = anchored) THEN
        RAISE EXCEPTION 'no certificate under an anchored note says so' USING ERRCODE = 'check_violation';
    END IF;
    IF (said ->> 'day', said ->> 'root', said ->> 'records') IS DISTINCT FROM (plan ->> 'day', plan ->> 'root', plan ->> 'records') THEN
        RAISE EXCEPTION 'the certificate is over other records: what may go has changed' USING ERRCODE = 'check_violation';
    END IF;
    IF (plan ->> 'records')::bigint = 0 OR (plan ->> 'unlisted')::bigint > 0 OR (plan ->> 'top_leaf')::bigint >= anchored THEN
        RAISE EXCEPTION 'not all of these records are under an anchored note' USING ERRCODE = 'check_violation';
    END IF;
    IF jsonb_array_length(plan -> 'lagging') > 0 THEN
        RAISE EXCEPTION 'a stream has not sent them all: %', plan ->> 'lagging' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO audit.purged (purge, day, writer, first_seq, last_seq, hashes)
    SELECT of_purge, of_day, g.writer, min(g.seq), max(g.seq), string_agg(g.hash, '' ORDER BY g.seq)
    FROM (SELECT l.writer, l.seq, l.hash, l.seq - row_number() OVER (PARTITION BY l.writer ORDER BY l.seq) AS run
          FROM audit.lifetimes(of_day, (now() AT TIME ZONE 'UTC')::date) l WHERE l.goes) g
    GROUP BY g.writer, g.run;
    PERFORM evidence.drop_purged(of_purge);
    PERFORM audit.keep_rest(of_purge, of_day);
    RETURN (plan ->> 'records')::bigint;
END
$$;

COMMENT ON FUNCTION audit.purge_day(text, date, uuid, bigint) IS
    'Purge what may go of a day. Refused without two people, a certificate over the same records under a note that an anchor holds '
    '(the size "anchored" is the caller''s word), and while a stream lags';

CREATE FUNCTION audit.drop_day(of_day date) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    filled boolean;
BEGIN
    IF of_day = '-infinity' OR audit.part_of(of_day) IS NULL OR of_day NOT IN (SELECT d FROM audit.days_past(of_day) d) THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('audit days', 0));
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', audit.part_of(of_day));
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', audit.part_of(of_day)) INTO filled;
    IF NOT filled THEN
        EXECUTE format('ALTER TABLE audit.record DETACH PARTITION %s', audit.part_of(of_day));
        EXECUTE format('DROP TABLE %s', audit.part_of(of_day));
    END IF;
    RETURN NOT filled;
END
$$;

COMMENT ON FUNCTION audit.drop_day(date) IS 'Drop the partition of a day of which nothing is left; it gives up when somebody reads';

-- The retention role sees no record: what it may know and do is what these functions say.
GRANT USAGE ON SCHEMA audit TO proxy_retention, proxy_verifier;
REVOKE ALL ON FUNCTION audit.outlives(text), audit.lifetimes(date, date), audit.merkle_root(bytea[]), audit.purge_plan(date),
    audit.days_past(date), audit.request_purge(text, date, text, text, timestamptz), audit.approve_purge(text, text, timestamptz),
    evidence.refold(date[]), evidence.drop_purged(uuid), audit.keep_rest(uuid, date), audit.part_of(date),
    audit.purge_day(text, date, uuid, bigint), audit.drop_day(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.purge_plan(date), audit.days_past(date), audit.request_purge(text, date, text, text, timestamptz),
    audit.approve_purge(text, text, timestamptz), audit.purge_day(text, date, uuid, bigint), audit.drop_day(date) TO proxy_retention;

-- The verifier reads what verification recomputes, bodies among it: a hash is over the body. It reads nothing else.
GRANT SELECT ON audit.record, audit.seal, audit.leaf, audit.note, audit.tile, audit.witness, audit.checkpoint, audit.purged,
    audit.reading TO proxy_verifier;
GRANT SELECT ON audit.purged TO proxy_reader;
GRANT EXECUTE ON FUNCTION audit.writer_alive(text), audit.day_of(text), audit.bound_tenants(), audit.reads_all(), audit.tenants_read(),
    audit.announce_reading(jsonb) TO proxy_verifier;
CREATE POLICY verifying ON audit.record FOR SELECT TO proxy_verifier USING ((SELECT audit.reads_all()));
CREATE POLICY verifying ON audit.reading FOR SELECT TO proxy_verifier USING ((SELECT audit.reads_all()));

RESET ROLE;
