SELECT t.tenant, t.activity, t.recipient, t.target, t.operator, t.region, t.mechanisms, t.categories, t.legal_basis,
       t.art9_condition AS art9, t.hipaa_basis, count(DISTINCT t.exchange) AS exchanges, min(t.first_at) AS first_at, max(t.last_at) AS last_at
FROM evidence.touch t
WHERE list_contains($2, t.subject)
  AND ($1 IS NULL OR list_contains($1, t.tenant))
  AND ($3 IS NULL OR t.first_at >= $3::date)
  AND ($4 IS NULL OR t.first_at < $4::date)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
ORDER BY max(t.last_at) DESC, t.tenant, t.activity, t.target
LIMIT $5
