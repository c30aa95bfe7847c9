WITH threshold (category, persons) AS (
    VALUES ('human_genomic', 100), ('other_omic', 1000), ('biometric', 1000), ('precise_geolocation', 1000),
           ('personal_health', 10000), ('personal_financial', 10000), ('covered_identifiers', 100000)
)
SELECT e.tenant, e.us_category AS category, e.recipient, e.region, max(e.us_persons) AS persons, t.persons::bigint AS threshold,
       round(100.0 * max(e.us_persons) / t.persons)::bigint AS share, count(*) AS exchanges,
       e.region IN ('CN', 'HK', 'MO', 'CU', 'IR', 'KP', 'RU', 'VE') AS country_of_concern, min(e.at) AS first_at,
       max(e.at) AS last_at
FROM evidence.exchange e LEFT JOIN threshold t ON t.category = e.us_category
WHERE e.us_category <> ''
  AND e.at <= coalesce($2, getvariable('asked_at')) AND e.at > coalesce($2, getvariable('asked_at')) - interval '12 months'
  AND ($1 IS NULL OR list_contains($1, e.tenant))
  AND ($3 IS NULL OR e.us_category = $3)
GROUP BY e.tenant, e.us_category, e.recipient, e.region, t.persons
ORDER BY share DESC NULLS LAST, 1, 2, 3, 4
LIMIT $4
