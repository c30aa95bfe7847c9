SELECT a.recorded_at AS at, a.tenant, a.activity, a.body #>> '{facts,disclosure,recipient}' AS recipient,
       a.body #>> '{facts,host}' AS host, a.body #>> '{facts,region}' AS region,
       a.body #> '{facts,disclosure,categories}' AS categories, a.body #> '{facts,disclosure,entities}' AS entities,
       a.body #> '{facts,disclosure,subjects}' AS subjects, a.exchange
FROM audit.record a
WHERE a.kind = 'attempt' AND a.body #> '{facts,disclosure}' IS NOT NULL
  AND ($1::text[] IS NULL OR a.tenant = ANY ($1))
  AND ($2::timestamptz IS NULL OR a.recorded_at >= $2)
  AND ($3::timestamptz IS NULL OR a.recorded_at < $3)
  AND ($4::text[] IS NULL OR EXISTS (
      SELECT FROM json_array_elements_text(a.body #> '{facts,disclosure,subjects}') s WHERE s = ANY ($4)))
ORDER BY a.recorded_at DESC
LIMIT $5
