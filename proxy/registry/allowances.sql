-- name: lease
INSERT INTO registry.allowance AS a (counter, starts, ends, taken, granted)
VALUES ($1, $2, $3, LEAST($4::bigint, $5::bigint), LEAST($4, $5))
ON CONFLICT (counter, starts) DO UPDATE
SET granted = LEAST($4, GREATEST(0, $5 - a.taken)), taken = a.taken + LEAST($4, GREATEST(0, $5 - a.taken))
RETURNING granted, taken

-- name: give_back
INSERT INTO registry.allowance AS a (counter, starts, ends, taken, granted) VALUES ($1, $2, $3, GREATEST(0, -$4::bigint), 0)
ON CONFLICT (counter, starts) DO UPDATE SET taken = GREATEST(0, a.taken - $4)
RETURNING taken

-- name: warn
UPDATE registry.allowance SET warned = $4 WHERE counter = $1 AND starts = $2 AND ends = $3 AND warned < $4 RETURNING warned

-- name: forget
DELETE FROM registry.allowance WHERE ends < $1::timestamptz - interval '1 day'
