WITH sent AS (
    SELECT d.tenant, d.recipient, d.target, d.operation, sum(d.n) FILTER (WHERE d.target <> '')::bigint AS exchanges,
           sum(d.n) FILTER (WHERE d.target = '')::bigint AS refused, min(d.first_at) AS first_at, max(d.last_at) AS last_at
    FROM evidence.day d
    WHERE 'HIPAA' = ANY (d.regimes)
      AND (d.target <> '' AND d.operator = 'third_party'
           OR d.target = '' AND 'NO_BAA' = ANY (d.codes))
      AND ($1::text[] IS NULL OR d.tenant = ANY ($1))
      AND ($2::timestamptz IS NULL OR d.day >= ($2 AT TIME ZONE 'UTC')::date)
      AND ($3::timestamptz IS NULL OR d.day < ($3 AT TIME ZONE 'UTC')::date)
      AND ($4::text IS NULL OR d.recipient = $4)
      AND ($5::text IS NULL OR d.target = $5)
    GROUP BY 1, 2, 3, 4
)
SELECT s.tenant, s.recipient AS provider, s.target, s.operation, coalesce(s.exchanges, 0) AS exchanges,
       coalesce(s.refused, 0) AS refused, b.baa ->> 'ref' AS baa, b.baa ->> 'status' AS status, b.baa ->> 'signed_on' AS signed_on,
       b.baa ->> 'expires' AS expires, b.baa -> 'operations' ? s.operation AS covers_operation,
       b.baa -> 'tenants' ? s.tenant AS covers_tenant,
       CASE WHEN s.target = '' THEN NULL
            ELSE coalesce(b.baa ->> 'status' IN ('signed', 'active')
                 AND coalesce((b.baa ->> 'signed_on')::date <= (s.first_at AT TIME ZONE 'UTC')::date, true)
                 AND coalesce((b.baa ->> 'expires')::date >= (s.last_at AT TIME ZONE 'UTC')::date, true), false)
       END AS valid_throughout,
       s.first_at, s.last_at
FROM sent s
LEFT JOIN LATERAL (SELECT $6::jsonb #> ARRAY['targets', s.target, 'baa'] AS baa) b ON true
ORDER BY s.exchanges DESC NULLS LAST, s.tenant, s.target, s.operation
LIMIT $7
