SELECT x.at, x.facts ->> 'by' AS by, x.facts ->> 'for' AS "for", x.facts ->> 'login' AS login,
       x.facts ->> 'command' AS command, x.facts ->> 'question' AS question, x.facts -> 'filter' AS filter,
       CASE WHEN x.facts ->> 'rows' ~ '^\d{1,15}$' THEN (x.facts ->> 'rows')::bigint END AS rows,
       x.facts ->> 'purpose' AS purpose, x.facts ->> 'answer' AS answer, x.sealed
FROM (
    SELECT coalesce((e.body #>> '{facts,read_at}')::timestamptz, e.recorded_at) AS at, e.body #> '{facts}' AS facts,
           true AS sealed
    FROM audit.record e WHERE e.kind = 'event' AND e.action = 'log_read'
    UNION ALL
    SELECT r.at, (r.said || jsonb_build_object('login', r.login))::json, false
    FROM audit.reading r
    WHERE NOT EXISTS (
        SELECT FROM audit.record e
        WHERE e.day = audit.day_of(r.id::text) AND e.kind = 'event' AND e.action = 'log_read' AND e.target = r.id::text)
) x
WHERE ($1::timestamptz IS NULL OR x.at >= $1)
  AND ($2::timestamptz IS NULL OR x.at < $2)
ORDER BY x.at DESC
LIMIT $3
