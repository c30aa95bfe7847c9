WITH sent AS (
    SELECT d.tenant, d.recipient, d.target, d.operation, sum(d.n) FILTER (WHERE d.target <> '')::bigint AS exchanges,
           sum(d.n) FILTER (WHERE d.target = '')::bigint AS refused, min(d.first_at) AS first_at, max(d.last_at) AS last_at
    FROM evidence.day d
    WHERE 'HIPAA' = ANY (d.regimes)
      AND (d.target <> '' AND d.operator = 'third_party'
           OR d.target = '' AND 'NO_BAA' = ANY (d.codes))
      AND ($1 IS NULL OR d.tenant = ANY ($1))
      AND ($2 IS NULL OR d.day >= $2::date)
      AND ($3 IS NULL OR d.day < $3::date)
      AND ($4 IS NULL OR d.recipient = $4)
      AND ($5 IS NULL OR d.target = $5)
    GROUP BY 1, 2, 3, 4
)
SELECT s.tenant, s.recipient AS provider, s.target, s.operation, coalesce(s.exchanges, 0) AS exchanges,
       coalesce(s.refused, 0) AS refused, s.baa ->> 'ref' AS baa, s.baa ->> 'status' AS status, s.baa ->> 'signed_on' AS signed_on,
       s.baa ->> 'expires' AS expires, list_contains((s.baa -> 'operations')::text[], s.operation) AS covers_operation,
       list_contains((s.baa -> 'tenants')::text[], s.tenant) AS covers_tenant,
       CASE WHEN s.target = '' THEN NULL
            ELSE coalesce(s.baa ->> 'status' IN ('signed', 'active')
                 AND coalesce((s.baa ->> 'signed_on')::date <= s.first_at::date, true)
                 AND coalesce((s.baa ->> 'expires')::date >= s.last_at::date, true), false)
       END AS valid_throughout,
       s.first_at, s.last_at
FROM (SELECT *, $6 -> 'targets' -> target -> 'baa' AS baa FROM sent) s
ORDER BY s.exchanges DESC NULLS LAST, s.tenant, s.target, s.operation
LIMIT $7
