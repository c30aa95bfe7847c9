-- name: noted_over
SELECT coalesce(max(l.noted), 0) FROM audit.leaf l JOIN audit.seal s USING (writer, last_seq) WHERE s.first_at < $1

-- name: not_listed
SELECT EXISTS (
    SELECT FROM audit.seal s
    WHERE s.first_at < $1 AND NOT EXISTS (SELECT FROM audit.leaf l WHERE l.writer = s.writer AND l.last_seq = s.last_seq))

-- name: chains
SELECT s.writer, min(s.first_seq) AS first_seq, max(s.last_seq) AS last_seq, max(s.last_at) AS last_at
FROM audit.leaf l JOIN audit.seal s USING (writer, last_seq)
WHERE l.leaf >= $1 AND l.leaf < $2
GROUP BY s.writer ORDER BY s.writer

-- name: seals
SELECT l.leaf, l.noted, s.writer, s.first_seq, s.last_seq, s.first_at, s.last_at, s.head, s.root, s.signature
FROM audit.leaf l LEFT JOIN audit.seal s USING (writer, last_seq)
WHERE l.leaf >= $1 AND l.leaf < $2
ORDER BY l.leaf

-- name: records
SELECT r.writer, r.seq, r.recorded_at, r.exchange, r.prev, r.hash, audit.content(r.body, r.packed) AS content, NULL::text AS purge, r.kind, r.attempt,
       r.tenant, r.activity, r.action, r.target
FROM audit.record r WHERE r.writer = $1 AND r.seq >= $2 AND r.seq <= $3
UNION ALL
SELECT p.writer, p.first_seq + n, NULL, NULL, NULL, substr(p.hashes, 32 * n + 1, 32), NULL, p.purge::text, NULL, NULL, NULL, NULL, NULL, NULL
FROM audit.purged p CROSS JOIN LATERAL generate_series(
    greatest($2 - p.first_seq, 0)::integer, (least($3, p.last_seq) - p.first_seq)::integer) n
WHERE p.writer = $1 AND p.last_seq >= $2 AND p.first_seq <= $3
ORDER BY seq

-- name: stated_before
SELECT r.writer, r.seq, r.hash, audit.content(r.body, r.packed) AS content
FROM unnest($1::text[], $2::bigint[]) AS c (writer, first_seq)
JOIN audit.record r ON r.writer = c.writer AND r.seq < c.first_seq
WHERE r.kind = 'event' AND r.action = 'answer_stated' AND r.recorded_at >= $3::timestamptz - interval '2 days'

-- name: begun_before
SELECT r.writer, r.seq, r.hash, audit.content(r.body, r.packed) AS content FROM audit.record r
WHERE r.exchange = ANY ($1::text[]) AND r.day = ANY (ARRAY(SELECT audit.day_of(x) FROM unnest($1) x)) AND r.kind IN ('decision', 'attempt')
  AND NOT EXISTS (SELECT FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS c (writer, first_seq, last_seq)
                  WHERE c.writer = r.writer AND r.seq BETWEEN c.first_seq AND c.last_seq)
ORDER BY r.writer, r.seq
