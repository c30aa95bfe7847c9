-- name: put
INSERT INTO vault.pseudonym AS kept (domain, tenant, activity, pseudonym, sealed, expires_at, key_id, named, origin, subjects)
SELECT $1, $2, $3, new.pseudonym, new.sealed, $6, $7, new.named, $9, $10
FROM unnest($4::bytea[], $5::bytea[], $8::bytea[]) AS new (pseudonym, sealed, named)
ORDER BY new.pseudonym
ON CONFLICT (domain, pseudonym) DO UPDATE
SET sealed = excluded.sealed, expires_at = greatest(kept.expires_at, excluded.expires_at),
    tenant = excluded.tenant, activity = excluded.activity, key_id = excluded.key_id,
    named = excluded.named, origin = excluded.origin,
    subjects = CASE WHEN excluded.subjects <@ kept.subjects OR cardinality(kept.subjects) >= 256 THEN kept.subjects
                    ELSE kept.subjects || excluded.subjects END

-- name: find
SELECT pseudonym, sealed FROM vault.pseudonym
WHERE domain = ANY ($1::bytea[]) AND pseudonym = ANY ($2::bytea[]) AND expires_at > $3

-- name: lock
SELECT domain, pseudonym, sealed FROM vault.pseudonym
WHERE domain = ANY ($1::bytea[]) AND pseudonym = ANY ($2::bytea[]) AND expires_at > $3
FOR UPDATE

-- name: amend
UPDATE vault.pseudonym SET sealed = $3, expires_at = greatest(expires_at, $4) WHERE domain = $1 AND pseudonym = $2

-- name: forget
DELETE FROM vault.pseudonym WHERE domain = ANY ($1::bytea[]) AND pseudonym = ANY ($2::bytea[])

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

-- name: put_seals
INSERT INTO vault.seal (domain, tenant, maker, names, sealed, expires_at, key_id) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: seals
WITH matching AS MATERIALIZED (
    SELECT id, domain, maker, names, sealed, expires_at FROM vault.seal WHERE names && $1::bytea[]
), alive AS MATERIALIZED (
    SELECT id, domain, maker, names, sealed, expires_at,
           (SELECT sha256(string_agg(n, ''::bytea ORDER BY i)) FROM unnest(names) WITH ORDINALITY AS u (n, i)) AS bound
    FROM matching WHERE expires_at > $2
)
SELECT DISTINCT ON (maker, name) name, id, domain, maker, sealed, expires_at, bound
FROM alive CROSS JOIN unnest(names) AS name JOIN unnest($1::bytea[]) AS asked (name) USING (name)
ORDER BY maker, name, id DESC

-- name: trim_seals
DELETE FROM vault.seal WHERE id IN (
    SELECT id FROM vault.seal WHERE domain = $1 AND maker = $2 ORDER BY expires_at DESC OFFSET $3 LIMIT $4
)

-- name: purge_seals
WITH turn AS (SELECT pg_try_advisory_xact_lock(hashtextextended('vault purge', 0)) AS ours),
expired AS (
    SELECT id FROM vault.seal, turn
    WHERE turn.ours AND expires_at <= $1
    ORDER BY expires_at LIMIT $2
)
DELETE FROM vault.seal s USING expired e WHERE s.id = e.id

