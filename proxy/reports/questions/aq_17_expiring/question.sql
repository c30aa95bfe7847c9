WITH reckoned AS (SELECT coalesce($2, getvariable('asked_at')) AS "at", coalesce($3, 90)::integer AS days),
ending AS (
    SELECT t.key AS target, c.key AS kind, c.value AS contract, left(c.value ->> 'expires', 10)::date AS expires
    FROM json_each($4 -> 'targets') t
    CROSS JOIN json_each(t.value) c
    WHERE c.key IN ('dpa', 'baa', 'dua', 'scc', 'uk_idta', 'tia', 'bcr', 'dpf') AND regexp_matches(c.value ->> 'expires', '^\d{4}-\d{2}-\d{2}')
),
used AS (
    SELECT d.target, array_agg(DISTINCT d.tenant ORDER BY d.tenant) AS tenants,
           array_agg(DISTINCT d.activity ORDER BY d.activity) AS activities, sum(d.n)::bigint AS exchanges
    FROM evidence.day d, reckoned r
    WHERE d.target <> ''
      AND d.day <= r.at::date AND d.day > r.at::date - r.days
      AND ($1 IS NULL OR list_contains($1, d.tenant))
    GROUP BY 1
)
SELECT e.target, e.kind, e.contract ->> 'ref' AS ref, e.contract ->> 'status' AS status, e.expires,
       (e.expires - r.at::date)::bigint AS days_left, coalesce(u.tenants, []) AS tenants,
       coalesce(u.activities, []) AS activities, coalesce(u.exchanges, 0) AS exchanges
FROM ending e CROSS JOIN reckoned r LEFT JOIN used u USING (target)
WHERE e.expires <= r.at::date + r.days
  AND ($1 IS NULL OR u.target IS NOT NULL)
ORDER BY e.expires, e.target, e.kind
LIMIT $5
