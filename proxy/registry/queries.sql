-- name: head
SELECT seq, revision FROM registry.activation ORDER BY seq DESC LIMIT 1

-- name: matching
SELECT revision FROM registry.revision WHERE revision LIKE $1 || '%' ORDER BY revision LIMIT 2

-- name: history
SELECT r.revision, r.parent, r.made_at, r.made_by, r.comment, l.activated_at, l.activated_by,
       l.seq IS NOT NULL AND l.seq = (SELECT max(seq) FROM registry.activation) AS active
FROM registry.revision r
LEFT JOIN LATERAL (
    SELECT a.seq, a.activated_at, a.activated_by FROM registry.activation a
    WHERE a.revision = r.revision ORDER BY a.seq DESC LIMIT 1
) l ON true
ORDER BY greatest(r.made_at, l.activated_at) DESC, l.seq DESC NULLS LAST, r.revision
LIMIT $1

-- name: add
INSERT INTO registry.revision (revision, parent, made_by, comment, evidence, document) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (revision) DO NOTHING

-- name: activate
INSERT INTO registry.activation (seq, revision, activated_by) VALUES ($1, $2, $3)

-- name: bundle
SELECT packed FROM registry.bundle WHERE revision = $1

-- name: bundles
SELECT revision FROM registry.bundle WHERE revision = ANY ($1::text[])

-- name: kept
SELECT revision, made_at, octet_length(packed) AS bytes FROM registry.bundle ORDER BY made_at DESC, revision LIMIT $1

-- name: keep
INSERT INTO registry.bundle (revision, packed) VALUES ($1, $2) ON CONFLICT (revision) DO NOTHING

-- name: seen
INSERT INTO registry.replica (writer, host, pid, started_at, policy_revision, policy_digest, data_revision,
                              registry_revision, engine, refused, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now())
ON CONFLICT (writer) DO UPDATE SET
    policy_revision = EXCLUDED.policy_revision, policy_digest = EXCLUDED.policy_digest,
    data_revision = EXCLUDED.data_revision, registry_revision = EXCLUDED.registry_revision,
    engine = EXCLUDED.engine, refused = EXCLUDED.refused, seen_at = EXCLUDED.seen_at

-- name: left
DELETE FROM registry.replica WHERE writer = $1

-- name: forget
DELETE FROM registry.replica WHERE seen_at < now() - $1::interval

-- name: replicas
SELECT writer, host, pid, started_at, policy_revision, policy_digest, data_revision, registry_revision, engine, refused,
       seen_at
FROM registry.replica WHERE seen_at > now() - $1::interval
ORDER BY host, pid, writer

-- name: quarantine
INSERT INTO registry.quarantine (target, reported) VALUES ($1, $2)
ON CONFLICT (target) WHERE cleared_at IS NULL DO NOTHING RETURNING id::text

-- name: clear
UPDATE registry.quarantine SET cleared_at = now(), cleared_by = $2 WHERE target = $1 AND cleared_at IS NULL
RETURNING id::text

-- name: usage
SELECT counter, starts, ends, taken FROM registry.allowance WHERE starts <= now() AND ends > now() ORDER BY counter, starts
