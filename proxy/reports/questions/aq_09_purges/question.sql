SELECT r.at, r.event, r.tenant, r.activity, (r.facts ->> 'pseudonyms')::bigint AS pseudonyms, r.facts ->> 'by' AS by,
       coalesce(r.facts ->> 'requested_by', '') AS requested_by, r.ticket, coalesce(r.facts ->> 'day', '') AS day,
       (r.facts ->> 'records')::bigint AS records, (r.facts ->> 'exchanges')::bigint AS exchanges,
       (r.facts ->> 'first_at')::timestamptz AS first_at, (r.facts ->> 'last_at')::timestamptz AS last_at,
       coalesce(r.facts ->> 'kept_through', '') AS kept_through,
       list_sort(list_transform(coalesce((r.facts -> 'revisions')::json[], []), lambda pair: pair ->> 0)) AS revisions,
       list_sort(list_transform(json_keys(coalesce(r.facts -> 'holds', '{}')),
                                lambda name: name || ' ' || (r.facts -> 'holds' ->> name))) AS holds,
       coalesce(r.facts ->> 'root', '') AS root,
       CASE WHEN r.event = 'day_purged' THEN r.target IN (SELECT p.purge FROM evidence.purged p) END AS carried_out,
       r.writer, r.seq, r.hash
FROM evidence.event r
WHERE r.event IN ('vault_purged', 'vault_erased', 'subject_erased', 'links_expired', 'day_purged')
  AND ($1 IS NULL OR r.at >= $1)
  AND ($2 IS NULL OR r.at < $2)
ORDER BY r.at DESC, r.writer, r.seq DESC
LIMIT $3
