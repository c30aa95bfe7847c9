SELECT r.recorded_at AS at, r.action AS event, r.tenant, r.activity, (r.body #>> '{facts,pseudonyms}')::bigint AS pseudonyms,
       r.body #>> '{facts,by}' AS by, coalesce(r.body #>> '{facts,requested_by}', '') AS requested_by,
       coalesce(r.body #>> '{facts,ticket}', '') AS ticket, r.writer, r.seq, r.hash
FROM audit.record r
WHERE r.kind = 'event' AND r.action IN ('vault_purged', 'vault_erased', 'subject_erased')
  AND ($1::timestamptz IS NULL OR r.recorded_at >= $1)
  AND ($2::timestamptz IS NULL OR r.recorded_at < $2)
ORDER BY r.recorded_at DESC, r.writer, r.seq DESC
LIMIT $3
