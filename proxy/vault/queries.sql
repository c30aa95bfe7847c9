-- name: put
INSERT INTO vault.pseudonym AS kept (domain, pseudonym, sealed, expires_at)
SELECT $1, new.pseudonym, new.sealed, $4
FROM unnest($2::bytea[], $3::bytea[]) AS new (pseudonym, sealed)
ORDER BY new.pseudonym
ON CONFLICT (domain, pseudonym) DO UPDATE
SET sealed = excluded.sealed, expires_at = greatest(kept.expires_at, excluded.expires_at)

-- name: find
SELECT pseudonym, sealed FROM vault.pseudonym
WHERE domain = $1 AND pseudonym = ANY ($2::bytea[]) AND expires_at > $3

-- name: purge
DELETE FROM vault.pseudonym WHERE expires_at <= $1

-- name: erase
DELETE FROM vault.pseudonym WHERE domain = $1

-- name: stats
SELECT count(*) AS pseudonyms, count(DISTINCT domain) AS domains,
       count(*) FILTER (WHERE expires_at <= $1) AS expired,
       min(expires_at) AS first_expiry, pg_total_relation_size('vault.pseudonym') AS bytes
FROM vault.pseudonym
