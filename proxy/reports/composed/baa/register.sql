WITH agreed AS (
    SELECT t.key AS target, t.value -> 'baa' AS baa
    FROM json_each($6 -> 'targets') t
    WHERE (t.value -> 'baa') IS NOT NULL AND ($5 IS NULL OR t.key = $5)
      AND ($1 IS NULL OR (t.value -> '$.baa.tenants') IS NULL OR (t.value -> '$.baa.tenants')::text[] && $1)
),
sent AS (
    SELECT d.target, sum(d.n)::bigint AS exchanges, min(d.first_at) AS first_at, max(d.last_at) AS last_at
    FROM evidence.day d
    WHERE ($1 IS NULL OR list_contains($1, d.tenant))
      AND ($2 IS NULL OR d.day >= $2::date)
      AND ($3 IS NULL OR d.day < $3::date)
      AND d.target <> '' AND d.operator = 'third_party' AND list_contains(d.regimes, 'HIPAA')
      AND ($5 IS NULL OR d.target = $5)
    GROUP BY 1
),
named AS (
    SELECT target, a.baa, s.exchanges, s.first_at, s.last_at,
           $6 -> 'providers' -> ($6 -> 'targets' -> target ->> 'provider') ->> 'legal_name' AS provider
    FROM agreed a FULL JOIN sent s USING (target)
)
SELECT n.target, n.provider, n.baa ->> 'ref' AS ref, n.baa ->> 'status' AS status, n.baa ->> 'signed_on' AS signed_on,
       n.baa ->> 'expires' AS expires, n.baa -> 'operations' AS operations, n.baa -> 'tenants' AS tenants,
       coalesce(n.exchanges, 0) AS exchanges, n.first_at, n.last_at,
       concat_ws(', ', CASE WHEN n.baa IS NULL THEN 'no agreement' END,
                 CASE WHEN n.baa ->> 'status' NOT IN ('signed', 'active') THEN 'not signed' END,
                 CASE WHEN left(n.baa ->> 'signed_on', 10) > n.first_at::date::text
                      THEN 'used before it was signed' END,
                 CASE WHEN left(n.baa ->> 'expires', 10) < n.last_at::date::text
                      THEN 'used after it ended' END) AS finding
FROM named n
WHERE $4 IS NULL OR n.provider = $4
ORDER BY 1
LIMIT $7
