SELECT e.at, e.exchange, e.tenant, e.activity, e.service, e.action, e.target, e.region, e.status, e.ended, e.code, e.codes,
       e.categories, list_sort(list_distinct(e.entity_types)) AS entities, e.subject_regions,
       list_sort(list_distinct(e.transfer_mechanisms)) AS mechanisms, e.restored, e.obligations_unfulfilled AS unfulfilled,
       e.revision, e.data_revision, e.ended_at, e.writer, e.seq
FROM evidence.exchange e
WHERE ($1 IS NULL OR e.tenant = ANY ($1))
  AND ($2 IS NULL OR e.at >= $2)
  AND ($3 IS NULL OR e.at < $3)
  AND ($4 IS NULL OR e.activity = $4)
  AND ($5 IS NULL OR e.service = $5)
  AND ($6 IS NULL OR e.target = $6 OR $6 = ANY (e.attempt_targets))
  AND ($7 IS NULL OR e.region = $7 OR $7 = ANY (e.attempt_regions))
  AND ($8 IS NULL OR $8 = ANY (e.categories))
  AND ($9 IS NULL OR $9 = ANY (e.entity_types))
  AND ($10 IS NULL OR e.action = $10)
  AND ($11 IS NULL OR $11 = ANY (e.codes))
  AND ($12 IS NULL OR e.subjects && $12)
  AND ($13 IS NULL OR e.at < $13 OR e.at = $13 AND e.exchange < $14)
ORDER BY e.at DESC, e.exchange DESC
LIMIT $15
