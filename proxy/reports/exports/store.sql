-- name: add
INSERT INTO export.job (id, asked_by, person, tenant, tenants, purpose, kind, name, parameters, format, language, of_subject, schedule, state)
SELECT $1, $2, $3, $4::text, $5::text[], $6, $7, $8, $9, $10, $11, $12::boolean, $13::text, CASE WHEN $12 THEN 'pending' ELSE 'waiting' END
WHERE $13 <> '' OR (SELECT count(*) FROM export.job j
    WHERE j.tenant = $4 AND j.schedule = '' AND j.state IN ('pending', 'waiting', 'running')) < $14
RETURNING *

-- name: find
SELECT * FROM export.job WHERE id = $1

-- name: list
SELECT * FROM export.job ORDER BY made DESC, id LIMIT $1

-- name: approve
SELECT export.approve($1, $2, $3)

-- name: claim
UPDATE export.job SET state = 'running', runs = runs + 1, runner = $1, beat = now(), stage = 'reading', bytes = NULL
WHERE id = (
    SELECT j.id FROM export.job j
    WHERE (j.state = 'waiting' OR (j.state = 'running' AND j.beat < now() - $2::interval)) AND j.runs < $3
      AND NOT EXISTS (
        SELECT FROM export.job r
        WHERE r.tenant = j.tenant AND r.id <> j.id AND r.state = 'running' AND r.beat >= now() - $2::interval)
    ORDER BY j.made, j.id LIMIT 1 FOR UPDATE SKIP LOCKED)
  AND (SELECT count(*) FROM export.job r WHERE r.state = 'running' AND r.beat >= now() - $2::interval) < $4
RETURNING *

-- name: clear
DELETE FROM export.piece WHERE job = $1

-- name: beat
UPDATE export.job SET beat = now(), stage = coalesce(nullif($4::text, ''), stage)
WHERE id = $1 AND runner = $2 AND runs = $3 AND state = 'running' RETURNING true

-- name: cancelled
UPDATE export.job SET state = 'failed', stage = '', ended = now(), parameters = parameters - 'subject', failure = 'cancelled'
WHERE id = $1 AND state IN ('pending', 'waiting', 'running') RETURNING *

-- name: add_piece
WITH own AS (
    UPDATE export.job SET stage = 'storing', bytes = coalesce(bytes, 0) + octet_length($5::bytea), beat = now()
    WHERE id = $1 AND runner = $2 AND runs = $3 AND state = 'running' RETURNING id
)
INSERT INTO export.piece (job, number, content) SELECT own.id, $4::integer, $5::bytea FROM own RETURNING true

-- name: done
UPDATE export.job SET state = 'done', stage = '', ended = now(), parameters = parameters - 'subject', rows = $4, bytes = $5, answer = $6, companion = $7,
    expires = now() + CASE WHEN schedule = '' THEN $8::interval ELSE greatest($8::interval, interval '8 days') END
WHERE id = $1 AND runner = $2 AND runs = $3 AND state = 'running' RETURNING true

-- name: failed
UPDATE export.job SET state = 'failed', stage = '', ended = now(), parameters = parameters - 'subject', failure = $4
WHERE id = $1 AND runner = $2 AND runs = $3 AND state = 'running' RETURNING true

-- name: given_back
UPDATE export.job SET state = 'waiting', stage = '', bytes = NULL, runs = runs - 1
WHERE id = $1 AND runner = $2 AND runs = $3 AND state = 'running'

-- name: interrupted
UPDATE export.job SET state = 'failed', stage = '', ended = now(), parameters = parameters - 'subject', failure = 'interrupted'
WHERE state = 'running' AND beat < now() - $1::interval AND runs >= $2 RETURNING *

-- name: lapsed
UPDATE export.job SET state = 'lapsed', ended = now(), parameters = parameters - 'subject' WHERE state = 'pending' AND made <= now() - interval '24 hours' RETURNING *

-- name: expired
UPDATE export.job SET state = 'expired', companion = NULL WHERE state = 'done' AND expires <= now() RETURNING *

-- name: forget_pieces
DELETE FROM export.piece p USING export.job j WHERE j.id = p.job AND j.state IN ('failed', 'expired')

-- name: forget
DELETE FROM export.job WHERE ended < now() - interval '90 days' AND state IN ('failed', 'lapsed', 'expired')

-- name: piece
SELECT p.content FROM export.piece p JOIN export.job j ON j.id = p.job
WHERE p.job = $1 AND p.number = $2 AND j.state = 'done'
