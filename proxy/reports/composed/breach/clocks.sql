WITH sent AS (
    SELECT d.n, d.regimes, d.categories, d.first_at, d.last_at
    FROM evidence.day d
    WHERE d.target <> ''
      AND ($1 IS NULL OR list_contains($1, d.tenant))
      AND d.first_at >= $2::date AND d.first_at < $3::date
      AND ($5 IS NULL OR d.recipient = $5)
      AND ($6 IS NULL OR d.target = $6)
),
counted AS (
    SELECT coalesce(sum(n) FILTER (WHERE list_contains(regimes, 'GDPR')), 0)::bigint AS gdpr,
           coalesce(sum(n) FILTER (WHERE list_contains(regimes, 'HIPAA')), 0)::bigint AS hipaa
    FROM sent
),
clocks (place, law, duty, due, is_hipaa, remark) AS (
    VALUES (1, 'GDPR Art. 33(1)', 'notify the supervisory authority', $4 + interval '72 hours', false,
            'not where a risk to people is unlikely; later with reasons'),
           (2, 'GDPR Art. 33(2)', 'as a processor, notify the controller', NULL, false, 'without undue delay'),
           (3, 'GDPR Art. 34(1)', 'tell the data subjects', NULL, false,
            'without undue delay, where the risk is high; not where the data was unintelligible (Art. 34(3)(a))'),
           (4, '45 CFR 164.404(b)', 'tell the individuals', $4 + interval '60 days', true, 'without unreasonable delay'),
           (5, '45 CFR 164.406(b)', 'tell the media', $4 + interval '60 days', true, 'more than 500 residents of one state'),
           (6, '45 CFR 164.408(b)', 'tell the Secretary', $4 + interval '60 days', true, '500 individuals or more'),
           (7, '45 CFR 164.408(c)', 'tell the Secretary',
            date_trunc('year', $4) + interval '1 year 60 days' - interval '1 second', true,
            'fewer than 500 individuals: 60 days after the end of the year'),
           (8, '45 CFR 164.410(b)', 'as a business associate, tell the covered entity', $4 + interval '60 days', true,
            'without unreasonable delay')
)
SELECT k.law, k.duty, k.due, CASE WHEN k.is_hipaa THEN c.hipaa ELSE c.gdpr END AS exchanges, k.remark
FROM clocks k CROSS JOIN counted c
WHERE CASE WHEN k.is_hipaa THEN c.hipaa ELSE c.gdpr END > 0  -- no date of a law under which nothing was sent
ORDER BY k.place
LIMIT $7
