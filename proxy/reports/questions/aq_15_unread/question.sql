SELECT u.status, u.tenant, u.activity, u.action, u.target, u.operator, u.language, u.media, u.entity, u.number, u.first_at,
       u.last_at, u.sample
FROM (
    SELECT d.class_status AS status, d.tenant, d.activity, d.action, d.target, d.operator, d.language, d.media, '' AS entity,
           sum(d.n)::bigint AS number, min(d.first_at) AS first_at, max(d.last_at) AS last_at, min(d.sample) AS sample
    FROM evidence.day d
    WHERE d.class_status NOT IN ('complete', '')
      AND ($1 IS NULL OR list_contains($1, d.tenant))
      AND ($2 IS NULL OR d.first_at >= $2::date)
      AND ($3 IS NULL OR d.first_at < $3::date)
      AND ($4 IS NULL OR d.activity = $4)
      AND ($5 IS NULL OR d.target = $5)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    UNION ALL
    SELECT 'in doubt', e.tenant, e.activity, '', e.target, e.operator, '', [], e.type, sum(e.found)::bigint, min(e.first_at),
           max(e.last_at), ''
    FROM evidence.entity_day e
    WHERE e.bucket <= 2 AND e.found > 0
      AND ($1 IS NULL OR list_contains($1, e.tenant))
      AND ($2 IS NULL OR e.first_at >= $2::date)
      AND ($3 IS NULL OR e.first_at < $3::date)
      AND ($4 IS NULL OR e.activity = $4)
      AND ($5 IS NULL OR e.target = $5)
    GROUP BY 2, 3, 5, 6, 9
) u
ORDER BY u.number DESC, u.status, u.tenant, u.activity, u.target, u.entity
LIMIT $6
