-- name: count
SELECT category, max(persons) AS persons FROM vault.count_us_persons($1, $2, $3, $4, $5, $6) GROUP BY category
