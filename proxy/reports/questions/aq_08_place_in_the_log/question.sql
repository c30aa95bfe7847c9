WITH of_exchange AS (
    SELECT r.writer, r.seq, r.recorded_at, r.kind, r.attempt, r.tenant, r.hash, r.prev
    FROM audit.record r WHERE r.day = audit.day_of($2) AND r.exchange = $2 AND r.kind IN ('decision', 'outcome')
    UNION ALL
    SELECT r.writer, r.seq, r.recorded_at, r.kind, r.attempt, r.tenant, r.hash, r.prev
    FROM audit.record r WHERE r.day = audit.day_of($2) AND r.exchange = $2 AND r.kind = 'attempt'
)
SELECT o.writer, o.seq, o.recorded_at AS at, o.kind, o.attempt, o.hash, o.prev, s.first_seq, s.last_seq,
       s.root AS seal_root, l.leaf, n.size AS note_size, n.note
FROM of_exchange o
LEFT JOIN LATERAL (
    SELECT s.first_seq, s.last_seq, s.root FROM audit.seal s
    WHERE s.writer = o.writer AND s.last_seq >= o.seq AND s.first_seq <= o.seq
    ORDER BY s.last_seq LIMIT 1
) s ON true
LEFT JOIN audit.leaf l ON l.writer = o.writer AND l.last_seq = s.last_seq
LEFT JOIN LATERAL (SELECT n.size, n.note FROM audit.note n WHERE n.size > l.leaf ORDER BY n.size LIMIT 1) n ON true
WHERE ($1::text[] IS NULL OR o.tenant = ANY ($1))
ORDER BY array_position(ARRAY['decision', 'attempt', 'outcome'], o.kind), o.attempt
LIMIT $3
