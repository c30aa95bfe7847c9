WITH sent AS (
    SELECT d.n, d.regimes, d.categories, d.first_at, d.last_at
    FROM evidence.day d
    WHERE d.target <> ''
      AND ($1 IS NULL OR list_contains($1, d.tenant))
      AND d.first_at >= $2::date AND d.first_at < $3::date
      AND ($4 IS NULL OR d.recipient = $4)
      AND ($5 IS NULL OR d.target = $5)
),
counted AS (
    SELECT coalesce(sum(n), 0)::bigint AS exchanges, min(first_at) AS first_at, max(last_at) AS last_at,
           (SELECT string_agg(DISTINCT k.c, ', ' ORDER BY k.c) FROM (SELECT unnest(s.categories) AS c FROM sent s) k) AS categories
    FROM sent
),
people AS (
    SELECT count(DISTINCT t.subject) AS subjects
    FROM evidence.touch t
    WHERE t.target <> ''
      AND ($1 IS NULL OR list_contains($1, t.tenant))
      AND t.first_at >= $2::date AND t.first_at < $3::date
      AND ($4 IS NULL OR t.recipient = $4)
      AND ($5 IS NULL OR t.target = $5)
),
held AS (
    SELECT coalesce(sum(e.sent) FILTER (WHERE e.operator = ''), 0)::bigint AS unchanged,
           coalesce(sum(e.sent) FILTER (WHERE e.operator <> ''), 0)::bigint AS replaced,
           string_agg(DISTINCT e.type, ', ' ORDER BY e.type) FILTER (WHERE e.operator = '' AND e.sent > 0) AS types
    FROM evidence.entity_day e
    WHERE e.target IN (
            SELECT d.target FROM evidence.day d
            WHERE d.target <> '' AND ($4 IS NULL OR d.recipient = $4) AND ($5 IS NULL OR d.target = $5)
              AND d.first_at >= $2::date AND d.first_at < $3::date)
      AND ($1 IS NULL OR list_contains($1, e.tenant))
      AND e.first_at >= $2::date AND e.first_at < $3::date
),
items (place, item, law, known) AS (
    SELECT v.* FROM counted c, people p, held h, LATERAL (
        VALUES (1, 'what happened', 'GDPR Art. 33(3)(a), 45 CFR 164.404(c)(1)(A)', 'not recorded: the nature of the breach'),
               (2, 'when', '45 CFR 164.404(c)(1)(A)', CASE WHEN c.exchanges = 0 THEN 'nothing was sent in that time'
                    ELSE 'sent from ' || strftime(c.first_at, '%Y-%m-%d %H:%M') || ' to '
                         || strftime(c.last_at, '%Y-%m-%d %H:%M') || ' (UTC)' END),
               (3, 'how many data subjects', 'GDPR Art. 33(3)(a)', p.subjects || ' distinct references, where requests named them'),
               (4, 'how many records', 'GDPR Art. 33(3)(a)', c.exchanges || ' exchanges'),
               (5, 'categories of data', 'GDPR Art. 33(3)(a)', coalesce(c.categories, 'none found')),
               (6, 'types of unsecured health information', '45 CFR 164.404(c)(1)(B)', coalesce(h.types, 'none found')),
               (7, 'who the individuals are', '45 CFR 164.410(c)(1)', 'not recorded: names; the log has keyed references'),
               (8, 'contact point', 'GDPR Art. 33(3)(b), 45 CFR 164.404(c)(1)(E)', 'not recorded: the data protection officer'),
               (9, 'likely consequences', 'GDPR Art. 33(3)(c)', 'not recorded: an assessment is yours'),
               (10, 'measures that were in place', 'GDPR Art. 33(3)(d), Art. 34(3)(a), 45 CFR 164.402(2)',
                h.replaced || ' values were sent as pseudonyms or otherwise changed, ' || h.unchanged || ' as they were'),
               (11, 'measures that are taken', 'GDPR Art. 33(3)(d), 45 CFR 164.404(c)(1)(D)', 'not recorded: what you do now'),
               (12, 'what individuals should do', '45 CFR 164.404(c)(1)(C)', 'not recorded: advice is yours')
    ) AS v (place, item, law, known)
)
SELECT i.item, i.law, i.known FROM items i ORDER BY i.place LIMIT $6
