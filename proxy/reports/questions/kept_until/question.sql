WITH days AS (
    SELECT e.tenant, e.at::date AS day, count(*)::bigint AS exchanges, count(*) FILTER (WHERE e.retain_until IS NULL)::bigint AS undated,
           max(e.retain_until) AS kept_until
    FROM evidence.exchange e
    WHERE ($1 IS NULL OR list_contains($1, e.tenant))
      AND ($2 IS NULL OR e.at >= $2)
      AND ($3 IS NULL OR e.at < $3)
    GROUP BY 1, 2
),
held AS (
    SELECT d.tenant, d.day, array_agg(DISTINCT s.matter ORDER BY s.matter) AS matters
    FROM days d JOIN evidence.hold s
        ON s.released IS NULL AND (s.in_force IS NOT NULL OR coalesce($4, getvariable('asked_at')) - s.placed < interval '24 hours')
        AND (s.tenant = '' OR s.tenant = d.tenant)
        AND (s.since IS NULL OR s.since::date <= d.day)
        AND (s.until IS NULL OR s.until > d.day::timestamptz)
    GROUP BY 1, 2
)
SELECT d.tenant, d.day, d.exchanges, d.undated, d.kept_until, coalesce(h.matters, []) AS matters,
       CASE WHEN d.kept_until >= coalesce($4, getvariable('asked_at'))::date THEN 'obliged'
            WHEN d.undated > 0 THEN 'undated'
            WHEN h.matters IS NOT NULL THEN 'held'
            ELSE 'past' END AS state
FROM days d LEFT JOIN held h USING (tenant, day)
ORDER BY d.day, d.tenant
LIMIT $5
