WITH reported AS (
    SELECT d.target, d.recipient, d.region, d.reported_region, d.tenant, sum(d.n)::bigint AS exchanges,
           min(d.first_at) AS first_at, max(d.last_at) AS last_at, min(d.sample) AS sample
    FROM evidence.day d
    WHERE d.reported_region <> '' AND d.reported_region <> d.region
      AND ($1 IS NULL OR list_contains($1, d.tenant))
      AND ($2 IS NULL OR d.first_at >= $2::date)
      AND ($3 IS NULL OR d.first_at < $3::date)
      AND ($4 IS NULL OR d.target = $4)
    GROUP BY 1, 2, 3, 4, 5
)
SELECT r.target, r.recipient AS provider, r.region AS expected, r.reported_region AS reported, r.tenant, r.exchanges, r.first_at,
       r.last_at,
       (SELECT min(q.at) FROM evidence.event q
        WHERE q.event = 'target_quarantined' AND q.at >= r.first_at AND q.facts ->> 'target' = r.target) AS quarantined_at,
       r.sample
FROM reported r
ORDER BY r.exchanges DESC, r.target, r.reported_region, r.tenant
LIMIT $5
