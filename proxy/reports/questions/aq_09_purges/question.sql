SELECT r.recorded_at AS at, r.action AS event, r.tenant, r.activity, (r.body #>> '{facts,pseudonyms}')::bigint AS pseudonyms,
       r.body #>> '{facts,by}' AS by, coalesce(r.body #>> '{facts,requested_by}', '') AS requested_by,
       coalesce(r.body #>> '{facts,ticket}', '') AS ticket, coalesce(r.body #>> '{facts,day}', '') AS day,
       (r.body #>> '{facts,records}')::bigint AS records, (r.body #>> '{facts,exchanges}')::bigint AS exchanges,
       (r.body #>> '{facts,first_at}')::timestamptz AS first_at, (r.body #>> '{facts,last_at}')::timestamptz AS last_at,
       coalesce(r.body #>> '{facts,kept_through}', '') AS kept_through,
       ARRAY(SELECT p.value ->> 0 FROM json_array_elements(coalesce(r.body #> '{facts,revisions}', '[]')) p ORDER BY 1) AS revisions,
       ARRAY(SELECT h.key || ' ' || h.value FROM json_each_text(coalesce(r.body #> '{facts,holds}', '{}')) h ORDER BY 1) AS holds,
       coalesce(r.body #>> '{facts,root}', '') AS root,
       CASE WHEN r.action = 'day_purged' THEN EXISTS (SELECT FROM audit.purged p WHERE p.purge = r.target::uuid) END AS carried_out,
       r.writer, r.seq, r.hash
FROM audit.record r
WHERE r.kind = 'event' AND r.action IN ('vault_purged', 'vault_erased', 'subject_erased', 'links_expired', 'day_purged')
  AND ($1::timestamptz IS NULL OR r.recorded_at >= $1)
  AND ($2::timestamptz IS NULL OR r.recorded_at < $2)
ORDER BY r.recorded_at DESC, r.writer, r.seq DESC
LIMIT $3
