WITH served AS (
    SELECT d.tenant, d.activity, d.target, d.recipient, d.region, sum(d.n)::bigint AS exchanges, max(d.last_at) AS last_at
    FROM evidence.day d
    WHERE d.target <> ''
      AND ($1 IS NULL OR list_contains($1, d.tenant))
      AND ($2 IS NULL OR d.first_at >= $2::date)
      AND ($3 IS NULL OR d.first_at < $3::date)
    GROUP BY 1, 2, 3, 4, 5
),
grounds AS (
    SELECT t.tenant, t.activity, t.target, array_agg(DISTINCT t.mechanism ORDER BY t.mechanism) AS mechanisms
    FROM evidence.transfer_day t
    WHERE ($2 IS NULL OR t.first_at >= $2::date)
      AND ($3 IS NULL OR t.first_at < $3::date)
    GROUP BY 1, 2, 3
),
marked AS (
    SELECT s.*, coalesce(g.mechanisms, []) AS mechanisms,
           ($4 IS NULL OR s.recipient = $4) AND ($5 IS NULL OR s.target = $5)
           AND ($6 IS NULL OR list_contains(g.mechanisms, $6)) AND ($7 IS NULL OR s.region = $7) AS cut,
           sum(s.exchanges) OVER (PARTITION BY s.tenant, s.activity) AS every
    FROM served s LEFT JOIN grounds g USING (tenant, activity, target)
)
SELECT m.tenant, m.activity, m.target, m.recipient AS provider, m.region, m.mechanisms, m.exchanges,
       round(100.0 * m.exchanges / m.every)::bigint AS share,
       coalesce((SELECT array_agg(DISTINCT o.target ORDER BY o.target) FROM marked o
                 WHERE o.tenant = m.tenant AND o.activity = m.activity AND o.cut IS NOT TRUE), []) AS alternatives,
       m.last_at
FROM marked m
WHERE m.cut
ORDER BY m.exchanges DESC, m.tenant, m.activity, m.target
LIMIT $8
