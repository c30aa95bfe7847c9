-- name: request
INSERT INTO identity.two_person_request (id, act, tenant, about, ticket, requested_by) VALUES ($1, $2, $3, $4, $5, $6)
