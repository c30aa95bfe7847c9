WITH made AS (
    SELECT e.at, e.activity, e.hipaa_basis, s.recipient, e.categories
    FROM evidence.exchange e
    CROSS JOIN LATERAL unnest(e.attempt_recipients, e.attempt_accounted, e.attempt_endings) AS s (recipient, accounted, ending)
    WHERE s.accounted AND s.ending <> 'unsent'
      AND ($1::text[] IS NULL OR e.tenant = ANY ($1))
      AND ($2::timestamptz IS NULL OR e.at >= $2)
      AND ($3::timestamptz IS NULL OR e.at < $3)
      AND ($4::text IS NULL OR e.activity = $4)
      AND ($5::text[] IS NULL OR e.subjects && $5)
)
SELECT m.recipient, m.activity, m.hipaa_basis,
       ARRAY(SELECT DISTINCT unnest(o.categories) AS category FROM made o
             WHERE (o.recipient, o.activity, o.hipaa_basis) = (m.recipient, m.activity, m.hipaa_basis) ORDER BY 1) AS categories,
       count(*) AS disclosures, min(m.at) AS first_at, max(m.at) AS last_at
FROM made m
GROUP BY 1, 2, 3
ORDER BY 5 DESC, 1, 2, 3
LIMIT $6
