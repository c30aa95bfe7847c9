WITH sent AS (
    SELECT e.tenant, e.activity, e.type, e.target, sum(e.sent)::bigint AS sent, sum(e.n)::bigint AS exchanges,
           min(e.first_at) AS first_at, max(e.last_at) AS last_at
    FROM evidence.entity_day e
    WHERE e.target <> '' AND e.operator = '' AND e.sent > 0
      AND ($1 IS NULL OR list_contains($1, e.tenant))
      AND ($2 IS NULL OR e.first_at >= $2::date)
      AND ($3 IS NULL OR e.first_at < $3::date)
      AND ($4 IS NULL OR e.activity = $4)
      AND ($5 IS NULL OR e.type = $5)
      AND ($6 IS NULL OR e.target = $6)
    GROUP BY 1, 2, 3, 4
)
SELECT s.tenant, s.activity, s.type AS entity, s.target,
       CASE WHEN list_contains(($7 -> 'activities' -> s.activity -> 'necessary_entities')::text[], s.type) THEN 'necessary'
            WHEN $7 -> 'targets' -> s.target ->> 'operator' = 'self' THEN 'own target'
            ELSE 'not listed' END AS justification,
       $7 -> 'activities' -> s.activity ->> 'purpose' AS purpose, s.sent, s.exchanges, s.first_at, s.last_at
FROM sent s
ORDER BY s.sent DESC, s.tenant, s.activity, s.type, s.target
LIMIT $8
