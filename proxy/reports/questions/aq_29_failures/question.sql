SELECT d.responsibility, d.code, d.tenant, d.target, sum(d.n)::bigint AS failed, min(d.first_at) AS first_at,
       max(d.last_at) AS last_at, min(d.sample) AS sample
FROM evidence.day d
WHERE d.responsibility NOT IN ('', 'policy')
  AND ($1 IS NULL OR list_contains($1, d.tenant))
  AND ($2 IS NULL OR d.first_at >= $2::date)
  AND ($3 IS NULL OR d.first_at < $3::date)
  AND ($4 IS NULL OR d.activity = $4)
  AND ($5 IS NULL OR d.service = $5)
  AND ($6 IS NULL OR d.code = $6)
GROUP BY 1, 2, 3, 4
ORDER BY failed DESC, d.responsibility, d.code, d.tenant, d.target
LIMIT $7
