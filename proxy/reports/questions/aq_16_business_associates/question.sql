WITH sent AS (
    SELECT d.tenant, d.recipient, d.target, d.operation, count(*) FILTER (WHERE d.way = 'sent') AS exchanges,
           count(*) FILTER (WHERE d.way = 'refused') AS refused, count(*) FILTER (WHERE d.way = 'rerouted') AS rerouted,
           min(d.at) AS first_at, max(d.at) AS last_at
    FROM (
        SELECT e.tenant, e.recipient, e.target, e.operation, e.at, e.at::date AS day, 'sent' AS way FROM evidence.exchange e
        WHERE list_contains(e.regimes, 'HIPAA') AND e.target <> '' AND e.operator = 'third_party'
        UNION ALL
        SELECT e.tenant, '', '', e.operation, e.at, e.at::date, CASE WHEN e.target = '' THEN 'refused' ELSE 'rerouted' END
        FROM evidence.exchange e
        WHERE list_contains(e.regimes, 'HIPAA') AND CASE WHEN e.target = '' THEN list_contains(e.codes, 'NO_BAA') ELSE list_contains(e.denial_codes, 'NO_BAA') END) d
    WHERE true
      AND ($1 IS NULL OR list_contains($1, d.tenant))
      AND ($2 IS NULL OR d.day >= $2::date)
      AND ($3 IS NULL OR d.day < $3::date)
      AND ($4 IS NULL OR d.recipient = $4)
      AND ($5 IS NULL OR d.target = $5)
    GROUP BY 1, 2, 3, 4
)
SELECT s.tenant, s.recipient AS provider, s.target, s.operation, s.exchanges, s.refused, s.rerouted, s.baa ->> 'ref' AS baa, s.baa ->> 'status' AS status, s.baa ->> 'signed_on' AS signed_on,
       s.baa ->> 'expires' AS expires, list_contains((s.baa -> 'operations')::text[], s.operation) AS covers_operation,
       list_contains((s.baa -> 'tenants')::text[], s.tenant) AS covers_tenant,
       CASE WHEN s.target = '' THEN NULL
            ELSE coalesce(s.baa ->> 'status' IN ('signed', 'active')
                 AND coalesce((s.baa ->> 'signed_on')::date <= s.first_at::date, true)
                 AND coalesce((s.baa ->> 'expires')::date >= s.last_at::date, true), false)
       END AS valid_throughout,
       s.first_at, s.last_at
FROM (SELECT *, $6 -> 'targets' -> target -> 'baa' AS baa FROM sent) s
ORDER BY s.exchanges DESC, s.tenant, s.target, s.operation
LIMIT $7
