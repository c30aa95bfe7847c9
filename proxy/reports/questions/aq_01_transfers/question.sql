WITH moved AS (
    SELECT t.tenant, t.activity, t.recipient, t.target, t.origin, t.destination, t.regime, t.mechanism, t.instrument,
           t.evidence, t.categories, t.legal_basis, t.art9_condition, sum(t.n)::bigint AS transfers,
           min(t.first_at) AS first_at, max(t.last_at) AS last_at
    FROM evidence.transfer_day t
    WHERE ($1 IS NULL OR list_contains($1, t.tenant))
      AND ($2 IS NULL OR t.first_at >= $2::date)
      AND ($3 IS NULL OR t.first_at < $3::date)
      AND ($4 IS NULL OR t.activity = $4)
      AND ($5 IS NULL OR t.recipient = $5)
      AND ($6 IS NULL OR t.target = $6)
      AND ($7 IS NULL OR t.destination = $7)
      AND ($8 IS NULL OR list_contains(t.categories, $8))
      AND ($9 IS NULL OR t.mechanism = $9)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
),
people AS (
    SELECT p.tenant, p.activity, p.target, p.categories, p.legal_basis, p.art9_condition, count(*) AS subjects
    FROM (SELECT DISTINCT s.tenant, s.activity, s.target, s.categories, s.legal_basis, s.art9_condition, s.subject
          FROM evidence.touch s
          WHERE s.is_transfer
            AND ($1 IS NULL OR list_contains($1, s.tenant))
            AND ($2 IS NULL OR s.first_at >= $2::date)
            AND ($3 IS NULL OR s.first_at < $3::date)
            AND ($4 IS NULL OR s.activity = $4)
            AND ($6 IS NULL OR s.target = $6)
            AND ($8 IS NULL OR list_contains(s.categories, $8))
            AND ($9 IS NULL OR list_contains(s.mechanisms, $9))) p
    GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT m.tenant, m.activity, m.recipient AS provider, m.target, m.origin AS "from", m.destination AS "to", m.regime,
       m.mechanism, m.instrument, m.evidence, m.categories, m.legal_basis, m.art9_condition AS art9, m.transfers,
       coalesce(p.subjects, 0) AS subjects, m.first_at, m.last_at
FROM moved m
LEFT JOIN people p USING (tenant, activity, target, categories, legal_basis, art9_condition)
ORDER BY m.transfers DESC, m.tenant, m.activity, m.target, m.origin, m.destination, m.regime, m.mechanism
LIMIT $10
