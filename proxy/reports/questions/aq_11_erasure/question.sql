WITH about AS (
    SELECT t.tenant, t.activity, t.recipient, t.target, t.region, t.operator, t.categories, t.n, t.first_at, t.last_at
    FROM evidence.touch t
    WHERE list_contains($2, t.subject)
),
kinds AS (
    SELECT k.tenant, k.activity, k.target, array_agg(DISTINCT k.category ORDER BY k.category) AS categories
    FROM (SELECT a.tenant, a.activity, a.target, unnest(a.categories) AS category FROM about a) k
    GROUP BY 1, 2, 3
),
sent AS (
    SELECT t.tenant, t.activity, t.recipient, t.target, t.region, sum(t.n)::bigint AS exchanges, max(t.last_at) AS last_at
    FROM about t
    WHERE t.target <> '' AND t.operator <> 'self'
      AND ($1 IS NULL OR list_contains($1, t.tenant))
      AND ($3 IS NULL OR t.first_at >= $3::date)
      AND ($4 IS NULL OR t.first_at < $4::date)
    GROUP BY 1, 2, 3, 4, 5
),
registered AS (
    SELECT s.*, k.categories, $6 -> 'targets' -> s.target AS entry,
           CASE WHEN ($6 -> 'targets' -> s.target ->> 'zero_retention')::boolean THEN 0
                ELSE ($6 -> 'targets' -> s.target ->> 'retention_days')::bigint END AS days
    FROM sent s LEFT JOIN kinds k USING (tenant, activity, target)
)
SELECT r.tenant, r.activity, r.recipient, r.target, r.region, r.entry -> 'storage_regions' AS storage_regions,
       coalesce(r.categories, []) AS categories, r.exchanges, r.last_at, r.days AS retention_days,
       r.last_at::date + r.days::integer AS gone_by,
       CASE WHEN r.days IS NULL THEN 'unknown' WHEN r.days = 0 THEN 'none'
            WHEN r.last_at::date + r.days::integer < coalesce($5, getvariable('asked_at'))::date
            THEN 'expired' ELSE 'possible' END AS copies,
       $6 -> 'providers' -> (r.entry ->> 'provider') -> 'contacts' ->> 'dpo' AS contact
FROM registered r
ORDER BY r.last_at DESC, r.tenant, r.activity, r.target
LIMIT $7
