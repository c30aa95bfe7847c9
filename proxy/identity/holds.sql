-- name: add
INSERT INTO identity.hold (id, matter, tenant, activity, subject, since, until, request) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: approve
SELECT identity.approve_hold($1, $2)
