SELECT d.at, d.tenant, d.activity, d.hipaa_basis, d.recipient, (SELECT a.body #>> '{facts,host}' FROM audit.record a
        WHERE a.day = audit.day_of(d.exchange) AND a.exchange = d.exchange AND a.kind = 'attempt'
          AND a.attempt = d.attempt) AS host, d.region, d.categories,
       ARRAY(SELECT DISTINCT t.type FROM unnest(d.entity_types, d.entity_targets) AS t (type, target)
             WHERE t.target = d.target ORDER BY t.type) AS entities,
       d.subjects, d.number, d.of, d.exchange
FROM (
    SELECT e.at, e.tenant, e.activity, e.hipaa_basis, s.recipient, s.region, e.categories, e.entity_types, e.entity_targets, s.target,
           e.subjects, s.attempt, e.exchange,
           row_number() OVER (PARTITION BY e.tenant, e.activity, s.recipient ORDER BY e.at, e.exchange, s.attempt) AS number,
           count(*) OVER (PARTITION BY e.tenant, e.activity, s.recipient) AS of
    FROM evidence.exchange e
    CROSS JOIN LATERAL unnest(e.attempt_targets, e.attempt_recipients, e.attempt_regions, e.attempt_accounted, e.attempt_endings)
        WITH ORDINALITY AS s (target, recipient, region, accounted, ending, attempt)
    WHERE true = ANY (e.attempt_accounted) AND s.accounted AND s.ending <> 'unsent'
      AND ($1::text[] IS NULL OR e.tenant = ANY ($1))
      AND ($2::timestamptz IS NULL OR e.at >= $2)
      AND ($3::timestamptz IS NULL OR e.at < $3)
      AND ($4::text IS NULL OR e.activity = $4)
      AND ($5::text[] IS NULL OR e.exchange = ANY (ARRAY(
          SELECT x.exchange
          FROM evidence.touch t
          JOIN evidence.exchange x ON x.tenant = t.tenant AND x.at >= t.first_at AND x.at <= t.last_at AND x.subjects && $5
          WHERE t.subject = ANY ($5) AND t.disclosures > 0)))
    ORDER BY e.at DESC, e.exchange, s.attempt DESC
    LIMIT $6
) d
ORDER BY d.at DESC, d.exchange, d.attempt DESC
