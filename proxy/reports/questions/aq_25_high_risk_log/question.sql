SELECT u.at, u.event, u.exchange, u.tenant, u.service, u.action, u.target, u.status, u.codes, u.ended, u.unfulfilled, u.by, u.finding
FROM (
    (SELECT e.at, 'exchange' AS event, e.exchange, e.tenant, e.service, e.action, e.target, e.status, e.codes, e.ended,
           e.obligations_unfulfilled AS unfulfilled, '' AS by, '' AS finding
    FROM evidence.exchange e
    WHERE e.activity = $4
      AND ($1 IS NULL OR list_contains($1, e.tenant))
      AND ($2 IS NULL OR e.at >= $2)
      AND ($3 IS NULL OR e.at < $3)
    ORDER BY e.at DESC, e.exchange LIMIT $5)
    UNION ALL
    SELECT v.at, v.event, v.exchange, v.tenant, v.service, '', v.target, v.status, v.codes, '', [], v.actor, v.finding
    FROM evidence.event v
    WHERE v.activity = $4
      AND ($1 IS NULL OR list_contains($1, v.tenant))
      AND ($2 IS NULL OR v.at >= $2)
      AND ($3 IS NULL OR v.at < $3)
) u
ORDER BY u.at DESC, u.event, u.exchange
LIMIT $5
