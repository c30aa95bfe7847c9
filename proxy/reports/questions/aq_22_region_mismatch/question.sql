WITH reported AS (
    SELECT d.target, d.recipient, d.region, d.reported_region, d.tenant, sum(d.n)::bigint AS exchanges,
           min(d.first_at) AS first_at, max(d.last_at) AS last_at, min(d.sample) AS sample
    FROM evidence.day d
    WHERE d.reported_region <> '' AND d.reported_region <> d.region
      AND ($1::text[] IS NULL OR d.tenant = ANY ($1))
      AND ($2::timestamptz IS NULL OR d.day >= ($2 AT TIME ZONE 'UTC')::date)
      AND ($3::timestamptz IS NULL OR d.day < ($3 AT TIME ZONE 'UTC')::date)
      AND ($4::text IS NULL OR d.target = $4)
    GROUP BY 1, 2, 3, 4, 5
)
SELECT r.target, r.recipient AS provider, r.region AS expected, r.reported_region AS reported, r.tenant, r.exchanges, r.first_at,
       r.last_at,
       (SELECT min(q.recorded_at) FROM audit.record q
        WHERE q.kind = 'event' AND q.action = 'target_quarantined' AND q.recorded_at >= r.first_at
          AND q.body #>> '{facts,target}' = r.target) AS quarantined_at,
       r.sample
FROM reported r
ORDER BY r.exchanges DESC, r.target, r.reported_region, r.tenant
LIMIT $5
