WITH event AS (
    SELECT r.at AS recorded_at, r.tenant, r.activity, r.service, r.event AS action, r.waived, r.facts, r.facts ->> 'grant' AS id
    FROM evidence.event r
    WHERE r.event IN ('break_glass_requested', 'break_glass_approved', 'break_glass_revoked', 'break_glass_reviewed',
                       'break_glass_used', 'approval_used', 'break_glass_refused')
),
meant AS (  -- grants that were asked for then, or used then, whether or not anybody asked for them
    SELECT e.id, min(e.recorded_at) AS first_at, max(e.tenant) AS tenant, max(e.activity) AS activity, max(e.service) AS service
    FROM event e
    WHERE e.action IN ('break_glass_requested', 'break_glass_used', 'approval_used') AND ($1 IS NULL OR list_contains($1, e.tenant))
      AND ($2 IS NULL OR e.recorded_at >= $2) AND ($3 IS NULL OR e.recorded_at < $3)
    GROUP BY e.id
),
waived AS (
    SELECT w.id, array_agg(DISTINCT w.code ORDER BY w.code) AS codes
    FROM (SELECT e.id, unnest(e.waived) AS code FROM event e WHERE e.action = 'break_glass_used') w
    GROUP BY w.id
),
used AS (
    SELECT e.id,
           count(DISTINCT e.facts ->> 'exchange') FILTER (
               WHERE e.action IN ('break_glass_used', 'approval_used') AND ($2 IS NULL OR e.recorded_at >= $2)
                 AND ($3 IS NULL OR e.recorded_at < $3)) AS uses,
           count(*) FILTER (WHERE e.action = 'break_glass_refused') AS refused
    FROM event e GROUP BY e.id
)
SELECT m.id AS "grant", coalesce(q.tenant, m.tenant) AS tenant, coalesce(q.activity, m.activity) AS activity, coalesce(q.service, m.service) AS service, q.facts ->> 'ticket' AS ticket, q.recorded_at AS requested_at,
       q.facts ->> 'by' AS requested_by, a.recorded_at AS approved_at, a.facts ->> 'by' AS approver,
       a.facts ->> 'mfa_attested' AS mfa, (a.facts ->> 'expires')::timestamptz AS expires, v.recorded_at AS revoked_at,
       v.facts ->> 'by' AS revoked_by, u.uses, coalesce(w.codes, []) AS waived, u.refused,
       r.recorded_at AS reviewed_at, r.facts ->> 'by' AS reviewer, r.facts ->> 'finding' AS finding,
       CASE WHEN q.id IS NULL OR a.id IS NULL AND u.uses > 0 THEN 'used without a recorded approval'
            WHEN r.id IS NOT NULL THEN 'reviewed'
            WHEN a.id IS NULL AND v.id IS NULL THEN 'pending'
            WHEN a.id IS NULL THEN 'revoked'
            WHEN v.id IS NULL AND (a.facts ->> 'expires')::timestamptz > getvariable('asked_at') THEN 'open'
            ELSE 'review due' END AS state
FROM meant m
JOIN used u ON u.id = m.id
LEFT JOIN event q ON q.id = m.id AND q.action = 'break_glass_requested'
LEFT JOIN waived w ON w.id = m.id
LEFT JOIN event a ON a.id = m.id AND a.action = 'break_glass_approved'
LEFT JOIN event v ON v.id = m.id AND v.action = 'break_glass_revoked'
LEFT JOIN event r ON r.id = m.id AND r.action = 'break_glass_reviewed'
ORDER BY m.first_at DESC, m.id
LIMIT $4
