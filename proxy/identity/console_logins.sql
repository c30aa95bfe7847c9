-- name: add
INSERT INTO identity.console_login (digest, kind, login, mac, began, seen, ends) VALUES ($1, $2, $3, $4, $5, $5, $6)

-- name: take
DELETE FROM identity.console_login WHERE digest = $1 AND kind = $2
RETURNING digest, kind, login, mac, purpose, began, seen, ends

-- name: see
UPDATE identity.console_login SET seen = $2 WHERE digest = $1 AND kind = 'session' AND seen > $3 AND ends > $2
RETURNING digest, kind, login, mac, purpose, began, seen, ends

-- name: purpose
UPDATE identity.console_login SET purpose = $2 WHERE digest = $1

-- name: revoke
DELETE FROM identity.console_login WHERE login ->> 'person' = $1

-- name: forget
DELETE FROM identity.console_login WHERE ends < $1 OR (kind = 'session' AND seen < $2)

-- name: views
SELECT name, query FROM identity.console_view WHERE tenant = $1 AND person = $2 ORDER BY name

-- name: keep_view
INSERT INTO identity.console_view (tenant, person, name, query)
SELECT $1, $2, $3, $4 WHERE (
    SELECT count(*) FROM identity.console_view WHERE tenant = $1 AND person = $2 AND name <> $3) < $5
ON CONFLICT (tenant, person, name) DO UPDATE SET query = excluded.query

-- name: forget_view
DELETE FROM identity.console_view WHERE tenant = $1 AND person = $2 AND name = $3