-- name: put_reply
INSERT INTO vault.reply AS kept (domain, name, tenant, activity, subject, pseudonyms, sealed, key_id, stored_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, n.began, n.began + make_interval(secs => $10)
FROM (SELECT clock_timestamp() - make_interval(secs => $9) AS began) n
WHERE NOT EXISTS (
    SELECT FROM unnest($6::bytea[]) AS held (pseudonym)
    WHERE NOT EXISTS (SELECT FROM vault.pseudonym p WHERE p.domain = $1 AND p.pseudonym = held.pseudonym)
)
ON CONFLICT (domain, name) DO UPDATE
SET subject = excluded.subject, pseudonyms = excluded.pseudonyms, sealed = excluded.sealed, key_id = excluded.key_id,
    stored_at = excluded.stored_at, expires_at = excluded.expires_at

-- name: find_reply
SELECT sealed, extract(epoch FROM clock_timestamp() - stored_at)::float8 AS age_s FROM vault.reply
WHERE domain = $1 AND name = $2 AND expires_at > clock_timestamp() AND stored_at > clock_timestamp() - make_interval(secs => $3)

-- name: trim_replies
DELETE FROM vault.reply r USING (
    SELECT domain, name, row_number() OVER newest AS number, sum(octet_length(sealed)) OVER newest AS size
    FROM vault.reply WHERE tenant = $1
    WINDOW newest AS (ORDER BY stored_at DESC, name)
) old
WHERE (old.number > $2 OR old.size > $3) AND r.domain = old.domain AND r.name = old.name

-- name: purge_replies
WITH turn AS (SELECT pg_try_advisory_xact_lock(hashtextextended('vault purge', 0)) AS ours),
expired AS (
    SELECT domain, name FROM vault.reply, turn
    WHERE turn.ours AND expires_at <= clock_timestamp()
    ORDER BY expires_at LIMIT $1
)
DELETE FROM vault.reply r USING expired e WHERE r.domain = e.domain AND r.name = e.name

-- name: drop_replies
DELETE FROM vault.reply WHERE key_id = $1

-- name: reply_turn
SELECT pg_try_advisory_xact_lock_shared(hashtextextended(encode($1::bytea, 'hex'), 0))

-- name: erasing_turn
SELECT pg_advisory_xact_lock(hashtextextended(encode(t, 'hex'), 0)) FROM unnest($1::bytea[]) AS t ORDER BY t

-- name: erase
WITH gone AS (
    DELETE FROM vault.pseudonym
    WHERE domain = ANY ($1::bytea[])
       OR (tenant = ANY ($2::bytea[]) AND ($3::bytea[] IS NULL OR activity = ANY ($3)))
    RETURNING 1
), makers AS (
    DELETE FROM vault.seal WHERE domain = ANY ($1::bytea[]) OR (tenant = ANY ($2::bytea[]) AND $3::bytea[] IS NULL)
    RETURNING 1
), replies AS (
    DELETE FROM vault.reply
    WHERE domain = ANY ($1::bytea[])
       OR (tenant = ANY ($2::bytea[]) AND ($3::bytea[] IS NULL OR activity = ANY ($3)))
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM makers) AS erased, pg_notify('vault_erased', '')

-- name: erase_subject
WITH gone AS (
    DELETE FROM vault.pseudonym WHERE tenant = ANY ($1::bytea[]) AND $2::bytea = ANY (subjects) RETURNING domain, pseudonym
), replies AS (
    DELETE FROM vault.reply r
    WHERE r.tenant = ANY ($1::bytea[])
      AND (r.subject = $2 OR EXISTS (SELECT FROM gone g WHERE g.domain = r.domain AND g.pseudonym = ANY (r.pseudonyms)))
)
SELECT count(*) AS erased, (SELECT pg_notify('vault_erased', '')) FROM gone

-- name: oldest
SELECT min(expires_at) AS expired FROM vault.pseudonym WHERE expires_at <= $1

-- name: sealed
SELECT key_id, count(*) AS number, max(expires_at) AS latest FROM vault.pseudonym WHERE expires_at > $1 GROUP BY key_id

-- name: seals_by_key
SELECT key_id, count(*) AS number, max(expires_at) AS latest FROM vault.seal WHERE expires_at > $1 GROUP BY key_id

-- name: sealed_by
SELECT domain, pseudonym, sealed, named, origin FROM vault.pseudonym
WHERE key_id = $1 AND (domain, pseudonym) > ($2::bytea, $3::bytea)
ORDER BY domain, pseudonym LIMIT $4

-- name: reseal
WITH anew AS (
    SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[],
                         $9::bytea[]) AS n (old_domain, old_pseudonym, domain, pseudonym, tenant, activity, sealed, named, origin)
), gone AS (
    DELETE FROM vault.pseudonym p USING anew n WHERE p.domain = n.old_domain AND p.pseudonym = n.old_pseudonym
    RETURNING n.*, p.expires_at, p.subjects
), moved AS (
    INSERT INTO vault.pseudonym AS kept (domain, tenant, activity, pseudonym, sealed, expires_at, key_id, named, origin, subjects)
    SELECT domain, tenant, activity, pseudonym, sealed, expires_at, $10, named, origin, subjects FROM gone
    ON CONFLICT (domain, pseudonym) DO UPDATE
    SET expires_at = greatest(kept.expires_at, excluded.expires_at),
        subjects = (ARRAY(SELECT DISTINCT unnest(kept.subjects || excluded.subjects)))[:256]
    RETURNING 1
)
SELECT count(*) AS number, (SELECT pg_notify('vault_erased', '')) FROM moved

-- name: stats
SELECT count(*) AS pseudonyms, count(DISTINCT domain) AS domains,
       count(*) FILTER (WHERE expires_at <= $1) AS expired,
       min(expires_at) AS first_expiry, pg_total_relation_size('vault.pseudonym') AS bytes
FROM vault.pseudonym

-- name: ready
SELECT has_table_privilege('vault.pseudonym', 'INSERT') AND NOT pg_is_in_recovery()
