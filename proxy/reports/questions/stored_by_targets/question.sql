WITH deleted AS (
    SELECT e.tenant, e.kept_handle, min(e.ended_at) AS deleted_at FROM evidence.exchange e
    WHERE e.kept_use = 'delete' AND e.status = 200 AND e.ended = 'delivered'
    GROUP BY 1, 2
)
SELECT o.ended_at AS "at", o.tenant, o.activity, o.service, o.target, o.kept AS handle, o.categories, d.deleted_at, o.exchange
FROM evidence.attempt o LEFT JOIN deleted d ON d.tenant = o.tenant AND d.kept_handle = o.kept
WHERE o.kept <> ''
  AND ($1 IS NULL OR list_contains($1, o.tenant))
  AND ($2 IS NULL OR o.ended_at >= $2)
  AND ($3 IS NULL OR o.ended_at < $3)
  AND ($4 IS NULL OR o.target = $4)
ORDER BY o.ended_at DESC
LIMIT $5
