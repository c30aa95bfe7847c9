-- name: take_lock
SELECT pg_try_advisory_lock(audit.writer_lock($1))

-- name: own_backend
SELECT a.pid, a.backend_start FROM pg_stat_activity a WHERE a.pid = pg_backend_pid()

-- name: end_backend
SELECT pg_terminate_backend(a.pid, 1000) FROM pg_stat_activity a
WHERE a.pid = $1 AND a.backend_start = $2 AND a.usename = session_user

-- name: head
SELECT seq, hash FROM audit.head($1)

-- name: recovered
SELECT NOT EXISTS (SELECT FROM audit.unfinished_writers() w WHERE w = $1)

-- name: give_lock_back
SELECT pg_advisory_unlock(audit.writer_lock($1))

-- name: take_recovery_lock
SELECT pg_try_advisory_lock(hashtextextended('audit recovery', 0))

-- name: dead_writers
SELECT w AS writer FROM audit.unfinished_writers() w WHERE NOT audit.writer_alive(w)

-- name: open_exchanges
SELECT exchange, tenant, activity, service, action, revision, data_revision, attempts, targets FROM audit.open_exchanges($1)

-- name: verify_rows
SELECT writer, seq, recorded_at, kind, exchange, attempt, tenant, activity, service, action, target, status, codes,
       revision, data_revision, prev, hash, body::text AS body
FROM audit.record ORDER BY writer, seq

-- name: verify_decisions
SELECT r.exchange, min(r.writer) AS writer, min(r.seq) AS seq,
       count(*) FILTER (WHERE r.kind = 'decision') AS decisions,
       count(*) FILTER (WHERE r.kind = 'outcome') AS outcomes
FROM audit.record r WHERE r.kind <> 'event'
GROUP BY r.exchange
HAVING count(*) FILTER (WHERE r.kind = 'decision') <> 1 OR count(*) FILTER (WHERE r.kind = 'outcome') > 1
ORDER BY 2, 3

-- name: verify_attempts
SELECT exchange, attempt, min(writer) AS writer, min(seq) AS seq FROM audit.record WHERE kind = 'attempt'
GROUP BY exchange, attempt HAVING count(*) > 1
ORDER BY 3, 4

-- name: verify_outcomes
WITH unsettled AS (
    SELECT d.writer, min(d.seq) AS seq, count(*) AS exchanges
    FROM audit.record d
    WHERE d.kind = 'decision'
      AND NOT EXISTS (SELECT FROM audit.record o WHERE o.kind = 'outcome' AND o.exchange = d.exchange)
    GROUP BY d.writer
)
SELECT u.writer, u.seq, u.exchanges, audit.writer_alive(u.writer) AS alive,
       EXISTS (SELECT FROM audit.record c WHERE c.kind = 'event'
               AND (c.action = 'writer_closed' AND c.writer = u.writer
                    OR c.action = 'writer_recovered' AND c.target = u.writer)) AS finished
FROM unsettled u ORDER BY u.writer

-- name: verify_protection
SELECT 'the trigger against changes is missing or disabled' AS problem
WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'audit.record'::regclass
                  AND tgname = 'record_append_only' AND tgenabled IN ('O', 'A'))
UNION ALL
SELECT 'the trigger against changes of checkpoints is missing or disabled'
WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'audit.checkpoint'::regclass
                  AND tgname = 'checkpoint_append_only' AND tgenabled IN ('O', 'A'))
UNION ALL
SELECT 'role ' || coalesce(r.rolname, 'PUBLIC') || ' may ' || a.privilege_type || ' ' || c.oid::regclass
FROM pg_class c, aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.oid IN ('audit.record'::regclass, 'audit.checkpoint'::regclass) AND a.grantee <> c.relowner
  AND a.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')

-- name: list
SELECT exchange, recorded_at, tenant, activity, service, action, target, status, codes, ended, code, ended_at,
       restored, revision, data_revision, classification, data_subjects, verdicts, obligations_fulfilled,
       obligations_unfulfilled, writer, seq
FROM audit.exchanges
WHERE ($1::timestamptz IS NULL OR recorded_at >= $1)
  AND ($2::timestamptz IS NULL OR recorded_at < $2)
  AND ($3::text IS NULL OR tenant = $3)
  AND ($4::text IS NULL OR activity = $4)
  AND ($5::text IS NULL OR action = $5)
  AND ($6::text IS NULL OR target = $6)
  AND ($7::text IS NULL OR $7 = ANY (codes))
  AND ($8::text[] IS NULL OR EXISTS (
      SELECT FROM json_array_elements_text(subject_refs) ref WHERE ref = ANY ($8)))
ORDER BY recorded_at DESC, writer, seq DESC
LIMIT $9

-- name: show
SELECT writer, seq, recorded_at, kind, exchange, attempt, tenant, activity, service, action, target, status, codes,
       revision, data_revision, prev, hash, body::text AS body
FROM (
    SELECT * FROM audit.record WHERE exchange = $1 AND kind IN ('decision', 'outcome')
    UNION ALL
    SELECT * FROM audit.record WHERE exchange = $1 AND kind = 'attempt'
    UNION ALL
    SELECT * FROM audit.record WHERE kind = 'event' AND action = 'late_outcome' AND target = $1
) r
ORDER BY array_position(ARRAY['decision', 'attempt', 'outcome', 'event'], kind), attempt, recorded_at

-- name: events
SELECT recorded_at, action, tenant, target, status, codes, body #> '{facts}' AS facts, writer, seq
FROM audit.record
WHERE kind = 'event'
  AND ($1::timestamptz IS NULL OR recorded_at >= $1)
  AND ($2::timestamptz IS NULL OR recorded_at < $2)
  AND ($3::text IS NULL OR action = $3)
ORDER BY recorded_at DESC, writer, seq DESC
LIMIT $4

-- name: checkpoints
SELECT epoch, note FROM audit.checkpoint ORDER BY epoch

-- name: add_checkpoint
INSERT INTO audit.checkpoint (epoch, created_at, note) VALUES ($1, $2, $3)

-- name: heads
SELECT s.writer, h.seq, h.hash
FROM (SELECT DISTINCT writer FROM audit.record WHERE kind = 'event' AND action = 'writer_started') s
CROSS JOIN LATERAL (
    SELECT r.seq, r.hash FROM audit.record r WHERE r.writer = s.writer ORDER BY r.seq DESC LIMIT 1
) h
ORDER BY s.writer
