-- name: since
SELECT audit.content(body, packed) AS content FROM audit.record
WHERE kind = 'decision' AND action <> 'dry_run' AND recorded_at >= $1
  AND (day >= ($1 AT TIME ZONE 'UTC')::date - 1 OR day = '-infinity')
ORDER BY recorded_at

-- name: latest
SELECT audit.content(r.body, r.packed) AS content
FROM (SELECT * FROM audit.seal ORDER BY stored_at DESC LIMIT 100 + 10 * $1::bigint) s
JOIN audit.record r ON r.writer = s.writer AND r.seq BETWEEN s.first_seq AND s.last_seq
WHERE r.kind = 'decision' AND r.action <> 'dry_run' ORDER BY r.recorded_at DESC LIMIT $1

-- name: of_exchange
SELECT audit.content(body, packed) AS content FROM audit.record
WHERE kind = 'decision' AND day = audit.day_of($1) AND exchange = $1

-- name: events
SELECT audit.content(body, packed) AS content FROM audit.record
WHERE kind = 'event' AND action = $2 AND recorded_at >= $1 ORDER BY recorded_at
