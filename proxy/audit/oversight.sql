-- name: open
SELECT min(r.recorded_at) AS recorded_at, r.tenant, r.activity, r.service, array_agg(DISTINCT r.target) AS targets,
       array_agg(DISTINCT o.value ->> 'type') AS obliged, r.body #>> '{facts,exchange}' AS exchange
FROM audit.record r, json_array_elements(r.body #> '{facts,obligations}') o
WHERE r.kind = 'event' AND r.action IN ('oversight_required', 'policy_notice')
  AND o.value ->> 'type' IN ('human_oversight', 'post_review')
  AND ($1::text IS NULL OR r.tenant = $1)
  AND ($2::text IS NULL OR r.activity = $2)
  AND ($3::text IS NULL OR r.body #>> '{facts,exchange}' = $3)
  AND NOT EXISTS (SELECT FROM audit.record c
                  WHERE c.kind = 'event' AND c.action = 'oversight_closed' AND c.target = r.body #>> '{facts,exchange}')
GROUP BY r.tenant, r.activity, r.service, r.body #>> '{facts,exchange}'
ORDER BY 1
LIMIT $4

-- name: disclosures
SELECT a.recorded_at, a.tenant, a.activity, a.body #>> '{facts,disclosure,recipient}' AS recipient, a.target,
       a.body #>> '{facts,host}' AS host, a.body #>> '{facts,region}' AS region,
       a.body #> '{facts,disclosure,categories}' AS categories, a.body #> '{facts,disclosure,entities}' AS entities,
       a.body #> '{facts,disclosure,subjects}' AS subjects, a.exchange
FROM audit.record a
WHERE a.kind = 'attempt' AND a.body #> '{facts,disclosure}' IS NOT NULL
  AND ($1::timestamptz IS NULL OR a.recorded_at >= $1)
  AND ($2::timestamptz IS NULL OR a.recorded_at < $2)
  AND ($3::text IS NULL OR a.tenant = $3)
  AND ($4::text[] IS NULL OR EXISTS (
      SELECT FROM json_array_elements_text(a.body #> '{facts,disclosure,subjects}') s WHERE s = ANY ($4)))
ORDER BY a.recorded_at DESC
LIMIT $5
