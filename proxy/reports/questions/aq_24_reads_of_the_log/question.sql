SELECT x.at, x.facts ->> 'by' AS by, x.facts ->> 'for' AS "for", x.login, x.facts ->> 'command' AS command,
       x.facts ->> 'question' AS question, x.facts -> 'filter' AS filter, try_cast(x.facts ->> 'rows' AS bigint) AS rows,
       x.facts ->> 'purpose' AS purpose, x.facts ->> 'answer' AS answer, x.sealed
FROM (
    SELECT coalesce((e.facts ->> 'read_at')::timestamptz, e.at) AS "at", e.facts ->> 'login' AS login, e.facts, true AS sealed
    FROM evidence.event e WHERE e.event = 'log_read'
    UNION ALL
    SELECT r.at, r.login, r.said, false FROM evidence.reading r
    WHERE r.id NOT IN (SELECT e.target FROM evidence.event e WHERE e.event = 'log_read')
) x
WHERE ($1 IS NULL OR x.at >= $1)
  AND ($2 IS NULL OR x.at < $2)
ORDER BY x.at DESC
LIMIT $3
