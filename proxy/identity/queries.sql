-- name: create
INSERT INTO identity.api_key (id, hash, tenant, service, activities, default_activity, ingress_region,
                              default_subject_region, roles, declarable_regions, may_declare_adult, created, expires, hash_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- name: revoke
UPDATE identity.api_key SET revoked = $2 WHERE id = $1 AND revoked IS NULL

-- name: expire
UPDATE identity.api_key SET expires = $2 WHERE id = $1 AND revoked IS NULL

-- name: hash
UPDATE identity.api_key SET hash = $2, hash_key = $3
WHERE id = $1 AND hash = $4
  AND EXISTS (SELECT FROM master_key.generation g WHERE g.key_id = $3 AND g.in_force)

-- name: hashes
SELECT hash_key AS key_id, count(*) AS number, max(coalesce(last_used, created::date)) AS latest
FROM identity.api_key WHERE revoked IS NULL AND (expires IS NULL OR expires > $1) GROUP BY hash_key

-- name: used
UPDATE identity.api_key SET last_used = $2 WHERE id = $1 AND last_used IS DISTINCT FROM $2

-- name: ready
SELECT has_table_privilege('identity.api_key', 'SELECT')
