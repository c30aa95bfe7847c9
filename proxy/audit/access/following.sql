-- name: heads
WITH RECURSIVE chain AS (
    (SELECT writer FROM audit.seal ORDER BY writer LIMIT 1)
    UNION ALL
    SELECT (SELECT s.writer FROM audit.seal s WHERE s.writer > chain.writer ORDER BY s.writer LIMIT 1)
    FROM chain WHERE chain.writer IS NOT NULL
)
SELECT c.writer, h.last_seq AS seq
FROM chain c CROSS JOIN LATERAL (
    SELECT s.last_seq FROM audit.seal s WHERE s.writer = c.writer ORDER BY s.last_seq DESC LIMIT 1) h
WHERE c.writer IS NOT NULL

-- name: recent_heads
SELECT writer, max(last_seq) AS seq FROM audit.seal
WHERE stored_at >= clock_timestamp() - make_interval(secs => $1) GROUP BY writer

-- name: last_before
SELECT h.writer, (
    SELECT s.last_seq FROM audit.seal s WHERE s.writer = h.writer AND s.last_at < $3 ORDER BY s.last_seq DESC LIMIT 1
) AS seq
FROM unnest($1::text[], $2::bigint[]) AS h (writer, seq)

-- name: next_seals
SELECT last_seq, last_seq - first_seq + 1 AS records, first_at, last_at FROM audit.seal
WHERE writer = $1 AND last_seq > $2 ORDER BY last_seq LIMIT $3

-- name: records_between
SELECT r.seq, r.hash, audit.content(r.body, r.packed) AS content, (
    SELECT l.leaf FROM audit.seal s JOIN audit.leaf l USING (writer, last_seq)
    WHERE s.writer = r.writer AND s.last_seq >= r.seq ORDER BY s.last_seq LIMIT 1) AS leaf
FROM audit.record r
WHERE r.writer = $1 AND r.seq > $2 AND r.seq <= $3
  AND (r.day >= $4 AND r.day <= $5 OR r.day = '-infinity')
ORDER BY r.seq

-- name: purged_between
SELECT coalesce(sum(least(p.last_seq, $3) - greatest(p.first_seq, $2 + 1) + 1), 0)::bigint
FROM audit.purged p WHERE p.writer = $1 AND p.last_seq > $2 AND p.first_seq <= $3
