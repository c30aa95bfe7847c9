WITH change AS (
    SELECT e.at AS recorded_at, e.writer, e.seq, 'policy' AS what, e.revision, e.facts ->> 'before' AS before, e.facts ->> 'digest' AS digest
    FROM evidence.event e WHERE e.event = 'policy_active'
    UNION ALL
    SELECT e.at, e.writer, e.seq, 'registry', e.facts ->> 'revision', '', '' FROM evidence.event e WHERE e.event = 'catalog_loaded'
),
ended AS (
    SELECT CASE e.event WHEN 'writer_closed' THEN e.writer ELSE e.target END AS writer, max(e.at) AS ended_at
    FROM evidence.event e WHERE e.event IN ('writer_closed', 'writer_recovered')
    GROUP BY 1
),
span AS (
    SELECT c.recorded_at AS "from", coalesce(lead(c.recorded_at) OVER w, e.ended_at) AS "until", c.what, c.writer AS process, c.revision,
           coalesce(nullif(c.before, ''), lag(c.revision) OVER w, '') AS before, c.digest
    FROM change c LEFT JOIN ended e ON e.writer = c.writer
    WINDOW w AS (PARTITION BY c.writer, c.what ORDER BY c.seq)
),
acted AS (
    SELECT e.at AS acted_at, e.facts ->> 'by' AS by, CASE e.event WHEN 'registry_changed' THEN 'registry' ELSE 'policy' END AS what
    FROM evidence.event e
    WHERE e.event = 'registry_changed' OR e.event = 'admin_change' AND e.facts ->> 'operation' = 'policy.activate'
)
SELECT s."from", s."until", s.what, s.process, s.revision, s.before, s.digest,
       (SELECT max_by(a.by, a.acted_at) FROM acted a
        WHERE a.what = s.what AND a.acted_at <= s."from" AND a.acted_at > s."from" - interval '5 minutes') AS activated_by
FROM span s
WHERE ($1 IS NULL OR s."from" <= $1 AND (s."until" IS NULL OR s."until" > $1))
  AND ($2 IS NULL OR s."from" >= $2)
  AND ($3 IS NULL OR s."from" < $3)
ORDER BY s."from" DESC, s.process, s.what
LIMIT $4
