WITH refused AS (
    SELECT c.code, c.tenant, c.activity, c.service, sum(c.n)::bigint AS refused, min(c.first_at) AS first_at,
           max(c.last_at) AS last_at, min(c.sample) AS sample
    FROM (SELECT unnest(d.codes) AS code, d.tenant, d.activity, d.service, d.n, d.first_at, d.last_at, d.sample
          FROM evidence.day d
          WHERE d.responsibility = 'policy'
            AND ($1 IS NULL OR list_contains($1, d.tenant))
            AND ($2 IS NULL OR d.first_at >= $2::date)
            AND ($3 IS NULL OR d.first_at < $3::date)
            AND ($4 IS NULL OR d.activity = $4)
            AND ($5 IS NULL OR d.service = $5)) c
    WHERE $6 IS NULL OR c.code = $6
    GROUP BY 1, 2, 3, 4
    ORDER BY refused DESC, c.code, c.tenant, c.activity, c.service
    LIMIT $7
)
SELECT r.code, list_sort(list_distinct(list_transform(
           list_filter(list_zip(e.denial_codes, e.denial_rules), lambda pair: pair[1] = r.code AND pair[2] <> ''),
           lambda pair: pair[2]))) AS rules,
       r.tenant, r.activity, r.service, r.refused, r.first_at, r.last_at, r.sample
FROM refused r
LEFT JOIN (SELECT x.exchange, x.denial_codes, x.denial_rules FROM evidence.exchange x
           WHERE ($2 IS NULL OR x.at >= $2::date) AND ($3 IS NULL OR x.at < $3::date)) e ON e.exchange = r.sample
ORDER BY r.refused DESC, r.code, r.tenant, r.activity, r.service
