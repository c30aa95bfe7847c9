WITH daily AS MATERIALIZED (
    SELECT date_trunc('week', e.day)::date AS week, e.tenant, e.type, e.bucket, e.detectors, sum(e.found) AS found, sum(e.n) AS n
    FROM evidence.entity_day e
    WHERE ($1 IS NULL OR list_contains($1, e.tenant))
      AND ($2 IS NULL OR e.first_at >= $2::date)
      AND ($3 IS NULL OR e.first_at < $3::date)
      AND ($4 IS NULL OR e.activity = $4)
      AND ($5 IS NULL OR e.type = $5)
    GROUP BY 1, 2, 3, 4, 5
),
weekly AS (
    SELECT e.week, e.tenant, e.type, sum(e.found)::bigint AS found, sum(e.n)::bigint AS exchanges,
           sum(e.found) FILTER (WHERE e.bucket = 1) AS b1, sum(e.found) FILTER (WHERE e.bucket = 2) AS b2,
           sum(e.found) FILTER (WHERE e.bucket = 3) AS b3, sum(e.found) FILTER (WHERE e.bucket = 4) AS b4,
           sum(e.found) FILTER (WHERE e.bucket = 5) AS b5
    FROM daily e
    GROUP BY 1, 2, 3
),
ran AS (
    SELECT d.week, d.tenant, d.type, array_agg(DISTINCT d.detector ORDER BY d.detector) AS detectors
    FROM (SELECT e.week, e.tenant, e.type, unnest(e.detectors) AS detector FROM daily e) d
    GROUP BY 1, 2, 3
),
every_week AS (
    SELECT s.tenant, s.type, unnest(generate_series(s.first, s.last, interval '7 days'))::date AS week
    FROM (SELECT tenant, type, min(week) AS first, max(max(week)) OVER () AS last FROM weekly GROUP BY 1, 2) s
),
compared AS (
    SELECT a.week, a.tenant, a.type, coalesce(w.found, 0) AS found, w.exchanges, w.b1, w.b2, w.b3, w.b4, w.b5,
           avg(coalesce(w.found, 0)) OVER former AS mean, stddev_pop(coalesce(w.found, 0)) OVER former AS deviation,
           count(*) OVER former AS weeks
    FROM every_week a LEFT JOIN weekly w USING (week, tenant, type)
    WINDOW former AS (PARTITION BY a.tenant, a.type ORDER BY a.week ROWS BETWEEN 8 PRECEDING AND 1 PRECEDING)
)
SELECT c.week, c.tenant, c.type AS entity, c.found, coalesce(c.exchanges, 0) AS exchanges, coalesce(c.b1, 0)::bigint AS very_low,
       coalesce(c.b2, 0)::bigint AS low, coalesce(c.b3, 0)::bigint AS medium, coalesce(c.b4, 0)::bigint AS high,
       coalesce(c.b5, 0)::bigint AS very_high, coalesce(r.detectors, []) AS detectors, round(c.mean)::bigint AS before,
       CASE WHEN c.weeks < 4 OR abs(c.found - c.mean) <= 3 * greatest(c.deviation, sqrt(c.mean), 1) THEN ''
            WHEN c.found > c.mean THEN 'up' ELSE 'down' END AS change
FROM compared c LEFT JOIN ran r USING (week, tenant, type)
ORDER BY c.week DESC, c.found DESC, c.tenant, c.type
LIMIT $6
