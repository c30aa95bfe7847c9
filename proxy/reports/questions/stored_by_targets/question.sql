SELECT o.recorded_at AS at, o.tenant, o.activity, o.service, a.value ->> 'target' AS target, a.value ->> 'kept' AS handle,
       d.body #> '{facts,input,classification,categories}' AS categories, gone.recorded_at AS deleted_at, o.exchange
FROM audit.record o
CROSS JOIN LATERAL json_array_elements(o.body #> '{facts,attempts}') a
JOIN audit.record d ON d.exchange = o.exchange AND d.day = o.day AND d.kind = 'decision'
LEFT JOIN LATERAL (
    SELECT e.recorded_at
    FROM audit.record q JOIN audit.record e ON e.exchange = q.exchange AND e.day = q.day AND e.kind = 'outcome' AND e.status = 200
    WHERE q.kind = 'decision' AND q.tenant = o.tenant AND q.body #>> '{facts,inspection,kept,use}' = 'delete'
      AND q.body #>> '{facts,inspection,kept,handle}' = a.value ->> 'kept' AND e.body #>> '{facts,ended}' = 'delivered'
    LIMIT 1
) gone ON true
WHERE o.kind = 'outcome' AND a.value ->> 'kept' IS NOT NULL
  AND ($1::text[] IS NULL OR o.tenant = ANY ($1))
  AND ($2::timestamptz IS NULL OR o.recorded_at >= $2)
  AND ($3::timestamptz IS NULL OR o.recorded_at < $3)
  AND ($4::text IS NULL OR a.value ->> 'target' = $4)
ORDER BY o.recorded_at DESC
LIMIT $5
