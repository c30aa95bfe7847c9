-- name: request
WITH asked AS (
    INSERT INTO identity.two_person_request (id, act, tenant, about, ticket, requested_by)
    VALUES ($1, 'place_hold', coalesce($4, ''), $2, $3, $8)
    RETURNING id
)
INSERT INTO identity.hold (id, matter, tenant, activity, subject, since, until, request)
SELECT $2, $3, $4, $5, $6, $7, $9, asked.id FROM asked

-- name: request_release
INSERT INTO identity.two_person_request (id, act, tenant, about, ticket, requested_by)
SELECT $1, 'release_hold', coalesce(h.tenant, ''), h.id, $3, $4
FROM identity.hold_state h WHERE h.id = $2 AND h.released IS NULL

-- name: approve
SELECT identity.approve_hold($1, $2)

-- name: requested
SELECT act, about, ticket, requested_by FROM identity.two_person_request WHERE id = $1

-- name: list
SELECT id, matter, tenant, activity, subject IS NOT NULL AS of_subject, since, until, placed_by, placed, placed_second, in_force,
       released_by, released_second, released, clock_timestamp() AS now
FROM identity.hold_state
WHERE $1::text IS NULL OR tenant = $1 OR tenant IS NULL
ORDER BY placed, id
