-- name: lookup_key
SELECT sealed FROM identity.subject_lookup_key WHERE tenant = $1

-- name: is_looked_up
SELECT EXISTS (SELECT FROM identity.subject_key WHERE tenant = $1)

-- name: add_lookup_key
INSERT INTO identity.subject_lookup_key (tenant, sealed, sealed_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- name: live
WITH fresh AS (
    INSERT INTO identity.subject_key (tenant, lookup, made, sealed, sealed_by, handle, reference)
    SELECT $1, $2, $3, $4, $5, $6, $7
    WHERE NOT EXISTS (SELECT FROM identity.subject_key k WHERE k.tenant = $1 AND k.lookup = $2 AND k.destroyed_at IS NULL)
    ON CONFLICT DO NOTHING
    RETURNING sealed, handle, reference
)
SELECT sealed, handle, reference FROM fresh
UNION ALL
SELECT k.sealed, k.handle, k.reference FROM identity.subject_key k WHERE k.tenant = $1 AND k.lookup = $2 AND k.destroyed_at IS NULL

-- name: linking
WITH fresh AS (
    INSERT INTO identity.linking_key (tenant, day, until, sealed, sealed_by) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING RETURNING sealed
)
SELECT sealed FROM fresh UNION ALL SELECT k.sealed FROM identity.linking_key k WHERE k.tenant = $1 AND k.day = $2

-- name: linking_of
SELECT day, sealed FROM identity.linking_key WHERE tenant = $1 AND destroyed_at IS NULL ORDER BY day

-- name: expire_links
SELECT identity.expire_links()

-- name: forget_destroyed
SELECT identity.forget_destroyed()

-- name: outbox_event_of
SELECT identity.outbox_event_of($1)

-- name: linking_keys_by
SELECT tenant, day, sealed FROM identity.linking_key WHERE sealed_by = $1 AND destroyed_at IS NULL

-- name: reseal_linking_key
UPDATE identity.linking_key SET sealed = $3, sealed_by = $4
WHERE tenant = $1 AND day = $2 AND destroyed_at IS NULL AND sealed_by = $5

-- name: standing
SELECT sealed, destroyed_at FROM identity.subject_key WHERE tenant = $1 AND lookup = $2 ORDER BY id

-- name: approve_purge
SELECT FROM audit.approve_purge($1, $2)

-- name: erase
SELECT identity.erase_subject($1, $2, $3, $4)

-- name: lookup_keys_by
SELECT tenant, sealed FROM identity.subject_lookup_key WHERE sealed_by = $1

-- name: subject_keys_by
SELECT tenant, lookup, sealed FROM identity.subject_key
WHERE sealed_by = $1 AND destroyed_at IS NULL AND (tenant, lookup) > ($2, $3)
ORDER BY tenant, lookup LIMIT $4

-- name: reseal_lookup_key
UPDATE identity.subject_lookup_key SET sealed = $2, sealed_by = $3 WHERE tenant = $1 AND sealed_by = $4

-- name: reseal_subject_key
UPDATE identity.subject_key SET sealed = $3, sealed_by = $4
WHERE tenant = $1 AND lookup = $2 AND destroyed_at IS NULL AND sealed_by = $5

-- name: sealed_by
SELECT sealed_by, count(*) AS number
FROM (SELECT sealed_by FROM identity.subject_lookup_key
      UNION ALL SELECT sealed_by FROM identity.subject_key WHERE destroyed_at IS NULL
      UNION ALL SELECT sealed_by FROM identity.linking_key WHERE destroyed_at IS NULL
      UNION ALL SELECT sealed_by FROM identity.registered_key
      UNION ALL SELECT key_id FROM master_key.proof) k
GROUP BY sealed_by
