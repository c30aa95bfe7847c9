SELECT e.at, e.exchange, e.tenant, e.activity, e.subjects, e.consent_ref, e.recipient, e.target, e.notice, e.notice_version,
       e.ended
FROM evidence.exchange e
WHERE e.target <> ''
  AND (e.notice <> '' OR list_contains(e.obligations_fulfilled, 'obligations.redisclosure_notice')
       OR list_contains(e.obligations_unfulfilled, 'obligations.redisclosure_notice'))
  AND ($1 IS NULL OR list_contains($1, e.tenant))
  AND ($2 IS NULL OR e.at >= $2)
  AND ($3 IS NULL OR e.at < $3)
  AND ($4 IS NULL OR e.activity = $4)
  AND ($5 IS NULL OR e.subjects && $5)
ORDER BY e.at DESC, e.exchange
LIMIT $6
