-- name: add
INSERT INTO identity.restriction (id, tenant, lookup, kind, since, until, ticket, added_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: lift
UPDATE identity.restriction SET lifted = clock_timestamp(), lifted_by = $2 WHERE id = $1 AND lifted IS NULL
RETURNING tenant, kind

-- name: list
SELECT id, tenant, kind, since, until, ticket, added_by, added, lifted, lifted_by
FROM identity.restriction
WHERE ($1::text IS NULL OR tenant = $1) AND ($2::bytea IS NULL OR lookup = $2) AND ($3 OR lifted IS NULL)
ORDER BY added, id
