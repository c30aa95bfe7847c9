SELECT e.tenant, e.activity, e.service, e.action, e.target, e.region, e.categories, e.legal_basis,
       coalesce(array_agg(DISTINCT e.consent_ref ORDER BY e.consent_ref) FILTER (WHERE e.consent_ref <> ''), []) AS consent_refs,
       count(*) FILTER (WHERE e.consent_ref = '') AS without_consent, count(*) AS exchanges, min(e.at) AS first_at,
       max(e.at) AS last_at
FROM evidence.exchange e
WHERE e.minor = 'yes'
  AND ($1 IS NULL OR list_contains($1, e.tenant))
  AND ($2 IS NULL OR e.at >= $2)
  AND ($3 IS NULL OR e.at < $3)
  AND ($4 IS NULL OR e.activity = $4)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY count(*) DESC, 1, 2, 3, 4, 5
LIMIT $5
