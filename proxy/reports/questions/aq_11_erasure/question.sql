WITH sent AS (
    SELECT t.tenant, t.activity, t.recipient, t.target, t.region, sum(t.n)::bigint AS exchanges, max(t.last_at) AS last_at,
           (SELECT array_agg(DISTINCT c.category ORDER BY c.category)
            FROM evidence.touch k CROSS JOIN LATERAL unnest(k.categories) AS c (category)
            WHERE k.subject = ANY ($2) AND k.tenant = t.tenant AND k.activity = t.activity AND k.target = t.target) AS categories
    FROM evidence.touch t
    WHERE t.subject = ANY ($2) AND t.target <> '' AND t.operator <> 'self'
      AND ($1::text[] IS NULL OR t.tenant = ANY ($1))
      AND ($3::timestamptz IS NULL OR t.day >= ($3 AT TIME ZONE 'UTC')::date)
      AND ($4::timestamptz IS NULL OR t.day < ($4 AT TIME ZONE 'UTC')::date)
    GROUP BY 1, 2, 3, 4, 5
),
registered AS (
    SELECT s.*, r.target AS entry,
           CASE WHEN (r.target ->> 'zero_retention')::boolean THEN 0 ELSE (r.target ->> 'retention_days')::bigint END AS days
    FROM sent s
    LEFT JOIN LATERAL (SELECT $6::jsonb #> ARRAY['targets', s.target] AS target) r ON true
)
SELECT r.tenant, r.activity, r.recipient, r.target, r.region, r.entry -> 'storage_regions' AS storage_regions,
       coalesce(r.categories, '{}') AS categories, r.exchanges, r.last_at, r.days AS retention_days,
       (r.last_at AT TIME ZONE 'UTC')::date + r.days::integer AS gone_by,
       CASE WHEN r.days IS NULL THEN 'unknown' WHEN r.days = 0 THEN 'none'
            WHEN (r.last_at AT TIME ZONE 'UTC')::date + r.days::integer < (coalesce($5::timestamptz, now()) AT TIME ZONE 'UTC')::date
            THEN 'expired' ELSE 'possible' END AS copies,
       $6::jsonb #>> ARRAY['providers', r.entry ->> 'provider', 'contacts', 'dpo'] AS contact
FROM registered r
ORDER BY r.last_at DESC, r.tenant, r.activity, r.target
LIMIT $7
