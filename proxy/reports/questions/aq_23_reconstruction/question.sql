SELECT r.recorded_at AS at, r.kind, r.attempt, r.tenant, r.activity, r.service, r.action, r.target, r.status, r.codes,
       r.revision, r.data_revision, audit.whole(r.body) #> '{facts}' AS facts, r.writer, r.seq, r.hash
FROM (
    SELECT d.* FROM audit.record d WHERE d.day = audit.day_of($2) AND d.exchange = $2 AND d.kind IN ('decision', 'outcome')
    UNION ALL
    SELECT a.* FROM audit.record a WHERE a.day = audit.day_of($2) AND a.exchange = $2 AND a.kind = 'attempt'
    UNION ALL
    SELECT e.* FROM audit.record e WHERE e.kind = 'event' AND e.action = 'late_outcome' AND e.target = $2
) r
WHERE ($1::text[] IS NULL OR r.tenant = ANY ($1))
ORDER BY array_position(ARRAY['decision', 'attempt', 'outcome', 'event'], r.kind), r.attempt, r.recorded_at
LIMIT $3
