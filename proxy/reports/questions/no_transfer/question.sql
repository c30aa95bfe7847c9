WITH within AS (
    SELECT $5::text AS region
    UNION
    SELECT m.code FROM jsonb_array_elements_text(coalesce($6::jsonb #> ARRAY['regions', $5, 'members'], '[]')) AS m (code)
),
suspect AS (
    SELECT d.day, d.tenant, sum(d.n) AS exchanges
    FROM evidence.day d
    WHERE d.target <> '' AND ($4 = ANY (d.categories) OR d.class_status <> 'complete')
      AND (d.region NOT IN (SELECT w.region FROM within w) OR d.reported_region NOT IN ('', d.region))
      AND ($1::text[] IS NULL OR d.tenant = ANY ($1))
      AND d.day >= ($2::timestamptz AT TIME ZONE 'UTC')::date AND d.day <= ($3::timestamptz AT TIME ZONE 'UTC')::date
    GROUP BY 1, 2
),
first_days AS (  -- as many as surely hold enough rows: those of the first day may be from before
    SELECT c.day, c.tenant
    FROM (SELECT s.day, s.tenant,
                 coalesce(sum(s.exchanges) FILTER (WHERE s.day > ($2 AT TIME ZONE 'UTC')::date) OVER before, 0) AS earlier
          FROM suspect s
          WINDOW before AS (ORDER BY s.day RANGE BETWEEN UNBOUNDED PRECEDING AND '1 day'::interval PRECEDING)) c
    WHERE c.earlier < $7
),
asked AS (
    SELECT e.* FROM first_days f
    JOIN evidence.exchange e ON e.tenant = f.tenant AND e.at >= f.day::timestamp AT TIME ZONE 'UTC'
         AND e.at < (f.day + 1)::timestamp AT TIME ZONE 'UTC' AND cardinality(e.attempt_targets) = 1
    UNION ALL
    SELECT e.* FROM evidence.exchange e
    WHERE cardinality(e.attempt_targets) > 1 AND ($1 IS NULL OR e.tenant = ANY ($1))
),
sent AS (
    SELECT e.at, e.tenant, e.exchange, s.target, s.region, e.target AS last_target, e.region AS registered, e.reported_region,
           $4 = ANY (e.categories) AS is_of_kind, e.class_status <> 'complete' AS unread
    FROM asked e
    CROSS JOIN LATERAL unnest(e.attempt_targets, e.attempt_regions, e.attempt_endings) AS s (target, region, ending)
    WHERE s.ending <> 'unsent' AND ($4 = ANY (e.categories) OR e.class_status <> 'complete')
      AND e.at >= $2 AND e.at < $3
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
    SELECT 'open', d.recorded_at, d.tenant, d.exchange, d.target, ''
    FROM audit.record d
    LEFT JOIN LATERAL (
        SELECT true AS ended FROM audit.record o WHERE o.exchange = d.exchange AND o.day = d.day AND o.kind = 'outcome' LIMIT 1
    ) o ON true
    WHERE d.kind = 'decision' AND d.recorded_at >= greatest($2, $3 - interval '7 days') AND d.recorded_at < $3
      AND ($1::text[] IS NULL OR d.tenant = ANY ($1))
      AND o.ended IS NULL
    UNION ALL
    SELECT 'unsigned', $3, '', '', '', '' WHERE NOT EXISTS (SELECT FROM audit.note n WHERE n.made_at >= $3)
    UNION ALL
    SELECT 'begins later', $2, '', '', '', '' WHERE NOT EXISTS (SELECT FROM audit.note n WHERE n.made_at <= $2)
    UNION ALL
    SELECT 'refused', c.recorded_at, '', '', '', ''
    FROM audit.record c
    WHERE c.kind = 'event' AND c.action = 'checkpoints_refused' AND c.recorded_at >= $2 AND c.recorded_at < $3
) r
ORDER BY r.at, r.reason, r.exchange
LIMIT $7
