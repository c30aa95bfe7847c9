-- name: open
SELECT min(r.recorded_at) AS recorded_at, r.tenant, r.activity, r.body #>> '{columns,service}' AS service, array_agg(DISTINCT r.target) AS targets,
       array_agg(DISTINCT o.value ->> 'type') AS obliged, r.body #>> '{facts,exchange}' AS exchange
FROM audit.record r, json_array_elements(r.body #> '{facts,obligations}') o
WHERE r.kind = 'event' AND r.action IN ('oversight_required', 'policy_notice')
  AND o.value ->> 'type' IN ('human_oversight', 'post_review')
  AND ($1::text IS NULL OR r.tenant = $1)
  AND ($2::text IS NULL OR r.activity = $2)
  AND ($3::text IS NULL OR r.body #>> '{facts,exchange}' = $3)
  AND NOT EXISTS (SELECT FROM audit.record c
                  WHERE c.kind = 'event' AND c.action = 'oversight_closed' AND c.target = r.body #>> '{facts,exchange}')
GROUP BY r.tenant, r.activity, r.body #>> '{columns,service}', r.body #>> '{facts,exchange}'
ORDER BY 1
LIMIT $4
