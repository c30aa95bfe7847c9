SELECT d.day, d.action, sum(d.n)::bigint AS exchanges
FROM evidence.day d
WHERE ($1::text[] IS NULL OR d.tenant = ANY ($1))
  AND d.day >= ($2::timestamptz AT TIME ZONE 'UTC')::date AND d.day < ($3::timestamptz AT TIME ZONE 'UTC')::date
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT $4
