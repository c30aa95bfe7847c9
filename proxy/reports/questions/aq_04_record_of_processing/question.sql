WITH declared AS (
    SELECT a.key AS activity, a.value AS told, a.value -> '$.ext.ropa' AS ropa,
           (a.value -> '$.ext.ropa.categories')::text[] AS categories, (a.value -> '$.ext.ropa.recipients')::text[] AS recipients
    FROM json_each($5 -> 'activities') a WHERE $4 IS NULL OR a.key = $4
),
observed AS (
    SELECT d.activity, d.tenant, coalesce(array_agg(DISTINCT d.recipient ORDER BY d.recipient) FILTER (WHERE d.recipient <> ''), []) AS recipients,
           coalesce(array_agg(DISTINCT d.recipient ORDER BY d.recipient) FILTER (WHERE d.recipient <> '' AND d.operator <> 'self'), []) AS others, sum(d.n)::bigint AS exchanges,
           min(d.first_at) AS first_at, max(d.last_at) AS last_at
    FROM evidence.day d
    WHERE ($1 IS NULL OR list_contains($1, d.tenant))
      AND ($2 IS NULL OR d.first_at >= $2::date)
      AND ($3 IS NULL OR d.first_at < $3::date)
      AND ($4 IS NULL OR d.activity = $4)
    GROUP BY 1, 2
),
kinds AS (
    SELECT k.activity, k.tenant, array_agg(k.category ORDER BY k.category) AS categories
    FROM (SELECT DISTINCT d.activity, d.tenant, unnest(d.categories) AS category FROM evidence.day d
          WHERE ($2 IS NULL OR d.first_at >= $2::date)
            AND ($3 IS NULL OR d.first_at < $3::date)) k
    GROUP BY 1, 2
),
moved AS (
    SELECT t.activity, t.tenant, array_agg(DISTINCT t.destination || ' (' || t.mechanism || ')' ORDER BY t.destination || ' (' || t.mechanism || ')') AS countries
    FROM evidence.transfer_day t
    WHERE ($2 IS NULL OR t.first_at >= $2::date)
      AND ($3 IS NULL OR t.first_at < $3::date)
    GROUP BY 1, 2
),
acting AS (
    SELECT e.activity, e.tenant, max_by(e.controller, (e.at, e.exchange)) AS controller FROM evidence.exchange e
    WHERE ($2 IS NULL OR e.at >= $2) AND ($3 IS NULL OR e.at < $3)
    GROUP BY 1, 2
)
SELECT coalesce(o.activity, d.activity) AS activity, coalesce(o.tenant, '') AS tenant,
       coalesce(c.controller, '') AS controller,
       d.told ->> 'purpose' AS purpose, d.told ->> 'legal_basis' AS legal_basis, d.told ->> 'art9' AS art9, d.ropa -> 'subjects' AS subjects,
       d.ropa -> 'categories' AS declared_categories, coalesce(k.categories, []) AS categories,
       d.ropa -> 'recipients' AS declared_recipients, coalesce(o.recipients, []) AS recipients,
       coalesce(m.countries, []) AS third_countries, d.ropa -> 'retention' AS retention, d.ropa -> 'measures' AS measures,
       d.told ->> 'dpia_ref' AS dpia,
       list_concat(CASE WHEN d.activity IS NULL THEN ['activity'] ELSE [] END,
                   list_transform(list_filter(coalesce(k.categories, []), lambda c: NOT list_contains(coalesce(d.categories, []), c)),
                                  lambda c: 'category ' || c),
                   list_transform(list_filter(coalesce(o.others, []), lambda r: NOT list_contains(coalesce(d.recipients, []), r)),
                                  lambda r: 'recipient ' || r)) AS undeclared,
       list_concat(list_transform(list_filter(coalesce(d.categories, []), lambda c: NOT list_contains(coalesce(k.categories, []), c)),
                                  lambda c: 'category ' || c),
                   list_transform(list_filter(coalesce(d.recipients, []), lambda r: NOT list_contains(coalesce(o.recipients, []), r)),
                                  lambda r: 'recipient ' || r)) AS unobserved,
       coalesce(o.exchanges, 0) AS exchanges, o.first_at, o.last_at
FROM observed o
FULL JOIN declared d USING (activity)
LEFT JOIN kinds k ON k.activity = o.activity AND k.tenant = o.tenant
LEFT JOIN acting c ON c.activity = o.activity AND c.tenant = o.tenant
LEFT JOIN moved m ON m.activity = o.activity AND m.tenant = o.tenant
WHERE o.activity IS NOT NULL OR $1 IS NULL
ORDER BY 1, 2
LIMIT $6
