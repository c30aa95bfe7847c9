WITH moved AS (
    SELECT d.recipient, d.target, array_agg(DISTINCT d.destination ORDER BY d.destination) AS countries,
           array_agg(DISTINCT d.mechanism ORDER BY d.mechanism) AS mechanisms, sum(d.n)::bigint AS transfers, max(d.last_at) AS last_at
    FROM evidence.transfer_day d
    WHERE ($1 IS NULL OR list_contains($1, d.tenant))
      AND ($2 IS NULL OR d.first_at >= $2::date)
      AND ($3 IS NULL OR d.first_at < $3::date)
      AND ($4 IS NULL OR d.recipient = $4)
      AND ($5 IS NULL OR d.target = $5)
    GROUP BY 1, 2
),
contracts AS (
    SELECT t.key AS target, e.key, e.value FROM json_each($6 -> 'targets') t CROSS JOIN json_each(t.value) e
    WHERE e.key IN ('scc', 'uk_idta', 'tia', 'bcr', 'dpf')
)
SELECT m.recipient AS importer, m.target, m.countries, m.mechanisms, c.key AS kind, c.value ->> 'ref' AS ref,
       c.value ->> 'status' AS status, c.value ->> 'signed_on' AS signed_on, c.value ->> 'expires' AS expires, m.transfers, m.last_at,
       concat_ws(', ', CASE WHEN c.value ->> 'status' NOT IN ('signed', 'active', 'passed') THEN 'not signed' END,
                 CASE WHEN left(c.value ->> 'expires', 10) < m.last_at::date::text
                      THEN 'over before the last transfer' END) AS finding
FROM moved m
LEFT JOIN contracts c ON c.target = m.target
ORDER BY m.transfers DESC, m.target, m.recipient, c.key
LIMIT $7
