-- End what links records to a person before the records end, for tenants with such a limit; owe the log an event where a deed needs one.
SET ROLE proxy_owner;

CREATE TABLE audit.owed (
    id     uuid        PRIMARY KEY DEFAULT audit.dated_id(),
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    action text        NOT NULL CHECK (action IN ('subject_erased', 'links_expired')),
    tenant text        NOT NULL,
    facts  jsonb       NOT NULL
);

COMMENT ON TABLE audit.owed IS
    'Events that the log owes to what was done in the same transaction, until they are recorded: "id" is the target of the event';

CREATE FUNCTION audit.refuse_owed_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM audit.record r WHERE r.kind = 'event' AND r.action = OLD.action AND r.target = OLD.id::text
            AND r.recorded_at >= OLD.at - interval '1 day') THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit.owed is append-only until it is recorded: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER owed_append_only BEFORE UPDATE OR DELETE ON audit.owed
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_owed_change();
CREATE TRIGGER owed_no_truncate BEFORE TRUNCATE ON audit.owed
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();

CREATE FUNCTION audit.owed_recorded(of_owed uuid) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM audit.owed o WHERE o.id = of_owed AND EXISTS (
        SELECT FROM audit.record r WHERE r.kind = 'event' AND r.action = o.action AND r.target = o.id::text
            AND r.recorded_at >= o.at - interval '1 day');
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION audit.owed_recorded(uuid) IS 'Strike an event off that is recorded; false while it is not';

CREATE OR REPLACE FUNCTION identity.erase_subject(
    of_request text, of_tenant text, of_lookup bytea, by_approver text, key_id text, at timestamptz
) RETURNS integer
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    destroyed integer;
BEGIN
    IF identity.holds_against_erasure(of_tenant, of_lookup, at) THEN
        RETURN -1;
    END IF;
    IF NOT identity.approve_request(of_request, 'erase_subject', of_tenant, encode(of_lookup, 'hex'), by_approver, at) THEN
        RETURN NULL;
    END IF;
    UPDATE identity.subject_key SET sealed = NULL, destroyed_at = at
    WHERE tenant = of_tenant AND lookup = of_lookup AND destroyed_at IS NULL;
    GET DIAGNOSTICS destroyed = ROW_COUNT;
    IF destroyed = 0 THEN
        INSERT INTO identity.subject_key (tenant, lookup, made, sealed_by, destroyed_at)
        VALUES (of_tenant, of_lookup, at, key_id, at);
    END IF;
    INSERT INTO audit.owed (action, tenant, facts)
    SELECT 'subject_erased', of_tenant, jsonb_build_object(
        'request', of_request, 'ticket', r.ticket, 'keys', destroyed, 'pseudonyms', NULL, 'requested_by', r.requested_by, 'by', by_approver)
    FROM identity.two_person_request r WHERE r.id = of_request;
    PERFORM pg_notify('identity_subject', '');
    RETURN destroyed;
END
$$;

CREATE FUNCTION identity.owed_for(of_request text) RETURNS text
    LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT o.id::text FROM audit.owed o WHERE o.facts ->> 'request' = of_request
$$;

COMMENT ON FUNCTION identity.owed_for(text) IS 'The event that the log owes to an erasure, by its request';

