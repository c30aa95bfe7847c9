-- name: live
SELECT key_id, known_by, since, in_force FROM master_key.generation WHERE retired IS NULL ORDER BY since, key_id

-- name: found
SELECT master_key.found($1, $2, $3)

-- name: rotate
SELECT master_key.rotate($1, $2, $3, $4, $5)

-- name: retire
SELECT master_key.retire($1, $2, $3, $4)
