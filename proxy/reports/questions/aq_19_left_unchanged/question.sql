WITH sent AS (
    SELECT e.tenant, e.activity, e.type, e.target, sum(e.sent)::bigint AS sent, sum(e.n)::bigint AS exchanges,
           min(e.first_at) AS first_at, max(e.last_at) AS last_at
    FROM evidence.entity_day e
    WHERE e.target <> '' AND e.operator = '' AND e.sent > 0
      AND ($1::text[] IS NULL OR e.tenant = ANY ($1))
      AND ($2::timestamptz IS NULL OR e.day >= ($2 AT TIME ZONE 'UTC')::date)
      AND ($3::timestamptz IS NULL OR e.day < ($3 AT TIME ZONE 'UTC')::date)
      AND ($4::text IS NULL OR e.activity = $4)
      AND ($5::text IS NULL OR e.type = $5)
      AND ($6::text IS NULL OR e.target = $6)
    GROUP BY 1, 2, 3, 4
)
SELECT s.tenant, s.activity, s.type AS entity, s.target,
       CASE WHEN a.activity -> 'necessary_entities' ? s.type THEN 'necessary'
            WHEN $7::jsonb #>> ARRAY['targets', s.target, 'operator'] = 'self' THEN 'own target'
            ELSE 'not listed' END AS justification,
       a.activity ->> 'purpose' AS purpose, s.sent, s.exchanges, s.first_at, s.last_at
FROM sent s
LEFT JOIN LATERAL (SELECT $7::jsonb #> ARRAY['activities', s.activity] AS activity) a ON true
ORDER BY s.sent DESC, s.tenant, s.activity, s.type, s.target
LIMIT $8
