-- name: page
SELECT e.at, e.exchange, e.tenant, e.activity, e.service, e.action, e.target, e.region, e.status, e.ended, e.code, e.codes,
       e.categories, ARRAY(SELECT DISTINCT t.type FROM unnest(e.entity_types) AS t (type) ORDER BY t.type) AS entities,
       e.subject_regions, ARRAY(SELECT DISTINCT m.mechanism FROM unnest(e.transfer_mechanisms) AS m (mechanism) ORDER BY 1) AS mechanisms,
       e.restored, e.obligations_unfulfilled AS unfulfilled, e.revision, e.data_revision, e.ended_at, e.writer, e.seq
FROM evidence.exchange e
WHERE ($1::text[] IS NULL OR e.tenant = ANY ($1))
  AND ($2::timestamptz IS NULL OR e.at >= $2)
  AND ($3::timestamptz IS NULL OR e.at < $3)
  AND ($4::text IS NULL OR e.activity = $4)
  AND ($5::text IS NULL OR e.service = $5)
  AND ($6::text IS NULL OR e.target = $6 OR $6 = ANY (e.attempt_targets))
  AND ($7::text IS NULL OR e.region = $7 OR $7 = ANY (e.attempt_regions))
  AND ($8::text IS NULL OR $8 = ANY (e.categories))
  AND ($9::text IS NULL OR $9 = ANY (e.entity_types))
  AND ($10::text IS NULL OR e.action = $10)
  AND ($11::text IS NULL OR $11 = ANY (e.codes))
  AND ($12::text[] IS NULL OR e.subjects && $12)
  AND ($13::timestamptz IS NULL OR (e.at, e.exchange) < ($13, $14::text))
ORDER BY e.at DESC, e.exchange DESC
LIMIT $15
