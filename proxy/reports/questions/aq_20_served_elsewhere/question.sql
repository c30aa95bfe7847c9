SELECT e.tenant, e.activity, e.requested, e.target AS served, e.region, e.denial_codes AS denied_by,
       e.attempt_endings[:len(e.attempt_endings) - 1] AS failed, e.regimes,
       list_sort(list_distinct(list_transform(list_filter(list_zip(e.transfer_targets, e.transfer_mechanisms),
                                                          lambda pair: pair[1] = e.target), lambda pair: pair[2]))) AS mechanisms,
       count(*) AS exchanges, min(e.at) AS first_at, max(e.at) AS last_at, min(e.exchange) AS sample
FROM evidence.exchange e
WHERE e.target <> '' AND e.target <> e.requested
  AND ($1 IS NULL OR list_contains($1, e.tenant))
  AND ($2 IS NULL OR e.at >= $2)
  AND ($3 IS NULL OR e.at < $3)
  AND ($4 IS NULL OR e.activity = $4)
  AND ($5 IS NULL OR e.target = $5)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
ORDER BY count(*) DESC, 1, 2, 3, 4
LIMIT $6
