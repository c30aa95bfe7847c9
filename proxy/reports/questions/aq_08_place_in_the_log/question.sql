SELECT r.writer, r.seq, r.at, r.kind, r.attempt, r.hash, r.prev, r.first_seq, r.last_seq, r.seal_root, r.leaf, r.note_size, r.note
FROM evidence.record r
WHERE r.exchange = $2 AND r.kind <> 'event'
  AND ($1 IS NULL OR list_contains($1, r.tenant))
ORDER BY array_position(['decision', 'attempt', 'outcome'], r.kind), r.attempt
LIMIT $3
