WITH change AS (
    SELECT r.recorded_at, r.writer, r.seq, 'policy' AS what, r.revision, r.body #>> '{facts,before}' AS before,
           r.body #>> '{facts,digest}' AS digest
    FROM audit.record r WHERE r.kind = 'event' AND r.action = 'policy_active'
    UNION ALL
    SELECT r.recorded_at, r.writer, r.seq, 'registry', r.body #>> '{facts,revision}', '', ''
    FROM audit.record r WHERE r.kind = 'event' AND r.action = 'catalog_loaded'
),
ended AS (
    SELECT r.writer, max(r.recorded_at) AS at FROM (
        SELECT e.writer, e.recorded_at FROM audit.record e WHERE e.kind = 'event' AND e.action = 'writer_closed'
        UNION ALL
        SELECT e.target, e.recorded_at FROM audit.record e WHERE e.kind = 'event' AND e.action = 'writer_recovered'
    ) r GROUP BY r.writer
),
span AS (
    SELECT c.recorded_at AS "from",
           coalesce(lead(c.recorded_at) OVER w, e.at) AS "until",
           c.what, c.writer AS process, c.revision,
           coalesce(nullif(c.before, ''), lag(c.revision) OVER w, '') AS before, c.digest
    FROM change c LEFT JOIN ended e ON e.writer = c.writer
    WINDOW w AS (PARTITION BY c.writer, c.what ORDER BY c.seq)
)
SELECT s."from", s."until", s.what, s.process, s.revision, s.before, s.digest,
       (SELECT a.body #>> '{facts,by}' FROM audit.record a
        WHERE a.kind = 'event' AND a.action IN ('admin_change', 'registry_changed') AND a.recorded_at <= s."from"
          AND a.recorded_at > s."from" - interval '5 minutes'
          AND (s.what = 'registry' AND a.action = 'registry_changed'
               OR s.what = 'policy' AND a.body #>> '{facts,operation}' = 'policy.activate')
        ORDER BY a.recorded_at DESC LIMIT 1) AS activated_by
FROM span s
WHERE ($1::timestamptz IS NULL OR s."from" <= $1 AND (s."until" IS NULL OR s."until" > $1))
  AND ($2::timestamptz IS NULL OR s."from" >= $2)
  AND ($3::timestamptz IS NULL OR s."from" < $3)
ORDER BY s."from" DESC, s.process, s.what
LIMIT $4
