WITH month AS (
    SELECT d.* FROM evidence.day d
    WHERE ($1 IS NULL OR list_contains($1, d.tenant))
      AND d.first_at >= $2::date AND d.first_at < $3::date
),
counted AS (
    SELECT coalesce(sum(n), 0)::bigint AS every, coalesce(sum(decided), 0)::bigint AS decided,
           coalesce(sum(n) FILTER (WHERE responsibility = 'policy'), 0)::bigint AS refused,
           coalesce(sum(n) FILTER (WHERE responsibility = 'caller'), 0)::bigint AS mistaken,
           coalesce(sum(n) FILTER (WHERE responsibility = 'target'), 0)::bigint AS away,
           coalesce(sum(n) FILTER (WHERE responsibility = 'proxy'), 0)::bigint AS failed,
           coalesce(sum(n) FILTER (WHERE action = 'redact_and_forward'), 0)::bigint AS changed,
           coalesce(sum(n) FILTER (WHERE action = 'pin_local'), 0)::bigint AS pinned,
           coalesce(sum(n) FILTER (WHERE operator = 'third_party' AND target <> ''), 0)::bigint AS outside,
           coalesce(sum(n) FILTER (WHERE class_status NOT IN ('', 'complete')), 0)::bigint AS unread,
           coalesce(sum(unfulfilled), 0)::bigint AS unfulfilled, coalesce(sum(failovers), 0)::bigint AS failovers
    FROM month
)
SELECT v.control, v.exchanges, CASE WHEN c.every > 0 THEN round(100.0 * v.exchanges / c.every)::bigint END AS share, v.law
FROM counted c CROSS JOIN LATERAL (
    VALUES (1, 'decided by policy', c.decided, 'GDPR Art. 24(1)'),
           (2, 'refused by policy, withheld replies included', c.refused, 'GDPR Art. 25(2)'),
           (3, 'changed before they were sent', c.changed, 'GDPR Art. 32(1)(a)'),
           (4, 'kept with a self-hosted target in the region', c.pinned, 'GDPR Art. 44'),
           (5, 'sent to a third party', c.outside, 'GDPR Art. 28'),
           (6, 'not read in full', c.unread, 'GDPR Art. 32(1)(d)'),
           (7, 'with an obligation that was not fulfilled', c.unfulfilled, 'GDPR Art. 32(1)(d)'),
           (8, 'tried at more than one target', c.failovers, 'GDPR Art. 32(1)(b)'),
           (9, 'not served: the request was at fault, or its caller left', c.mistaken, ''),
           (10, 'not served: a target was away or failed', c.away, 'GDPR Art. 32(1)(b)'),
           (11, 'not served: a part of this service failed', c.failed, 'GDPR Art. 32(1)(b)')
) AS v (place, control, exchanges, law)
ORDER BY v.place
LIMIT $4
