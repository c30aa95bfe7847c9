-- name: days
SELECT d::text AS day FROM audit.days_past(least($1::date, (now() AT TIME ZONE 'UTC')::date)) d LIMIT $2

-- name: plan
SELECT audit.plan_for($1::text::date)::text

-- name: purge
SELECT audit.purge_day($1, $2::text::date, $3, $4)

-- name: settle
SELECT audit.settle_month($1::text::date)
