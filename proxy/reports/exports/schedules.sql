-- name: add
INSERT INTO export.schedule (id, asked_by, person, tenant, tenants, purpose, kind, name, parameters, format, language, every, due)
SELECT $1, $2, $3, $4::text, $5::text[], $6, $7, $8, $9, $10, $11, $12::text,
    (date_trunc($12, now() AT TIME ZONE 'UTC') + ('1 ' || $12)::interval) AT TIME ZONE 'UTC'
WHERE (SELECT count(*) FROM export.schedule s
    WHERE s.person = $3 AND s.tenant = $4 AND s.stopped IS NULL AND s.ends > now()) < $13
RETURNING *

-- name: list
SELECT * FROM export.schedule WHERE stopped IS NULL AND ends > now() ORDER BY made DESC, id LIMIT $1

-- name: find
SELECT * FROM export.schedule WHERE id = $1 AND stopped IS NULL AND ends > now()

-- name: stop
UPDATE export.schedule SET stopped = now() WHERE id = $1 AND stopped IS NULL RETURNING true

-- name: due
SELECT s.id FROM export.schedule s
WHERE s.stopped IS NULL AND s.ends > now() AND s.due <= now() - interval '5 minutes'
  AND NOT EXISTS (SELECT FROM export.job j WHERE j.schedule = s.id AND j.ended IS NULL)
ORDER BY s.due, s.id FOR UPDATE SKIP LOCKED

-- name: begun
UPDATE export.schedule SET due = (due AT TIME ZONE 'UTC' + ('1 ' || every)::interval) AT TIME ZONE 'UTC' WHERE id = $1

-- name: forget
DELETE FROM export.schedule WHERE least(stopped, ends) < now() - interval '90 days'
