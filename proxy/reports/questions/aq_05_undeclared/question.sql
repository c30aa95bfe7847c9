WITH declared AS (
    SELECT a.key AS activity, (a.value -> '$.ext.ropa.categories')::text[] AS category,
           (a.value -> '$.ext.ropa.recipients')::text[] AS recipient
    FROM json_each($5 -> 'activities') a
),
observed AS (
    SELECT c.tenant, c.activity, 'category' AS kind, c.value, sum(c.n)::bigint AS exchanges, min(c.first_at) AS first_at,
           max(c.last_at) AS last_at
    FROM (SELECT d.tenant, d.activity, unnest(d.categories) AS value, d.n, d.first_at, d.last_at
          FROM evidence.day d
          WHERE ($1 IS NULL OR list_contains($1, d.tenant))
            AND ($2 IS NULL OR d.first_at >= $2::date)
            AND ($3 IS NULL OR d.first_at < $3::date)
            AND ($4 IS NULL OR d.activity = $4)) c
    GROUP BY 1, 2, 4
    UNION ALL
    SELECT d.tenant, d.activity, 'recipient', d.recipient, sum(d.n)::bigint, min(d.first_at), max(d.last_at)
    FROM evidence.day d
    WHERE d.recipient <> '' AND d.operator <> 'self'
      AND ($1 IS NULL OR list_contains($1, d.tenant))
      AND ($2 IS NULL OR d.first_at >= $2::date)
      AND ($3 IS NULL OR d.first_at < $3::date)
      AND ($4 IS NULL OR d.activity = $4)
    GROUP BY 1, 2, 4
),
compared AS (
    SELECT o.*, d.activity IS NULL AS unknown, CASE o.kind WHEN 'category' THEN d.category ELSE d.recipient END AS list
    FROM observed o LEFT JOIN declared d USING (activity)
)
SELECT c.tenant, c.activity, c.kind, c.value,
       CASE WHEN c.unknown THEN 'unknown activity' WHEN c.list IS NULL THEN 'nothing declared' ELSE 'not declared' END AS reason,
       c.exchanges, c.first_at, c.last_at
FROM compared c
WHERE c.list IS NULL OR NOT list_contains(c.list, c.value)
ORDER BY c.exchanges DESC, c.tenant, c.activity, c.kind, c.value
LIMIT $6
