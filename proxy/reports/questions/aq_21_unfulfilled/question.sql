SELECT e.at, e.exchange, e.decision_id, e.tenant, e.activity, e.service, e.target, e.obligations_unfulfilled AS obligations,
       e.ended, e.code, e.status
FROM evidence.exchange e
WHERE len(e.obligations_unfulfilled) > 0
  AND ($1 IS NULL OR list_contains($1, e.tenant))
  AND ($2 IS NULL OR e.at >= $2)
  AND ($3 IS NULL OR e.at < $3)
  AND ($4 IS NULL OR e.activity = $4)
  AND ($5 IS NULL OR e.target = $5)
ORDER BY e.at DESC, e.exchange
LIMIT $6
