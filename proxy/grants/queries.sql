-- name: request
INSERT INTO identity.break_glass (id, tenant, activity, service, ticket, reason, lasts, requested_by, requested)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: approve
SELECT identity.approve_break_glass($1, $2, $3, $4, $5)

-- name: revoke
SELECT identity.revoke_break_glass($1, $2, $3)

-- name: review
SELECT identity.review_break_glass($1, $2, $3, $4, $5)

-- name: use
SELECT identity.use_break_glass($1, $2, $3)
