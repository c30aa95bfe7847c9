WITH declared AS (
    SELECT a.key AS activity, a.value AS is, a.value #> '{ext,ropa}' AS ropa
    FROM jsonb_each($5::jsonb -> 'activities') a WHERE $4::text IS NULL OR a.key = $4
),
observed AS (
    SELECT d.activity, d.tenant, array_remove(array_agg(DISTINCT d.recipient), '') AS recipients,
           coalesce(array_agg(DISTINCT d.recipient) FILTER (WHERE d.recipient <> '' AND d.operator <> 'self'), '{}') AS others, sum(d.n)::bigint AS exchanges,
           min(d.first_at) AS first_at, max(d.last_at) AS last_at
    FROM evidence.day d
    WHERE ($1::text[] IS NULL OR d.tenant = ANY ($1))
      AND ($2::timestamptz IS NULL OR d.day >= ($2 AT TIME ZONE 'UTC')::date)
      AND ($3::timestamptz IS NULL OR d.day < ($3 AT TIME ZONE 'UTC')::date)
      AND ($4::text IS NULL OR d.activity = $4)
    GROUP BY 1, 2
),
kinds AS (
    SELECT k.activity, k.tenant, array_agg(k.category ORDER BY k.category) AS categories
    FROM (SELECT DISTINCT d.activity, d.tenant, unnest(d.categories) AS category FROM evidence.day d
          WHERE ($2::timestamptz IS NULL OR d.day >= ($2 AT TIME ZONE 'UTC')::date)
            AND ($3::timestamptz IS NULL OR d.day < ($3 AT TIME ZONE 'UTC')::date)) k
    GROUP BY 1, 2
),
moved AS (
    SELECT t.activity, t.tenant, array_agg(DISTINCT t.destination || ' (' || t.mechanism || ')') AS countries
    FROM evidence.transfer_day t
    WHERE ($2::timestamptz IS NULL OR t.day >= ($2 AT TIME ZONE 'UTC')::date)
      AND ($3::timestamptz IS NULL OR t.day < ($3 AT TIME ZONE 'UTC')::date)
    GROUP BY 1, 2
)
SELECT coalesce(o.activity, d.activity) AS activity, coalesce(o.tenant, '') AS tenant,
       coalesce((SELECT e.controller FROM evidence.exchange e
                 WHERE e.tenant = o.tenant AND e.activity = o.activity AND e.at = o.last_at LIMIT 1), '') AS controller,
       d.is ->> 'purpose' AS purpose, d.is ->> 'legal_basis' AS legal_basis, d.is ->> 'art9' AS art9, d.ropa -> 'subjects' AS subjects,
       d.ropa -> 'categories' AS declared_categories, coalesce(k.categories, '{}') AS categories,
       d.ropa -> 'recipients' AS declared_recipients, coalesce(o.recipients, '{}') AS recipients,
       coalesce(m.countries, '{}') AS third_countries, d.ropa -> 'retention' AS retention, d.ropa -> 'measures' AS measures,
       d.is ->> 'dpia_ref' AS dpia,
       ARRAY(SELECT 'activity' WHERE d.activity IS NULL
             UNION ALL SELECT 'category ' || c FROM unnest(k.categories) c WHERE NOT coalesce(d.ropa -> 'categories', '[]') ? c
             UNION ALL SELECT 'recipient ' || r FROM unnest(o.others) r WHERE NOT coalesce(d.ropa -> 'recipients', '[]') ? r) AS undeclared,
       ARRAY(SELECT 'category ' || c FROM jsonb_array_elements_text(d.ropa -> 'categories') c WHERE c <> ALL (coalesce(k.categories, '{}'))
             UNION ALL SELECT 'recipient ' || r FROM jsonb_array_elements_text(d.ropa -> 'recipients') r
             WHERE r <> ALL (coalesce(o.recipients, '{}'))) AS unobserved,
       coalesce(o.exchanges, 0) AS exchanges, o.first_at, o.last_at
FROM observed o
FULL JOIN declared d USING (activity)
LEFT JOIN kinds k ON k.activity = o.activity AND k.tenant = o.tenant
LEFT JOIN moved m ON m.activity = o.activity AND m.tenant = o.tenant
WHERE o.activity IS NOT NULL OR $1::text[] IS NULL
ORDER BY 1, 2
LIMIT $6
