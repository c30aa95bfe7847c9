WITH sent AS (
    SELECT t.tenant, t.activity, t.recipient, t.target, t.region,
           sum(t.n)::bigint AS exchanges, min(t.first_at) AS first_at, max(t.last_at) AS last_at
    FROM evidence.day t
    WHERE t.target <> ''
      AND ($1::text[] IS NULL OR t.tenant = ANY ($1))
      AND t.day >= ($2::timestamptz AT TIME ZONE 'UTC')::date AND t.day < ($3::timestamptz AT TIME ZONE 'UTC')::date
      AND ($4::text IS NULL OR t.recipient = $4)
      AND ($5::text IS NULL OR t.target = $5)
    GROUP BY 1, 2, 3, 4, 5
),
kinds AS (
    SELECT k.tenant, k.activity, k.target, array_agg(k.category ORDER BY k.category) AS categories
    FROM (SELECT DISTINCT t.tenant, t.activity, t.target, unnest(t.categories) AS category
          FROM evidence.day t
          WHERE t.day >= ($2 AT TIME ZONE 'UTC')::date AND t.day < ($3 AT TIME ZONE 'UTC')::date
            AND ($5::text IS NULL OR t.target = $5)) k
    GROUP BY 1, 2, 3
),
held AS (
    SELECT e.tenant, e.activity, e.target, sum(e.sent) FILTER (WHERE e.operator = '') AS unchanged,
           sum(e.sent) FILTER (WHERE e.operator <> '') AS replaced,
           array_agg(DISTINCT e.type ORDER BY e.type) FILTER (WHERE e.operator = '' AND e.sent > 0) AS types
    FROM evidence.entity_day e
    WHERE e.day >= ($2 AT TIME ZONE 'UTC')::date AND e.day < ($3 AT TIME ZONE 'UTC')::date
      AND ($5::text IS NULL OR e.target = $5)
    GROUP BY 1, 2, 3
),
people AS (
    SELECT s.tenant, s.activity, s.target, count(DISTINCT s.subject) AS subjects
    FROM evidence.touch s
    WHERE s.target <> ''
      AND s.day >= ($2 AT TIME ZONE 'UTC')::date AND s.day < ($3 AT TIME ZONE 'UTC')::date
      AND ($4::text IS NULL OR s.recipient = $4)
      AND ($5::text IS NULL OR s.target = $5)
    GROUP BY 1, 2, 3
)
SELECT s.tenant, s.activity, s.recipient AS provider, s.target, s.region, coalesce(k.categories, '{}') AS categories, s.exchanges,
       coalesce(p.subjects, 0) AS subjects, coalesce(h.unchanged, 0)::bigint AS unchanged,
       coalesce(h.replaced, 0)::bigint AS replaced, coalesce(h.types, '{}') AS unchanged_types, s.first_at, s.last_at,
       $6::timestamptz + interval '72 hours' AS gdpr_due, $6::timestamptz + interval '60 days' AS hipaa_due
FROM sent s
LEFT JOIN kinds k USING (tenant, activity, target)
LEFT JOIN held h USING (tenant, activity, target)
LEFT JOIN people p USING (tenant, activity, target)
ORDER BY s.exchanges DESC, s.tenant, s.activity, s.target, s.region
LIMIT $7