-- Where a tenant limits how long records may be linked to a person, a reference is made with the key of the subject and that of the day.
CREATE TABLE identity.linking_key (
    tenant       text        NOT NULL CHECK (tenant <> ''),
    day          date        NOT NULL,
    until        date        NOT NULL CHECK (until >= day),
    sealed       bytea,
    sealed_by    text        NOT NULL CHECK (sealed_by ~ '^k-[0-9a-f]{8}$'),
    destroyed_at timestamptz,
    PRIMARY KEY (tenant, day),
    CHECK ((sealed IS NULL) = (destroyed_at IS NOT NULL))
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

COMMENT ON TABLE identity.linking_key IS
    'Half of what references to data subjects are made with on a day, for tenants with a limit; "until" is the last day of the other use';
COMMENT ON COLUMN identity.linking_key.sealed IS 'nonce (12 bytes) || AES-256-GCM; null: destroyed, so nothing links that day to anybody';

CREATE TRIGGER linking_key_destroyed BEFORE UPDATE ON identity.linking_key
    FOR EACH ROW EXECUTE FUNCTION identity.keep_destroyed();
CREATE TRIGGER linking_key_kept BEFORE DELETE OR TRUNCATE ON identity.linking_key
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();

ALTER TABLE identity.linking_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON identity.linking_key FOR SELECT TO proxy_reader
    USING ((SELECT audit.reads_all()) OR tenant = ANY ((SELECT audit.tenants_read())::text[]));
CREATE POLICY keeping ON identity.linking_key TO proxy_identity, proxy_owner USING (true) WITH CHECK (true);

CREATE FUNCTION evidence.unlink(of_tenant text, of_day date) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM evidence.folded f FOR UPDATE;
    UPDATE evidence.exchange e SET subjects = '{}', conversation = ''
    WHERE e.tenant = of_tenant AND e.at >= of_day::timestamp AT TIME ZONE 'UTC' AND e.at < (of_day + 1)::timestamp AT TIME ZONE 'UTC';
    DELETE FROM evidence.touch_folded f WHERE f.tenant = of_tenant AND f.day = of_day;
END
$$;

COMMENT ON FUNCTION evidence.unlink(text, date) IS 'Drop what the typed tables say of data subjects and conversations of a tenant on a day';

CREATE FUNCTION identity.expire_links() RETURNS bigint
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    expired record;
    number bigint := 0;
BEGIN
    LOCK TABLE identity.hold IN SHARE MODE;  -- no hold is placed meanwhile
    FOR expired IN
        UPDATE identity.linking_key k SET sealed = NULL, destroyed_at = now()
        WHERE k.destroyed_at IS NULL AND k.until < (now() AT TIME ZONE 'UTC')::date AND NOT EXISTS (
            SELECT FROM identity.hold_state h
            WHERE h.released IS NULL AND (h.in_force IS NOT NULL OR now() - h.placed < interval '24 hours')
              AND (h.tenant IS NULL OR h.tenant = k.tenant) AND (h.since IS NULL OR (h.since AT TIME ZONE 'UTC')::date <= k.day)
              AND (h.until IS NULL OR h.until > k.day::timestamp AT TIME ZONE 'UTC'))
        RETURNING k.tenant, k.day, k.until
    LOOP
        PERFORM evidence.unlink(expired.tenant, expired.day);
        INSERT INTO audit.owed (action, tenant, facts) VALUES ('links_expired', expired.tenant, jsonb_build_object(
            'day', expired.day::text, 'through', expired.until::text, 'by', 'expiry'));
        number := number + 1;
    END LOOP;
    IF number > 0 THEN
        PERFORM pg_notify('identity_subject', '');
    END IF;
    RETURN number;
END
$$;

COMMENT ON FUNCTION identity.expire_links() IS
    'Destroy the keys of days that no longer may be linked to anybody, unless a legal hold covers the tenant then; returns how many';

REVOKE ALL ON FUNCTION audit.refuse_owed_change(), audit.owed_recorded(uuid), identity.owed_for(text), evidence.unlink(text, date),
    identity.expire_links() FROM PUBLIC;
GRANT SELECT ON audit.owed TO proxy_writer;
GRANT EXECUTE ON FUNCTION audit.owed_recorded(uuid) TO proxy_writer;
GRANT EXECUTE ON FUNCTION identity.owed_for(text), identity.expire_links() TO proxy_identity;
GRANT SELECT, INSERT ON identity.linking_key TO proxy_identity;
GRANT UPDATE (sealed, sealed_by) ON identity.linking_key TO proxy_identity;
GRANT SELECT ON identity.linking_key TO proxy_reader;

-- Judge, seal by seal and run by run, what a day of many records may lose: no step compares each record with all others.
CREATE OR REPLACE FUNCTION audit.lifetimes(of_day date, today date)
    RETURNS TABLE (writer text, seq bigint, hash bytea, recorded_at timestamptz, kind text, action text, tenant text, exchange text,
                   kept_through date, holds text[], goes boolean)
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    WITH records AS MATERIALIZED (
        SELECT r.writer, r.seq, r.hash, r.recorded_at, (r.recorded_at AT TIME ZONE 'UTC')::date AS on_day, r.kind, r.action, r.tenant,
               r.activity, r.exchange, r.target, (r.body #>> '{facts,retain_until}')::date AS dated,
               CASE WHEN r.kind = 'decision' THEN
                   ARRAY(SELECT json_array_elements_text(CASE json_typeof(r.body #> '{facts,caller,subject_refs}')
                                                         WHEN 'array' THEN r.body #> '{facts,caller,subject_refs}' ELSE '[]' END))
               END AS subjects,
               CASE WHEN r.kind <> 'event' THEN ARRAY(
                   SELECT d.found[1] FROM regexp_matches(r.body::text, '"answer_stated":"([0-9a-f]{64})"', 'g') d (found)) END AS named
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
        SELECT j.writer, j.tenant, unnest(j.named) AS digest FROM judged j WHERE j.kind <> 'event' AND NOT j.goes
        UNION
        SELECT r.writer, r.tenant, d.found[1]
        FROM spans p
        JOIN audit.record r ON r.writer = p.writer AND r.seq BETWEEN p.first AND p.last AND r.kind <> 'event' AND r.day < of_day
        CROSS JOIN LATERAL regexp_matches(r.body::text, '"answer_stated":"([0-9a-f]{64})"', 'g') d (found)
    )
    SELECT j.writer, j.seq, j.hash, j.recorded_at, j.kind, j.action, j.tenant, j.exchange, j.kept_through, j.holds,
           j.goes AND NOT (j.action = 'answer_stated' AND (j.writer, j.tenant, j.target) IN (SELECT n.writer, n.tenant, n.digest FROM named n))
    FROM judged j
$$;


CREATE OR REPLACE FUNCTION audit.purge_plan(of_day date) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
    ), sealed AS (
        SELECT r.writer, r.last - r.first + 1 AS records, c.covered, c.leaf, c.unlisted
        FROM runs r CROSS JOIN LATERAL (
            SELECT coalesce(sum(least(s.last_seq, r.last) - greatest(s.first_seq, r.first) + 1), 0) AS covered, max(f.leaf) AS leaf,
                   count(*) FILTER (WHERE f.leaf IS NULL) AS unlisted
            FROM audit.seal s LEFT JOIN audit.leaf f ON f.writer = s.writer AND f.last_seq = s.last_seq
            WHERE s.writer = r.writer AND s.last_seq >= r.first AND s.first_seq <= r.last AND s.last_seq <= coalesce((
                SELECT e.last_seq FROM audit.seal e WHERE e.writer = r.writer AND e.last_seq >= r.last ORDER BY e.last_seq LIMIT 1), r.last)) c
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
        'unlisted', (SELECT count(*) FROM sealed s WHERE s.unlisted > 0 OR s.covered < s.records AND NOT EXISTS (
                         SELECT FROM audit.record a, json_array_elements(a.body #> '{facts,chains}') c
                         WHERE a.kind = 'event' AND a.action = 'chains_adopted' AND c.value ->> 0 = s.writer)),
        'lagging', (SELECT coalesce(jsonb_agg(g.stream ORDER BY g.stream), '[]') FROM lagging g)
    ) INTO made;
    RETURN made;
END
$$;


CREATE OR REPLACE FUNCTION evidence.drop_purged(of_purge uuid) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    touched date[];
    since timestamptz;
    until timestamptz;
BEGIN
    SELECT min(s.first_at), max(s.last_at) INTO since, until
    FROM audit.purged p JOIN LATERAL (
        SELECT s.first_at, s.last_at FROM audit.seal s
        WHERE p.day <> '-infinity' AND s.writer = p.writer AND s.last_seq >= p.first_seq AND s.first_seq <= p.last_seq
          AND s.last_seq <= coalesce((SELECT e.last_seq FROM audit.seal e WHERE e.writer = p.writer AND e.last_seq >= p.last_seq
                                      ORDER BY e.last_seq LIMIT 1), p.last_seq)) s ON true
    WHERE p.purge = of_purge;
    PERFORM FROM evidence.folded f FOR UPDATE;
    DELETE FROM evidence.event e USING audit.purged p
    WHERE p.purge = of_purge AND e.writer = p.writer AND e.seq BETWEEN p.first_seq AND p.last_seq;
    WITH gone AS (
        DELETE FROM evidence.exchange e
        WHERE e.at >= coalesce(since, '-infinity') AND e.at <= coalesce(until, 'infinity') AND e.seq <= (
            SELECT p.last_seq FROM audit.purged p WHERE p.writer = e.writer AND p.first_seq <= e.seq ORDER BY p.first_seq DESC LIMIT 1)
        RETURNING (e.at AT TIME ZONE 'UTC')::date AS day
    )
    SELECT array_agg(DISTINCT g.day) INTO touched FROM gone g;
    PERFORM evidence.refold(touched);
END
$$;


CREATE OR REPLACE FUNCTION audit.keep_rest(of_purge uuid, of_day date) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part regclass := audit.part_of(of_day);
BEGIN
    EXECUTE format('CREATE UNLOGGED TABLE audit.record_kept AS SELECT r.* FROM %s r WHERE (r.seq <= ('
                   'SELECT p.last_seq FROM audit.purged p WHERE p.writer = r.writer AND p.first_seq <= r.seq '
                   'ORDER BY p.first_seq DESC LIMIT 1)) IS NOT TRUE', part);
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', part);
    EXECUTE format('TRUNCATE %s', part);
    UPDATE audit.record_kept SET day = '-infinity' WHERE kind = 'event' AND audit.outlives(action);
    EXECUTE format('INSERT INTO %s SELECT * FROM audit.record_kept WHERE day = $1', part) USING of_day;
    INSERT INTO audit.record_former SELECT * FROM audit.record_kept WHERE day <> of_day;
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', part);
    DROP TABLE audit.record_kept;
END
$$;

RESET ROLE;
