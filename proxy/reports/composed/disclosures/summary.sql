SELECT s.recipient, s.activity, s.hipaa_basis, list_sort(list_distinct(flatten(list(s.categories)))) AS categories,
       count(*) AS disclosures, min(s.at) AS first_at, max(s.at) AS last_at
FROM evidence.attempt s
WHERE s.accounted AND s.ending <> 'unsent'
  AND ($1 IS NULL OR list_contains($1, s.tenant))
  AND ($2 IS NULL OR s.at >= $2)
  AND ($3 IS NULL OR s.at < $3)
  AND ($4 IS NULL OR s.activity = $4)
  AND ($5 IS NULL OR s.subjects && $5)
GROUP BY 1, 2, 3
ORDER BY 5 DESC, 1, 2, 3
LIMIT $6
