WITH refused AS (
    SELECT c.code, d.tenant, d.activity, d.service, sum(d.n)::bigint AS refused, min(d.first_at) AS first_at,
           max(d.last_at) AS last_at, min(d.sample) AS sample
    FROM evidence.day d CROSS JOIN unnest(d.codes) AS c (code)
    WHERE d.responsibility = 'policy'
      AND ($1 IS NULL OR d.tenant = ANY ($1))
      AND ($2 IS NULL OR d.day >= $2::date)
      AND ($3 IS NULL OR d.day < $3::date)
      AND ($4 IS NULL OR d.activity = $4)
      AND ($5 IS NULL OR d.service = $5)
      AND ($6 IS NULL OR c.code = $6)
    GROUP BY 1, 2, 3, 4
    ORDER BY refused DESC, c.code, d.tenant, d.activity, d.service
    LIMIT $7
)
SELECT r.code, list_sort(list_distinct(list_transform(
           list_filter(list_zip(e.denial_codes, e.denial_rules), lambda pair: pair[1] = r.code AND pair[2] <> ''),
           lambda pair: pair[2]))) AS rules,
       r.tenant, r.activity, r.service, r.refused, r.first_at, r.last_at, r.sample
FROM refused r LEFT JOIN evidence.exchange e ON e.exchange = r.sample
ORDER BY r.refused DESC, r.code, r.tenant, r.activity, r.service
