SELECT d.at, d.tenant, d.activity, d.hipaa_basis, d.recipient, d.host, d.region, d.categories,
       list_sort(list_distinct(list_transform(list_filter(list_zip(d.entity_types, d.entity_targets),
                                                          lambda pair: pair[2] = d.target), lambda pair: pair[1]))) AS entities,
       d.subjects, d.number, d.of, d.exchange
FROM (
    SELECT s.at, s.tenant, s.activity, s.hipaa_basis, s.recipient, s.host, s.region, s.categories, s.entity_types, s.entity_targets,
           s.target, s.subjects, s.number AS attempt, s.exchange,
           row_number() OVER (PARTITION BY s.tenant, s.activity, s.recipient ORDER BY s.at, s.exchange, s.number) AS number,
           count(*) OVER (PARTITION BY s.tenant, s.activity, s.recipient) AS of
    FROM evidence.attempt s
    WHERE s.accounted AND s.ending <> 'unsent'
      AND ($1 IS NULL OR list_contains($1, s.tenant))
      AND ($2 IS NULL OR s.at >= $2)
      AND ($3 IS NULL OR s.at < $3)
      AND ($4 IS NULL OR s.activity = $4)
      AND ($5 IS NULL OR s.subjects && $5)
) d
ORDER BY d.at DESC, d.exchange, d.attempt DESC
LIMIT $6
