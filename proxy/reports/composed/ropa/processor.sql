WITH acting AS (
    SELECT t.key AS tenant, t.value -> '$.ext.ropa.controllers' AS controllers, t.value -> '$.ext.ropa.recipients' AS recipients,
           t.value -> '$.ext.ropa.measures' AS measures
    FROM json_each($5 -> 'tenants') t
    WHERE t.value ->> 'role' = 'processor' AND ($1 IS NULL OR list_contains($1, t.key))
),
observed AS (
    SELECT d.tenant, array_agg(DISTINCT d.activity ORDER BY d.activity) AS activities,
           coalesce(array_agg(DISTINCT d.operation ORDER BY d.operation) FILTER (WHERE d.operation <> ''), []) AS operations,
           coalesce(array_agg(DISTINCT d.recipient ORDER BY d.recipient)
                    FILTER (WHERE d.recipient <> '' AND d.operator <> 'self'), []) AS recipients,
           sum(d.n)::bigint AS exchanges, min(d.first_at) AS first_at, max(d.last_at) AS last_at
    FROM evidence.day d
    WHERE ($1 IS NULL OR list_contains($1, d.tenant))
      AND ($2 IS NULL OR d.first_at >= $2::date)
      AND ($3 IS NULL OR d.first_at < $3::date)
      AND ($4 IS NULL OR d.activity = $4)
    GROUP BY 1
),
moved AS (
    SELECT d.tenant, array_agg(DISTINCT d.destination || ' (' || d.mechanism || ')' ORDER BY d.destination || ' (' || d.mechanism || ')') AS countries
    FROM evidence.transfer_day d
    WHERE ($1 IS NULL OR list_contains($1, d.tenant))
      AND ($2 IS NULL OR d.first_at >= $2::date)
      AND ($3 IS NULL OR d.first_at < $3::date)
      AND ($4 IS NULL OR d.activity = $4)
    GROUP BY 1
)
SELECT a.tenant AS processor, a.controllers, coalesce(o.activities, []) AS activities, coalesce(o.operations, []) AS operations,
       a.recipients AS declared_recipients, coalesce(o.recipients, []) AS recipients,
       list_filter(coalesce(o.recipients, []), lambda r: NOT list_contains(coalesce(a.recipients::text[], []), r)) AS undeclared,
       coalesce(m.countries, []) AS third_countries, a.measures, coalesce(o.exchanges, 0) AS exchanges, o.first_at, o.last_at
FROM acting a LEFT JOIN observed o USING (tenant) LEFT JOIN moved m USING (tenant)
ORDER BY 1
LIMIT $6
