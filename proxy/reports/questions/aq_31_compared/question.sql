WITH call AS (
    SELECT e.*, e.attempt_targets[1] AS first_target, e.attempt_ms[1] AS ms,
           (e.attempt_endings[1] <> 'complete' OR e.attempt_statuses[1] >= 400)::double AS failed, e.attempt_refused[1]::double AS refused,
           CASE WHEN len(e.attempt_targets) = 1 AND e.attempt_endings[1] = 'complete' AND e.attempt_statuses[1] < 400 THEN e.tokens_output::double END AS length,
           CASE WHEN len(e.attempt_targets) = 1 THEN e.cost / 1e6 END AS charged,
           CASE WHEN e.reply_scanned AND e.attempt_statuses[1] < 400 THEN coalesce(list_sum(e.reply_counts), 0)::double END AS findings
    FROM evidence.exchange e
    WHERE len(e.attempt_targets) > 0 AND e.attempt_endings[1] NOT IN ('unsent', 'client_gone', 'abandoned')
      AND ($1 IS NULL OR list_contains($1, e.tenant))
      AND ($2 IS NULL OR e."at" >= $2)
      AND ($3 IS NULL OR e."at" < $3)
      AND ($5 IS NULL OR e.activity = $5)
),
-- Sides of a split were drawn by chance, so they are alike but for their target, where both targets were permitted
side AS (
    SELECT 'canary' AS way, split_target AS new, split_over AS old, split_arm = 'canary' AS is_new, * FROM call
    WHERE split_drawn AND mirror_of = '' AND first_target = CASE split_arm WHEN 'canary' THEN split_target ELSE split_over END
      AND NOT list_contains(refused_targets, split_target) AND NOT list_contains(refused_targets, split_over)
    UNION ALL BY NAME
    SELECT 'mirror' AS way, c.first_target AS new, o.first_target AS old, true AS is_new, c.* FROM call c JOIN call o ON o.exchange = c.mirror_of
    UNION ALL BY NAME
    SELECT 'mirror' AS way, c.first_target AS new, o.first_target AS old, false AS is_new, o.* FROM call c JOIN call o ON o.exchange = c.mirror_of
),
measured AS (
    SELECT way, model, new, old, is_new, unnest([
        {measure: 'errors', x: failed}, {measure: 'refusals', x: CASE WHEN failed = 0 THEN refused END},
        {measure: 'latency', x: CASE WHEN failed = 0 THEN ln(greatest(ms, 1)) END}, {measure: 'tokens', x: length},
        {measure: 'cost', x: charged}, {measure: 'findings', x: (findings > 0)::double}]) AS m
    FROM side
    WHERE $4 IS NULL OR new = $4
),
arm AS (
    SELECT way, model, new, old, m.measure AS measure,
           count(m.x) FILTER (WHERE is_new) AS n1, avg(m.x) FILTER (WHERE is_new) AS m1, coalesce(var_samp(m.x) FILTER (WHERE is_new), 0) AS v1,
           count(m.x) FILTER (WHERE NOT is_new) AS n2, avg(m.x) FILTER (WHERE NOT is_new) AS m2, coalesce(var_samp(m.x) FILTER (WHERE NOT is_new), 0) AS v2
    FROM measured GROUP BY ALL
),
-- Rates: Wilson's interval of each, Newcombe's of their difference; means: Welch's interval of the difference, of logarithms for latency
-- 2.6383: of six measures together 95 % (Bonferroni)
spread AS (
    SELECT *, 2.6383 AS z, z * sqrt(v1 / n1 + v2 / n2) AS half,
           z * sqrt(m1 * (1 - m1) / n1 + z * z / (4 * n1 * n1)) AS w1, (m1 + z * z / (2 * n1)) AS c1, 1 + z * z / n1 AS d1,
           z * sqrt(m2 * (1 - m2) / n2 + z * z / (4 * n2 * n2)) AS w2, (m2 + z * z / (2 * n2)) AS c2, 1 + z * z / n2 AS d2
    FROM arm WHERE n1 > 0 AND n2 > 0
),
bounds AS (
    SELECT way, model, new, old, measure, n1, n2, CASE measure WHEN 'latency' THEN exp(m1) / 1000 ELSE m1 END AS value1,
           CASE measure WHEN 'latency' THEN exp(m2) / 1000 ELSE m2 END AS value2,
           CASE WHEN measure = 'latency' THEN exp(m1 - m2 - half) - 1
                WHEN measure IN ('tokens', 'cost') THEN m1 - m2 - half
                ELSE m1 - m2 - sqrt((m1 - (c1 - w1) / d1) ** 2 + ((c2 + w2) / d2 - m2) ** 2) END AS low,
           CASE WHEN measure = 'latency' THEN exp(m1 - m2 + half) - 1
                WHEN measure IN ('tokens', 'cost') THEN m1 - m2 + half
                ELSE m1 - m2 + sqrt(((c1 + w1) / d1 - m1) ** 2 + (m2 - (c2 - w2) / d2) ** 2) END AS high
    FROM spread
)
SELECT way, model, new, old, measure, n1 AS n_new, n2 AS n_old, round(value1, 6) AS value_new, round(value2, 6) AS value_old,
       round(low, 6) AS low, round(high, 6) AS high,
       CASE WHEN n1 < 30 OR n2 < 30 THEN 'too few' WHEN low > 0 THEN 'more' WHEN high < 0 THEN 'less' ELSE 'no difference shown' END AS verdict
FROM bounds
ORDER BY way, model, new, old, list_position(['errors', 'refusals', 'latency', 'tokens', 'cost', 'findings'], measure)
LIMIT $6
