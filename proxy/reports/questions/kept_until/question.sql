WITH days AS (
    SELECT e.tenant, (e.at AT TIME ZONE 'UTC')::date AS day, count(*)::bigint AS exchanges,
           count(*) FILTER (WHERE e.retain_until IS NULL)::bigint AS undated, max(e.retain_until) AS kept_until
    FROM evidence.exchange e
    WHERE ($1::text[] IS NULL OR e.tenant = ANY ($1))
      AND ($2::timestamptz IS NULL OR e.at >= $2)
      AND ($3::timestamptz IS NULL OR e.at < $3)
    GROUP BY 1, 2
)
SELECT d.tenant, d.day, d.exchanges, d.undated, d.kept_until, h.matters,
       CASE WHEN d.kept_until >= (coalesce($4::timestamptz, now()) AT TIME ZONE 'UTC')::date THEN 'obliged'
            WHEN d.undated > 0 THEN 'undated'
            WHEN cardinality(h.matters) > 0 THEN 'held'
            ELSE 'past' END AS state
FROM days d
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(DISTINCT s.matter ORDER BY s.matter), '{}') AS matters
    FROM identity.hold_state s
    WHERE s.released IS NULL AND (s.in_force IS NOT NULL OR coalesce($4, now()) - s.placed < interval '24 hours')
      AND (s.tenant IS NULL OR s.tenant = d.tenant)
      AND (s.since IS NULL OR (s.since AT TIME ZONE 'UTC')::date <= d.day)
      AND (s.until IS NULL OR s.until > d.day::timestamp AT TIME ZONE 'UTC')
) h
ORDER BY d.day, d.tenant
LIMIT $5
