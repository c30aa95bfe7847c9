WITH event AS (
    SELECT r.recorded_at, r.tenant, r.activity, r.service, r.action, r.body #> '{facts}' AS facts,
           r.body #>> '{facts,grant}' AS id
    FROM audit.record r
    WHERE r.kind = 'event'
      AND r.action IN ('break_glass_requested', 'break_glass_approved', 'break_glass_revoked', 'break_glass_reviewed',
                       'break_glass_used', 'approval_used', 'break_glass_refused')
),
waived AS (
    SELECT e.id, array_agg(DISTINCT w.code ORDER BY w.code) AS codes
    FROM event e CROSS JOIN LATERAL json_array_elements_text(e.facts -> 'waived') AS w (code)
    WHERE e.action = 'break_glass_used'
    GROUP BY e.id
),
used AS (
    SELECT e.id,
           count(DISTINCT e.facts ->> 'exchange') FILTER (WHERE e.action IN ('break_glass_used', 'approval_used')) AS uses,
           count(*) FILTER (WHERE e.action = 'break_glass_refused') AS refused
    FROM event e GROUP BY e.id
)
SELECT q.id AS "grant", q.tenant, q.activity, q.service, q.facts ->> 'ticket' AS ticket, q.recorded_at AS requested_at,
       q.facts ->> 'by' AS requested_by, a.recorded_at AS approved_at, a.facts ->> 'by' AS approver,
       a.facts ->> 'mfa_attested' AS mfa, (a.facts ->> 'expires')::timestamptz AS expires, v.recorded_at AS revoked_at,
       v.facts ->> 'by' AS revoked_by, u.uses, coalesce(w.codes, '{}') AS waived, u.refused,
       r.recorded_at AS reviewed_at, r.facts ->> 'by' AS reviewer, r.facts ->> 'finding' AS finding,
       CASE WHEN r.id IS NOT NULL THEN 'reviewed'
            WHEN a.id IS NULL AND v.id IS NULL THEN 'pending'
            WHEN a.id IS NULL THEN 'revoked'
            WHEN v.id IS NULL AND (a.facts ->> 'expires')::timestamptz > now() THEN 'open'
            ELSE 'review due' END AS state
FROM event q
JOIN used u ON u.id = q.id
LEFT JOIN waived w ON w.id = q.id
LEFT JOIN event a ON a.id = q.id AND a.action = 'break_glass_approved'
LEFT JOIN event v ON v.id = q.id AND v.action = 'break_glass_revoked'
LEFT JOIN event r ON r.id = q.id AND r.action = 'break_glass_reviewed'
WHERE q.action = 'break_glass_requested'
  AND ($1::text[] IS NULL OR q.tenant = ANY ($1))
  AND ($2::timestamptz IS NULL OR q.recorded_at >= $2)
  AND ($3::timestamptz IS NULL OR q.recorded_at < $3)
ORDER BY q.recorded_at DESC, q.id
LIMIT $4
