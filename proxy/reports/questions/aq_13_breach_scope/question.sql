WITH sent AS (
    SELECT t.tenant, t.activity, t.recipient, t.target, t.region,
           sum(t.n)::bigint AS exchanges, min(t.first_at) AS first_at, max(t.last_at) AS last_at,
           bool_or(list_contains(t.regimes, 'GDPR')) AS gdpr, bool_or(list_contains(t.regimes, 'HIPAA')) AS hipaa
    FROM (
        SELECT d.tenant, d.activity, d.recipient, d.target, d.region, d.regimes, d.n, d.first_at, d.last_at
        FROM evidence.day d
        WHERE d.target <> '' AND ($1 IS NULL OR list_contains($1, d.tenant))
          AND d.first_at >= $2::date AND d.first_at < $3::date
        UNION ALL
        SELECT DISTINCT ON (a.exchange, a.target) a.tenant, a.activity, a.recipient, a.target, a.region, a.regimes, 1, a.at, a.at
        FROM evidence.attempt a
        WHERE a.calls > 1 AND a.target <> a.last_target AND a.ending <> 'unsent'
          AND ($1 IS NULL OR list_contains($1, a.tenant)) AND a.at >= $2 AND a.at < $3
    ) t
    WHERE ($4 IS NULL OR t.recipient = $4) AND ($5 IS NULL OR t.target = $5)
    GROUP BY 1, 2, 3, 4, 5
),
kinds AS (
    SELECT k.tenant, k.activity, k.target, array_agg(DISTINCT k.category ORDER BY k.category) AS categories
    FROM (SELECT t.tenant, t.activity, t.target, unnest(t.categories) AS category
          FROM evidence.day t
          WHERE t.first_at >= $2::date AND t.first_at < $3::date
            AND ($1 IS NULL OR list_contains($1, t.tenant)) AND ($4 IS NULL OR t.recipient = $4) AND ($5 IS NULL OR t.target = $5)) k
    GROUP BY 1, 2, 3
),
held AS (
    SELECT e.tenant, e.activity, e.target, sum(e.sent) FILTER (WHERE e.operator = '') AS unchanged,
           sum(e.sent) FILTER (WHERE e.operator <> '') AS replaced,
           array_agg(DISTINCT e.type ORDER BY e.type) FILTER (WHERE e.operator = '' AND e.sent > 0) AS types
    FROM (SELECT h.tenant, h.activity, h.target, h.type, h.operator, sum(h.sent) AS sent
          FROM evidence.entity_day h
          WHERE h.first_at >= $2::date AND h.first_at < $3::date
            AND ($1 IS NULL OR list_contains($1, h.tenant)) AND h.target <> '' AND ($5 IS NULL OR h.target = $5)
          GROUP BY 1, 2, 3, 4, 5) e
    GROUP BY 1, 2, 3
),
touched AS MATERIALIZED (
    SELECT DISTINCT s.tenant, s.activity, s.target, s.subject
    FROM evidence.touch s
    WHERE s.target <> ''
      AND s.first_at >= $2::date AND s.first_at < $3::date
      AND ($1 IS NULL OR list_contains($1, s.tenant)) AND ($4 IS NULL OR s.recipient = $4) AND ($5 IS NULL OR s.target = $5)
),
people AS (
    SELECT t.tenant, t.activity, t.target, count(*) AS subjects FROM touched t GROUP BY 1, 2, 3
),
named AS (
    SELECT t.tenant, t.activity, t.target, array_agg(t.subject ORDER BY t.subject) AS refs
    FROM touched t JOIN people p USING (tenant, activity, target)
    WHERE p.subjects <= 200
    GROUP BY 1, 2, 3
),
grounds AS (
    SELECT g.tenant, g.activity, g.target, array_agg(DISTINCT g.mechanism ORDER BY g.mechanism) AS mechanisms
    FROM evidence.transfer_day g
    WHERE g.first_at >= $2::date AND g.first_at < $3::date
      AND ($1 IS NULL OR list_contains($1, g.tenant)) AND ($4 IS NULL OR g.recipient = $4) AND ($5 IS NULL OR g.target = $5)
    GROUP BY 1, 2, 3
)
SELECT s.tenant, s.activity, s.recipient AS provider, s.target, s.region, coalesce(k.categories, []) AS categories, s.exchanges,
       coalesce(p.subjects, 0) AS subjects, coalesce(n.refs, []) AS subject_refs, coalesce(h.unchanged, 0)::bigint AS unchanged,
       coalesce(h.replaced, 0)::bigint AS replaced, coalesce(h.types, []) AS unchanged_types,
       coalesce(g.mechanisms, []) AS mechanisms, s.first_at, s.last_at,
       CASE WHEN s.gdpr THEN $6 + interval '72 hours' END AS gdpr_due,
       CASE WHEN s.hipaa THEN $6 + interval '60 days' END AS hipaa_due  -- no date of a law under which nothing was sent
FROM sent s
LEFT JOIN kinds k USING (tenant, activity, target)
LEFT JOIN held h USING (tenant, activity, target)
LEFT JOIN people p USING (tenant, activity, target)
LEFT JOIN named n USING (tenant, activity, target)
LEFT JOIN grounds g USING (tenant, activity, target)
ORDER BY s.exchanges DESC, s.tenant, s.activity, s.target, s.region
LIMIT $7
