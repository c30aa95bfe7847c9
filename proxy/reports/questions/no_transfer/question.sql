WITH within AS (
    SELECT $5 AS region
    UNION
    SELECT unnest(coalesce(($6 -> 'regions' -> $5 -> 'members')::text[], []))
),
sent AS (
    SELECT e.at, e.tenant, e.exchange, e.target, e.region, e.last_target, e.last_region AS registered, e.reported_region,
           list_contains(e.categories, $4) AS is_of_kind
    FROM evidence.attempt e
    WHERE e.ending <> 'unsent' AND (list_contains(e.categories, $4) OR e.class_status <> 'complete')
      AND e.at >= $2 AND e.at < $3 AND ($1 IS NULL OR list_contains($1, e.tenant))
)
SELECT r.reason, r.at, r.tenant, r.exchange, r.target, r.region
FROM (
    SELECT CASE WHEN s.is_of_kind THEN 'sent' ELSE 'unread' END AS reason, s.at, s.tenant, s.exchange, s.target, s.region
    FROM sent s WHERE s.region NOT IN (SELECT w.region FROM within w)
    UNION ALL
    SELECT 'reported', s.at, s.tenant, s.exchange, s.target, s.reported_region
    FROM sent s
    WHERE s.target = s.last_target AND s.is_of_kind AND s.reported_region NOT IN ('', s.registered)
      AND s.reported_region NOT IN (SELECT w.region FROM within w)
    UNION ALL
    SELECT 'open', d.at, d.tenant, d.exchange, d.target, ''
    FROM evidence.opened d
    WHERE d.at >= $2 AND d.at < $3 AND ($1 IS NULL OR list_contains($1, d.tenant))
    UNION ALL
    SELECT 'unsigned', $3, '', '', '', '' WHERE NOT EXISTS (SELECT 1 FROM evidence.sealed s WHERE s.until >= $3)
    UNION ALL
    SELECT 'begins later', $2, '', '', '', '' WHERE NOT EXISTS (SELECT 1 FROM evidence.sealed s WHERE s.since <= $2)
    UNION ALL
    SELECT 'purged', p.at, '', '', '', ''
    FROM evidence.event p
    WHERE p.event = 'day_purged' AND (p.facts ->> 'first_at')::timestamptz < $3 AND (p.facts ->> 'last_at')::timestamptz >= $2
      AND p.target NOT IN (SELECT g.purge FROM evidence.purged g WHERE g.archived)
    UNION ALL
    SELECT 'refused', c.at, '', '', '', ''
    FROM evidence.event c
    WHERE c.event = 'checkpoints_refused' AND c.at >= $2 AND c.at < $3
) r
ORDER BY r.at, r.reason, r.exchange
LIMIT $7
