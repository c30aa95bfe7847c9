SELECT r.at, r.kind, r.attempt, r.tenant, r.activity, r.service, r.action, r.target, r.status, r.codes, r.revision, r.data_revision,
       r.facts, r.writer, r.seq, r.hash
FROM evidence.record r
WHERE (r.exchange = $2 OR r.action = 'late_outcome' AND r.target = $2)
  AND ($1 IS NULL OR list_contains($1, r.tenant))
ORDER BY array_position(['decision', 'attempt', 'outcome', 'event'], r.kind), r.attempt, r.at
LIMIT $3
