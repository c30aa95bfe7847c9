-- Remember until when nothing of a day may go, so that a plan does not read every old day again.
SET ROLE proxy_owner;

-- As it was, but "next" passes over an answer that is past its own date: it goes with the last record that names it.
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
        'next', (SELECT min(l.kept_through) FROM lives l
                 WHERE NOT l.goes AND NOT (l.kind = 'event' AND audit.outlives(l.action))
                   AND NOT (l.kind = 'event' AND l.action = 'answer_stated' AND l.kept_through < (now() AT TIME ZONE 'UTC')::date)),
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

CREATE TABLE evidence.kept_day (
    day     date  PRIMARY KEY,
    through date  NOT NULL,
    plan    jsonb NOT NULL
);
COMMENT ON TABLE evidence.kept_day IS
    'Plans of days of which nothing may go on or before "through"; only audit.plan_for reads and writes them, and they can be deleted';

CREATE FUNCTION audit.plan_for(of_day date) RETURNS jsonb
    LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    made jsonb;
BEGIN
    SELECT k.plan INTO made FROM evidence.kept_day k
    WHERE k.day = of_day AND k.through >= today AND ARRAY(SELECT jsonb_object_keys(k.plan -> 'holds') ORDER BY 1) = ARRAY(
        SELECT h.id FROM identity.hold_state h
        WHERE h.released IS NULL AND (h.in_force IS NOT NULL OR now() - h.placed < interval '24 hours') ORDER BY 1);
    IF FOUND THEN
        RETURN made;
    END IF;
    made := audit.purge_plan(of_day);
    IF of_day <> '-infinity' AND made ->> 'records' = '0' AND (made ->> 'next')::date >= today THEN
        INSERT INTO evidence.kept_day VALUES (of_day, (made ->> 'next')::date, made)
        ON CONFLICT (day) DO UPDATE SET through = EXCLUDED.through, plan = EXCLUDED.plan;
    ELSE
        DELETE FROM evidence.kept_day k WHERE k.day = of_day;
    END IF;
    RETURN made;
END
$$;
COMMENT ON FUNCTION audit.plan_for(date) IS
    'The plan of a day, read again only once something of it may go, or other holds are in force. It can delay a purge; purge_day reads the day itself';
REVOKE ALL ON FUNCTION audit.plan_for(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.plan_for(date) TO proxy_retention;
REVOKE EXECUTE ON FUNCTION audit.purge_plan(date) FROM proxy_retention;

RESET ROLE;
