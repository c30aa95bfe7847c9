SELECT d.tenant, d.service, d.activity, d.target, d.operator, sum(d.restored)::bigint AS restored, sum(d.n)::bigint AS exchanges,
       min(d.first_at) AS first_at, max(d.last_at) AS last_at, min(d.sample) AS sample
FROM evidence.day d
WHERE d.restored > 0
  AND ($1 IS NULL OR list_contains($1, d.tenant))
  AND ($2 IS NULL OR d.first_at >= $2::date)
  AND ($3 IS NULL OR d.first_at < $3::date)
  AND ($4 IS NULL OR d.activity = $4)
  AND ($5 IS NULL OR d.service = $5)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 6 DESC, 1, 2, 3, 4
LIMIT $6
