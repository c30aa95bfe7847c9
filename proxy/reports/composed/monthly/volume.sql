SELECT d.day, d.action, d.responsibility, sum(d.n)::bigint AS exchanges
FROM evidence.day d
WHERE ($1 IS NULL OR list_contains($1, d.tenant))
  AND d.first_at >= $2::date AND d.first_at < $3::date
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
LIMIT $4
