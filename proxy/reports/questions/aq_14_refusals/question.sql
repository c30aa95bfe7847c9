WITH refused AS (
    SELECT c.code, d.tenant, d.activity, d.service, sum(d.n)::bigint AS refused, min(d.first_at) AS first_at,
           max(d.last_at) AS last_at, min(d.sample) AS sample
    FROM evidence.day d CROSS JOIN LATERAL unnest(d.codes) AS c (code)
    WHERE d.action = 'block'
      AND ($1::text[] IS NULL OR d.tenant = ANY ($1))
      AND ($2::timestamptz IS NULL OR d.day >= ($2 AT TIME ZONE 'UTC')::date)
      AND ($3::timestamptz IS NULL OR d.day < ($3 AT TIME ZONE 'UTC')::date)
      AND ($4::text IS NULL OR d.activity = $4)
      AND ($5::text IS NULL OR d.service = $5)
      AND ($6::text IS NULL OR c.code = $6)
    GROUP BY 1, 2, 3, 4
    ORDER BY refused DESC, c.code, d.tenant, d.activity, d.service
    LIMIT $7
)
SELECT r.code, ARRAY(SELECT DISTINCT x.rule FROM evidence.exchange e, unnest(e.denial_codes, e.denial_rules) AS x (code, rule)
                     WHERE e.exchange = r.sample AND x.code = r.code AND x.rule <> '' ORDER BY x.rule) AS rules,
       r.tenant, r.activity, r.service, r.refused, r.first_at, r.last_at, r.sample
FROM refused r
ORDER BY r.refused DESC, r.code, r.tenant, r.activity, r.service
