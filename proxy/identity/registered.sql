-- name: key
SELECT sealed FROM identity.registered_key WHERE tenant = $1

-- name: add_key
INSERT INTO identity.registered_key (tenant, sealed, sealed_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- name: keys_by
SELECT tenant, sealed FROM identity.registered_key WHERE sealed_by = $1

-- name: reseal_key
UPDATE identity.registered_key SET sealed = $2, sealed_by = $3 WHERE tenant = $1 AND sealed_by = $4

-- name: lists
SELECT tenant, name, load, role, types, lengths, people, digests, loaded, loaded_by, version
FROM identity.registered_list WHERE tenant = $1 OR $1 IS NULL ORDER BY tenant, name

-- name: block_numbers
SELECT number FROM identity.registered_block WHERE tenant = $1 AND list = $2 AND load = $3 ORDER BY number

-- name: block
SELECT sealed FROM identity.registered_block WHERE tenant = $1 AND list = $2 AND load = $3 AND number = $4

-- name: add_block
INSERT INTO identity.registered_block (tenant, list, load, number, sealed) VALUES ($1, $2, $3, $4, $5)

-- name: busy
SELECT NOT pg_try_advisory_lock(hashtextextended('registered' || chr(31) || $1 || chr(31) || $2, 0))

-- name: remove_blocks
DELETE FROM identity.registered_block WHERE tenant = $1 AND list = $2 AND load <> $3

-- name: put_list
INSERT INTO identity.registered_list (tenant, name, load, role, types, lengths, people, digests, loaded, loaded_by, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (tenant, name) DO UPDATE SET load = excluded.load, role = excluded.role, types = excluded.types,
    lengths = excluded.lengths, people = excluded.people, digests = excluded.digests, loaded = excluded.loaded,
    loaded_by = excluded.loaded_by, version = excluded.version

-- name: remove_list
DELETE FROM identity.registered_list WHERE tenant = $1 AND name = $2

-- name: remove_key
DELETE FROM identity.registered_key k
WHERE k.tenant = $1 AND NOT EXISTS (SELECT FROM identity.registered_list l WHERE l.tenant = k.tenant)

-- name: announce
SELECT pg_notify('identity_registered', '')
