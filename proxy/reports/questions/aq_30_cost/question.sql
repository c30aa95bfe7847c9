WITH used AS (
    SELECT e.activity, CASE 'self' WHEN e.operator THEN 'in region' WHEN e.cache_operator THEN 'in region' ELSE 'central' END AS place,
           count(*) FILTER (WHERE e.usage <> '') AS exchanges, count(*) FILTER (WHERE e.cache_exchange <> '') AS from_cache,
           coalesce(sum(e.saved_cost), 0) / 1e6 AS saved,
           sum(e.tokens_input)::bigint AS tokens_input, sum(e.tokens_output)::bigint AS tokens_output,
           coalesce(sum(e.cost), 0) / 1e6 AS cost, count(*) FILTER (WHERE e.usage <> '' AND e.cost IS NULL) AS unpriced,
           count(*) FILTER (WHERE e.usage NOT IN ('', 'reported')) AS estimated, min(e."at") AS first_at
    FROM evidence.exchange e
    WHERE (e.usage <> '' OR e.cache_exchange <> '')
      AND ($1 IS NULL OR list_contains($1, e.tenant))
      AND ($2 IS NULL OR e."at" >= $2)
      AND ($3 IS NULL OR e."at" < $3)
      AND ($4 IS NULL OR e.activity = $4)
    GROUP BY 1, 2
),
span AS (
    SELECT coalesce($2, min(first_at), getvariable('asked_at'))::date AS since, coalesce($3, getvariable('asked_at') + INTERVAL 1 DAY)::date AS until
    FROM used
),
server AS (
    SELECT (s.value ->> 'month')::double AS month,
           greatest(0, date_diff('day', greatest(n.since, (s.value ->> 'since')::date),
                                 least(n.until, coalesce((s.value ->> 'until')::date + 1, n.until)))) AS days
    FROM json_each($5 -> 'prices' -> 'servers') s CROSS JOIN span n
),
fixed AS (SELECT coalesce(sum(month) FILTER (WHERE days > 0), 0) AS month, coalesce(sum(month * days / 30.4375), 0) AS period FROM server),
own AS (SELECT greatest(sum(tokens_input + tokens_output), 1) AS tokens FROM used WHERE place = 'in region'),
shared AS (
    SELECT u.*, CASE u.place WHEN 'in region' THEN f.period * (u.tokens_input + u.tokens_output) / o.tokens ELSE 0 END AS fixed, f.month
    FROM used u CROSS JOIN fixed f CROSS JOIN own o
)
SELECT s.activity, s.place, s.exchanges, s.tokens_input, s.tokens_output, round(s.cost, 4) AS cost, round(s.fixed, 4) AS fixed,
       s.from_cache, round(s.from_cache / (s.exchanges + s.from_cache), 4) AS hit_rate, round(s.saved, 4) AS saved,
       round((s.cost + s.fixed) / nullif(s.exchanges, 0) * 1000, 2) AS per_thousand, coalesce($5 -> 'prices' ->> 'currency', '') AS currency,
       CASE s.place WHEN 'central' THEN s.unpriced ELSE 0 END AS unpriced, s.estimated,
       CASE WHEN s.place = 'central' AND s.cost > 0 AND s.month > 0 THEN ceil(s.month * s.exchanges / s.cost)::bigint END AS break_even
FROM shared s
ORDER BY s.activity, s.place
LIMIT $6
