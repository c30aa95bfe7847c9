-- name: put
INSERT INTO vault.pseudonym AS kept (domain, tenant, activity, pseudonym, sealed, expires_at, key_id)
SELECT $1, $2, $3, new.pseudonym, new.sealed, $6, $7
FROM unnest($4::bytea[], $5::bytea[]) AS new (pseudonym, sealed)
ORDER BY new.pseudonym
ON CONFLICT (domain, pseudonym) DO UPDATE
SET sealed = excluded.sealed, expires_at = greatest(kept.expires_at, excluded.expires_at),
    tenant = excluded.tenant, activity = excluded.activity, key_id = excluded.key_id

-- name: find
SELECT pseudonym, sealed FROM vault.pseudonym
WHERE domain = ANY ($1::bytea[]) AND pseudonym = ANY ($2::bytea[]) AND expires_at > $3

-- name: begun
SELECT DISTINCT domain FROM vault.pseudonym WHERE domain = ANY ($1::bytea[]) AND expires_at > $2

-- name: purge
WITH turn AS (SELECT pg_try_advisory_xact_lock(hashtextextended('vault purge', 0)) AS ours),
expired AS (
    SELECT domain, pseudonym FROM vault.pseudonym, turn
    WHERE turn.ours AND expires_at <= $1
    ORDER BY expires_at LIMIT $2
    FOR UPDATE OF pseudonym SKIP LOCKED
)
DELETE FROM vault.pseudonym p USING expired e WHERE p.domain = e.domain AND p.pseudonym = e.pseudonym

-- name: erase
WITH gone AS (
    DELETE FROM vault.pseudonym
    WHERE domain = ANY ($1::bytea[])
       OR (tenant = ANY ($2::bytea[]) AND ($3::bytea[] IS NULL OR activity = ANY ($3)))
    RETURNING 1
)
SELECT count(*) AS erased, (SELECT pg_notify('vault_erased', '')) FROM gone

-- name: oldest
SELECT min(expires_at) AS expired FROM vault.pseudonym WHERE expires_at <= $1

-- name: sealed
SELECT key_id, count(*) AS number, max(expires_at) AS latest
FROM vault.pseudonym WHERE expires_at > $1 GROUP BY key_id

-- name: stats
SELECT count(*) AS pseudonyms, count(DISTINCT domain) AS domains,
       count(*) FILTER (WHERE expires_at <= $1) AS expired,
       min(expires_at) AS first_expiry, pg_total_relation_size('vault.pseudonym') AS bytes
FROM vault.pseudonym

-- name: ready
SELECT has_table_privilege('vault.pseudonym', 'INSERT') AND NOT pg_is_in_recovery()
