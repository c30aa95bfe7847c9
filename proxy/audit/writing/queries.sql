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

-- name: open_records
SELECT exchange, content FROM audit.open_records($1)

-- name: add_months
SELECT audit.add_month(d) FROM unnest($1::date[]) d

-- name: announce_reading
SELECT audit.announce_reading($1::text::jsonb)

-- name: announced_readings
SELECT id, at, login, said::text AS said FROM audit.reading ORDER BY at LIMIT $1

-- name: reading_recorded
SELECT audit.reading_recorded($1)

-- name: outbox_events
SELECT id, action, tenant, facts::text AS facts FROM audit.outbox
WHERE action = 'links_expired' OR at < now() - make_interval(secs => $1) ORDER BY at LIMIT 500

-- name: linking_key_lives
SELECT EXISTS (SELECT FROM identity.linking_key k WHERE k.tenant = $1 AND k.day = $2 AND k.destroyed_at IS NULL)

-- name: outbox_recorded
SELECT audit.outbox_recorded($1)

-- name: unrecorded_readings
SELECT count(*) AS number, min(at) AS since FROM audit.reading

-- name: key_changes
SELECT note, at, leaf FROM audit.key_changes()

-- name: verify_keys
SELECT r.body #>> '{facts,note}' AS note, r.recorded_at AS at, l.leaf
FROM audit.record r
LEFT JOIN audit.seal s ON s.writer = r.writer AND s.first_seq <= r.seq AND s.last_seq >= r.seq
LEFT JOIN audit.leaf l ON l.writer = s.writer AND l.last_seq = s.last_seq
WHERE r.kind = 'event' AND r.action = 'audit_key_changed'
ORDER BY r.recorded_at, r.writer, r.seq

-- name: openings
SELECT s.writer, l.leaf FROM audit.seal s LEFT JOIN audit.leaf l USING (writer, last_seq)
WHERE s.first_seq = 1 AND s.writer = ANY($1::text[])

-- name: store
WITH stored AS (
    INSERT INTO audit.record (writer, seq, recorded_at, kind, exchange, attempt, tenant, activity, action, target, prev, hash, body, packed, day)
    SELECT $1, $2 + r.place - 1, r.recorded_at, r.kind, r.exchange, r.attempt, r.tenant, r.activity, r.action, r.target, r.prev, r.hash,
           r.body, r.packed,
           CASE r.kind WHEN 'event' THEN audit.day_of_record(r.kind, r.action, r.exchange, r.target, r.recorded_at)
                       ELSE audit.day_of(r.exchange) END
    FROM unnest($9::audit.new_record[]) WITH ORDINALITY
         AS r (recorded_at, kind, exchange, attempt, tenant, activity, action, target, prev, hash, body, packed, place)
)
INSERT INTO audit.seal (writer, first_seq, last_seq, first_at, last_at, head, root, signature)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: add_seal
INSERT INTO audit.seal (writer, first_seq, last_seq, first_at, last_at, head, root, signature)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: take_log_lock
SELECT pg_try_advisory_xact_lock(hashtextextended('audit log of seals', 0)), set_config('idle_in_transaction_session_timeout', '60s', true)

-- name: last_note
SELECT size, peaks, note FROM audit.note ORDER BY size DESC LIMIT 1

-- name: first_and_last_notes
(SELECT note FROM audit.note ORDER BY size LIMIT 10) UNION ALL (SELECT note FROM audit.note ORDER BY size DESC LIMIT 10)

-- name: note
SELECT size, peaks, note FROM audit.note WHERE size = $1

-- name: tenants_of
SELECT DISTINCT tenant FROM audit.record WHERE day = audit.day_of($1) AND exchange = $1

-- name: first_and_last_note_over
(SELECT size, note FROM audit.note WHERE size > $1 ORDER BY size LIMIT 1)
UNION (SELECT size, note FROM audit.note WHERE size > $1 ORDER BY size DESC LIMIT 1)
ORDER BY size

-- name: noted_size
SELECT coalesce(max(size), 0) FROM audit.note

-- name: tiles
SELECT number, root FROM audit.tile WHERE level = $1 AND number >= $2 AND number < $3

-- name: stored_tiles
SELECT coalesce(max(number) + 1, 0) FROM audit.tile WHERE level = $1

-- name: add_tiles
INSERT INTO audit.tile (level, number, root)
SELECT $1, $2::bigint + t.place - 1, t.root FROM unnest($3::bytea[]) WITH ORDINALITY AS t (root, place)

-- name: every_tile
SELECT level, number, root FROM audit.tile ORDER BY level, number

-- name: seal_over
SELECT s.writer, s.first_seq, s.last_seq, s.first_at, s.last_at, s.head, s.root, s.signature, l.leaf
FROM audit.seal s LEFT JOIN audit.leaf l USING (writer, last_seq)
WHERE s.writer = $1 AND s.last_seq >= $2 AND s.first_seq <= $2
ORDER BY s.last_seq LIMIT 1

-- name: hashes
SELECT seq, hash FROM audit.record WHERE writer = $1 AND seq >= $2 AND seq <= $3
UNION ALL
SELECT p.first_seq + n, substr(p.hashes, 32 * n + 1, 32)
FROM audit.purged p CROSS JOIN LATERAL generate_series(
    greatest($2 - p.first_seq, 0)::integer, (least($3, p.last_seq) - p.first_seq)::integer) n
WHERE p.writer = $1 AND p.last_seq >= $2 AND p.first_seq <= $3
ORDER BY seq

-- name: openings_and_key_changes
WITH changes AS (SELECT writer, seq FROM audit.record WHERE kind = 'event' AND action = 'audit_key_changed'),
     places AS (
         SELECT w AS writer, 1::bigint AS seq FROM unnest($1::text[]) w
         UNION SELECT writer, 1 FROM changes
         UNION SELECT writer, seq FROM changes)
SELECT r.writer, r.seq, r.prev, audit.content(r.body, r.packed) AS content FROM places JOIN audit.record r USING (writer, seq)
ORDER BY r.seq > 1, r.recorded_at, r.writer, r.seq

-- name: stretch
WITH sealed AS (
    SELECT min(l.leaf) AS first, max(l.noted) AS size
    FROM audit.leaf l JOIN audit.seal s USING (writer, last_seq)
    WHERE ($1::timestamptz IS NULL OR s.last_at >= $1) AND ($2::timestamptz IS NULL OR s.first_at < $2)
)
SELECT b.size AS start, b.peaks, e.size AS end,
       (SELECT coalesce(sum(s.last_seq - s.first_seq + 1), 0)::bigint FROM audit.leaf l JOIN audit.seal s USING (writer, last_seq)
        WHERE l.leaf >= coalesce(b.size, 0) AND l.leaf < e.size) AS records
FROM sealed
LEFT JOIN audit.note e ON e.size = sealed.size
LEFT JOIN LATERAL (
    SELECT n.size, n.peaks FROM audit.note n WHERE n.size <= sealed.first ORDER BY n.size DESC LIMIT 1) b ON true

-- name: records_of_seals
SELECT r.writer, r.seq, r.kind, r.action, r.target, r.prev, r.hash, audit.content(r.body, r.packed) AS content, NULL::uuid AS purge
FROM audit.leaf l JOIN audit.seal s USING (writer, last_seq)
JOIN audit.record r ON r.writer = s.writer AND r.seq >= s.first_seq AND r.seq <= s.last_seq
WHERE l.leaf >= $1 AND l.leaf < $2
UNION ALL
SELECT p.writer, p.first_seq + n, '', '', '', NULL, substr(p.hashes, 32 * n + 1, 32), NULL, p.purge
FROM audit.leaf l JOIN audit.seal s USING (writer, last_seq)
JOIN audit.purged p ON p.writer = s.writer AND p.last_seq >= s.first_seq AND p.first_seq <= s.last_seq AND p.first_seq >= coalesce((
    SELECT b.first_seq FROM audit.purged b WHERE b.writer = s.writer AND b.first_seq <= s.first_seq ORDER BY b.first_seq DESC LIMIT 1), 0)
CROSS JOIN LATERAL generate_series(
    greatest(s.first_seq - p.first_seq, 0)::integer, (least(s.last_seq, p.last_seq) - p.first_seq)::integer) n
WHERE l.leaf >= $1 AND l.leaf < $2
ORDER BY writer, seq

-- name: certificates_of_purges
SELECT r.writer, r.seq, r.prev, audit.content(r.body, r.packed) AS content FROM audit.record r
WHERE r.kind = 'event' AND r.action = 'day_purged' AND r.target = ANY ($1::text[])
ORDER BY r.recorded_at, r.writer, r.seq

-- name: purge_certificates
SELECT r.writer, r.seq, r.recorded_at, r.target, r.body #> '{facts}' AS facts FROM audit.record r
WHERE r.kind = 'event' AND r.action = 'day_purged' ORDER BY r.recorded_at, r.writer, r.seq

-- name: hold_events
SELECT r.recorded_at, r.action, r.tenant, r.body #> '{facts}' AS facts FROM audit.record r
WHERE r.kind = 'event' AND r.action IN ('hold_requested', 'hold_placed', 'hold_released')
ORDER BY r.recorded_at, r.writer, r.seq

-- name: purges
SELECT p.purge, min(p.day)::text AS first_day, max(p.day)::text AS last_day, sum(p.last_seq - p.first_seq + 1)::bigint AS records,
       min(p.writer) AS writer, max(t.first_at) AS first_at
FROM audit.purged p
CROSS JOIN LATERAL (
    SELECT max(greatest(s.first_at, s.stored_at)) AS first_at FROM audit.seal s
    WHERE s.writer = p.writer AND s.last_seq >= p.first_seq AND s.first_seq <= p.last_seq AND s.last_seq <= coalesce((
        SELECT e.last_seq FROM audit.seal e WHERE e.writer = p.writer AND e.last_seq >= p.last_seq ORDER BY e.last_seq LIMIT 1),
        p.last_seq)) t
GROUP BY p.purge ORDER BY p.purge

-- name: purged_hashes
SELECT p.purge, p.hashes FROM audit.purged p WHERE p.purge = ANY ($1::uuid[])
ORDER BY p.purge, p.writer COLLATE "C", p.first_seq

-- name: writers_of_seals
SELECT DISTINCT writer FROM audit.leaf WHERE leaf >= $1 AND leaf < $2

-- name: notes_between
SELECT size, peaks, note FROM audit.note WHERE size >= $1 AND size <= $2 ORDER BY size

-- name: unlisted_seals
SELECT s.writer, s.first_seq, s.last_seq, s.first_at, s.last_at, s.head, s.root, s.signature
FROM audit.seal s
WHERE ($1 OR s.stored_at >= now() - interval '1 hour')
  AND NOT EXISTS (SELECT FROM audit.leaf l WHERE l.writer = s.writer AND l.last_seq = s.last_seq)
ORDER BY s.stored_at, s.writer, s.last_seq
LIMIT 5000

-- name: listed_seals
SELECT l.leaf, l.noted, s.writer, s.first_seq, s.last_seq, s.first_at, s.last_at, s.head, s.root, s.signature
FROM audit.leaf l LEFT JOIN audit.seal s USING (writer, last_seq)
WHERE l.leaf >= $1 AND l.leaf < $2
ORDER BY l.leaf

-- name: add_leaves
INSERT INTO audit.leaf (leaf, writer, last_seq, noted)
SELECT $1::bigint + l.number - 1, l.writer, l.last_seq, $4
FROM unnest($2::text[], $3::bigint[]) WITH ORDINALITY AS l (writer, last_seq, number)

-- name: add_note
INSERT INTO audit.note (size, peaks, note) VALUES ($1, $2, $3)

-- name: has_word
SELECT EXISTS (SELECT FROM audit.witness WHERE size = $1 AND anchor = $2)

-- name: add_word
INSERT INTO audit.witness (size, anchor, word) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- name: words
SELECT w.size, n.note, w.anchor, w.word FROM audit.witness w JOIN audit.note n USING (size)
WHERE $1::bigint IS NULL OR w.size = $1
ORDER BY w.size, w.anchor


-- name: witnessed_until
SELECT max(s.last_at) FROM audit.leaf l JOIN audit.seal s USING (writer, last_seq) WHERE l.leaf < $1

-- name: tail
SELECT coalesce(sum(s.last_seq - s.first_seq + 1), 0)::bigint AS records, min(s.first_at) AS since
FROM audit.seal s LEFT JOIN audit.leaf l USING (writer, last_seq)
WHERE l.leaf IS NULL OR l.leaf >= $1

-- name: seals_without_records
SELECT s.writer, s.first_seq, s.last_seq FROM audit.seal s LEFT JOIN audit.leaf l USING (writer, last_seq)
WHERE ($1 = 0 OR l.leaf >= $1)
  AND NOT EXISTS (SELECT FROM audit.record r WHERE r.writer = s.writer AND r.seq = s.last_seq)
  AND (s.last_seq <= (SELECT p.last_seq FROM audit.purged p WHERE p.writer = s.writer AND p.first_seq <= s.last_seq
                      ORDER BY p.first_seq DESC LIMIT 1)) IS NOT TRUE
ORDER BY s.writer, s.last_seq

-- name: listed_size
SELECT coalesce(max(leaf) + 1, 0) FROM audit.leaf

-- name: sealed_until
SELECT max(s.last_at) FROM audit.leaf l JOIN audit.seal s USING (writer, last_seq) WHERE l.leaf >= $1 - 256 AND l.leaf < $1

-- name: opening_records
SELECT writer, audit.content(body, packed) AS content FROM audit.record
WHERE writer = ANY($1::text[]) AND seq = 1 AND kind = 'event' AND action = 'writer_started'

-- name: stated_before
SELECT r.writer, r.tenant, r.recorded_at, r.target
FROM unnest($1::text[], $2::bigint[]) w (writer, seq)
JOIN audit.record r ON r.writer = w.writer AND r.seq <= w.seq
WHERE r.kind = 'event' AND r.action = 'answer_stated' AND r.recorded_at >= $3::timestamptz - interval '2 days'
  AND r.day >= ($3 AT TIME ZONE 'UTC')::date - 2

-- name: chains_since
WITH RECURSIVE recorded AS (
    (SELECT r.writer FROM audit.record r ORDER BY r.writer LIMIT 1)
    UNION ALL
    SELECT (SELECT r.writer FROM audit.record r WHERE r.writer > p.writer ORDER BY r.writer LIMIT 1)
    FROM recorded p WHERE p.writer IS NOT NULL
), later AS (
    SELECT l.writer, min(s.first_seq) - 1 AS seq FROM audit.leaf l JOIN audit.seal s USING (writer, last_seq)
    WHERE l.leaf >= $1 GROUP BY l.writer
), covered AS (
    SELECT r.writer, least(n.seq, o.seq) AS seq
    FROM recorded r LEFT JOIN later n USING (writer)
    LEFT JOIN LATERAL (
        SELECT coalesce(max(k.last_seq), 0) AS seq FROM (
            SELECT l.last_seq FROM audit.leaf l WHERE l.writer = r.writer AND l.leaf < $1 ORDER BY l.last_seq DESC LIMIT 1) k) o ON true
    WHERE r.writer IS NOT NULL
)
SELECT c.writer, c.seq, s.head,
       EXISTS (SELECT FROM audit.record r WHERE r.writer = c.writer AND r.seq > CASE WHEN s.head IS NULL THEN 0 ELSE c.seq END)
       OR EXISTS (SELECT FROM audit.purged p WHERE p.writer = c.writer AND p.last_seq > CASE WHEN s.head IS NULL THEN 0 ELSE c.seq END)
           AS beyond
FROM covered c LEFT JOIN audit.seal s ON s.writer = c.writer AND s.last_seq = c.seq

-- name: verify_rows
SELECT r.seq, r.recorded_at, r.day, r.purged, r.prev, r.hash, r.shared, r.exchange, r.content, r.body,
       s.first_seq, s.last_seq, s.first_at, s.last_at, s.head, s.root, s.signature, NULL::bigint
FROM (
    SELECT r.writer, r.seq, r.recorded_at, r.day, false AS purged, r.prev, r.hash,
           ROW(r.writer, r.kind, r.attempt, r.tenant, r.activity, r.action, r.target) AS shared, r.exchange,
           audit.content(r.body, r.packed) AS content, r.body
    FROM audit.record r
    UNION ALL
    SELECT p.writer, p.first_seq + n, NULL, p.day, true, NULL, substr(p.hashes, 32 * n + 1, 32),
           ROW(p.writer, 'purged'::text, 0, ''::text, ''::text, ''::text, ''::text), '', NULL, NULL
    FROM audit.purged p CROSS JOIN LATERAL generate_series(0, (p.last_seq - p.first_seq)::integer) n
) r
LEFT JOIN audit.seal s ON s.writer = r.writer AND s.last_seq = r.seq
ORDER BY r.writer, r.seq

-- name: chains_between
WITH RECURSIVE sealed AS (
    (SELECT s.writer FROM audit.seal s WHERE $2 >= 4611686018427387904 ORDER BY s.writer LIMIT 1)
    UNION ALL
    SELECT (SELECT s.writer FROM audit.seal s WHERE s.writer > p.writer ORDER BY s.writer LIMIT 1) FROM sealed p WHERE p.writer IS NOT NULL
), recorded AS (  -- of late, by whole months, which are partitions: chains of which no seal is left
    (SELECT r.writer FROM audit.record r
     WHERE $2 >= 4611686018427387904
       AND ($3::date IS NULL OR r.day >= date_trunc('month', $3::timestamp)::date OR r.day = '-infinity') ORDER BY r.writer LIMIT 1)
    UNION ALL
    SELECT (SELECT r.writer FROM audit.record r
            WHERE r.writer > p.writer
              AND ($3::date IS NULL OR r.day >= date_trunc('month', $3::timestamp)::date OR r.day = '-infinity') ORDER BY r.writer LIMIT 1)
    FROM recorded p WHERE p.writer IS NOT NULL
), open AS (
    SELECT c.writer, coalesce((SELECT max(l.last_seq) FROM audit.leaf l WHERE l.writer = c.writer), 0) AS listed,
           coalesce((SELECT max(s.last_seq) FROM audit.seal s WHERE s.writer = c.writer), 0) AS last
    FROM (SELECT writer FROM sealed UNION SELECT writer FROM recorded) c WHERE c.writer IS NOT NULL
), within AS (
    SELECT l.writer, min(s.first_seq) - 1 AS seq, max(l.last_seq) AS last
    FROM audit.leaf l JOIN audit.seal s USING (writer, last_seq) WHERE l.leaf >= $1 AND l.leaf < $2 GROUP BY l.writer
), chains AS (
    SELECT writer, coalesce(w.seq, o.listed) AS seq, coalesce(o.listed, w.last) AS listed, coalesce(o.last, w.last) AS last
    FROM within w FULL JOIN open o USING (writer)
    WHERE w.writer IS NOT NULL OR o.last > o.listed OR (  -- in the order of a chain, so that no index of days is read
        SELECT r.seq FROM audit.record r
        WHERE r.writer = o.writer AND r.seq > o.last AND ($3::date IS NULL OR r.day >= $3 OR r.day = '-infinity')
        ORDER BY r.seq LIMIT 1) IS NOT NULL
)
SELECT c.writer, c.seq, c.listed, c.last, s.head, true AS beyond
FROM chains c LEFT JOIN audit.seal s ON s.writer = c.writer AND s.last_seq = c.seq

-- name: first_leaf_of
SELECT min(l.leaf) FROM audit.record r
JOIN audit.seal s ON s.writer = r.writer AND s.first_seq <= r.seq AND s.last_seq >= r.seq
JOIN audit.leaf l ON l.writer = s.writer AND l.last_seq = s.last_seq
WHERE r.day = audit.day_of($1) AND r.exchange = $1

-- name: purges_of
SELECT DISTINCT p.purge FROM unnest($1::text[], $2::bigint[], $3::bigint[]) w (writer, first, last)
JOIN audit.purged p ON p.writer = w.writer AND p.last_seq >= w.first AND p.first_seq <= w.last

-- name: verify_rows_since
SELECT r.seq, r.recorded_at, r.day, r.purged, r.prev, r.hash, r.shared, r.exchange, r.content, r.body,
       s.first_seq, s.last_seq, s.first_at, s.last_at, s.head, s.root, s.signature, l.leaf
FROM (
    SELECT r.writer, r.seq, r.recorded_at, r.day, false AS purged, r.prev, r.hash,
           ROW(r.writer, r.kind, r.attempt, r.tenant, r.activity, r.action, r.target) AS shared, r.exchange,
           audit.content(r.body, r.packed) AS content, r.body
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) w (writer, seq, last)
    JOIN audit.record r ON r.writer = w.writer AND r.seq > w.seq AND r.seq <= w.last
    UNION ALL
    SELECT p.writer, p.first_seq + n, NULL, p.day, true, NULL, substr(p.hashes, 32 * n + 1, 32),
           ROW(p.writer, 'purged'::text, 0, ''::text, ''::text, ''::text, ''::text), '', NULL, NULL
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) w (writer, seq, last)
    JOIN audit.purged p ON p.writer = w.writer AND p.last_seq > w.seq AND p.first_seq <= w.last
    CROSS JOIN LATERAL generate_series(greatest(w.seq + 1 - p.first_seq, 0)::integer, (least(p.last_seq, w.last) - p.first_seq)::integer) n
) r
LEFT JOIN audit.seal s ON s.writer = r.writer AND s.last_seq = r.seq
LEFT JOIN audit.leaf l ON l.writer = s.writer AND l.last_seq = s.last_seq
ORDER BY r.writer, r.seq

-- name: verify_rows_seen
SELECT h.seq, r.recorded_at, coalesce(r.day, '-infinity'), r.seq IS NULL AS purged, r.prev, h.hash,
       ROW(h.writer, coalesce(r.kind, 'purged'), coalesce(r.attempt, 0), coalesce(r.tenant, ''), coalesce(r.activity, ''),
           coalesce(r.action, ''), coalesce(r.target, '')) AS shared, coalesce(r.exchange, ''), audit.content(r.body, r.packed), r.body,
       s.first_seq, s.last_seq, s.first_at, s.last_at, s.head, s.root, s.signature, l.leaf
FROM audit.hashes_after($1::text[], $2::bigint[]) h
LEFT JOIN audit.record r ON r.writer = h.writer AND r.seq = h.seq
LEFT JOIN audit.seal s ON s.writer = h.writer AND s.last_seq = h.seq
LEFT JOIN audit.leaf l ON l.writer = s.writer AND l.last_seq = s.last_seq
ORDER BY h.writer, h.seq

-- name: parts
SELECT first_leaf, end_leaf, start, root, rows, records, hidden, left_out, first_at, last_at, digests, signature FROM audit.part ORDER BY first_leaf

-- name: records_behind
WITH RECURSIVE sealed AS (
    (SELECT s.writer FROM audit.seal s ORDER BY s.writer LIMIT 1)
    UNION ALL
    SELECT (SELECT s.writer FROM audit.seal s WHERE s.writer > p.writer ORDER BY s.writer LIMIT 1) FROM sealed p WHERE p.writer IS NOT NULL
)
SELECT ((SELECT coalesce(sum(s.last_seq - s.first_seq + 1), 0) FROM audit.leaf l JOIN audit.seal s USING (writer, last_seq) WHERE l.leaf >= $1)
     + (SELECT coalesce(sum(greatest((SELECT max(s.last_seq) FROM audit.seal s WHERE s.writer = c.writer)
                                     - coalesce((SELECT max(l.last_seq) FROM audit.leaf l WHERE l.writer = c.writer), 0), 0)), 0)
        FROM sealed c WHERE c.writer IS NOT NULL))::bigint

-- name: part_contents
SELECT exchange, event, state FROM audit.part WHERE first_leaf = $1

-- name: part_end
SELECT coalesce(max(t.noted) FILTER (WHERE t.records <= $3), min(t.noted)) FROM (
    SELECT g.noted, sum(g.records) OVER (ORDER BY g.noted) AS records FROM (
        SELECT l.noted, sum(s.last_seq - s.first_seq + 1) AS records FROM audit.leaf l JOIN audit.seal s USING (writer, last_seq)
        WHERE l.leaf >= $1 AND l.leaf < $2 AND l.leaf < $1 + 20000 GROUP BY l.noted) g) t

-- name: noted_sizes
SELECT size FROM audit.note WHERE size = ANY ($1::bigint[])

-- name: first_note_over
SELECT l.noted, n.size, n.note FROM audit.leaf l
LEFT JOIN LATERAL (SELECT o.size, o.note FROM audit.note o WHERE o.size > l.leaf ORDER BY o.size LIMIT 1) n ON true
WHERE l.leaf = $1

-- name: parts_late
SELECT coalesce(max(made_at) < now() - make_interval(secs => $1), false) FROM audit.part

-- name: take_parts_lock
SELECT pg_try_advisory_xact_lock(hashtextextended('audit parts', 0))

-- name: drop_parts
DELETE FROM audit.part WHERE first_leaf < $2 AND end_leaf > $1

-- name: add_part
INSERT INTO audit.part (first_leaf, end_leaf, start, root, rows, records, hidden, left_out, first_at, last_at, digests, signature, exchange,
                        event, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)

-- name: verify_exchanges
SELECT r.exchange, min(r.writer) AS writer, min(r.seq) AS seq, min(r.day) AS first_day, max(r.day) AS last_day,
       count(*) FILTER (WHERE r.kind = 'decision') AS decisions,
       count(*) FILTER (WHERE r.kind = 'outcome') AS outcomes,
       count(*) FILTER (WHERE r.kind = 'attempt') AS attempts,
       min(r.writer) FILTER (WHERE r.kind = 'decision') AS decided_by,
       min(r.seq) FILTER (WHERE r.kind = 'decision') AS decided_at
FROM audit.record r
WHERE r.kind <> 'event' AND ($1::text[] IS NULL OR r.exchange = ANY($1) AND r.day = ANY($2::date[]))
GROUP BY r.exchange
HAVING count(*) FILTER (WHERE r.kind = 'decision') <> 1 OR count(*) FILTER (WHERE r.kind = 'outcome') <> 1
    OR count(*) FILTER (WHERE r.kind = 'attempt') > 1 OR min(r.day) <> max(r.day)
ORDER BY 2, 3

-- name: verify_attempts
SELECT exchange, attempt, min(writer) AS writer, min(seq) AS seq FROM audit.record
WHERE kind = 'attempt' AND exchange = ANY($1::text[]) AND day = ANY($2::date[])
GROUP BY exchange, attempt HAVING count(*) > 1
ORDER BY 3, 4

-- name: open_since
SELECT d.writer, min(d.seq) AS seq, count(*) AS exchanges
FROM audit.record d
WHERE d.kind = 'decision' AND ($1::timestamptz IS NULL OR d.day >= ($1 AT TIME ZONE 'UTC')::date - 1 OR d.day = '-infinity')
  AND NOT EXISTS (SELECT FROM audit.record o WHERE o.kind = 'outcome' AND o.exchange = d.exchange AND o.day = d.day)
GROUP BY d.writer

-- name: verify_writers
SELECT w AS writer, audit.writer_alive(w) AS alive,
       EXISTS (SELECT FROM audit.record c WHERE c.kind = 'event'
               AND (c.action = 'writer_closed' AND c.writer = w
                    OR c.action = 'writer_recovered' AND c.target = w)) AS finished
FROM unnest($1::text[]) w ORDER BY w

-- name: show
SELECT r.writer, r.seq, r.prev, r.hash, audit.content(r.body, r.packed) AS content,
       (SELECT l.leaf FROM audit.seal s JOIN audit.leaf l USING (writer, last_seq)
        WHERE s.writer = r.writer AND s.last_seq >= r.seq AND s.first_seq <= r.seq ORDER BY s.last_seq LIMIT 1) AS leaf
FROM (
    SELECT * FROM audit.record WHERE day = audit.day_of($1) AND exchange = $1 AND kind IN ('decision', 'outcome')
    UNION ALL
    SELECT * FROM audit.record WHERE day = audit.day_of($1) AND exchange = $1 AND kind = 'attempt'
    UNION ALL
    SELECT * FROM audit.record WHERE kind = 'event' AND action = 'late_outcome' AND target = $1
) r
ORDER BY array_position(ARRAY['decision', 'attempt', 'outcome', 'event'], kind), attempt, recorded_at

-- name: records_of_exchange
SELECT r.writer, r.seq, r.prev, audit.content(r.body, r.packed) AS content
FROM (
    SELECT * FROM audit.record WHERE day = audit.day_of($1) AND exchange = $1 AND kind IN ('decision', 'outcome')
    UNION ALL
    SELECT * FROM audit.record WHERE day = audit.day_of($1) AND exchange = $1 AND kind = 'attempt'
    UNION ALL
    SELECT * FROM audit.record WHERE kind = 'event' AND action = 'late_outcome' AND target = $1
) r
ORDER BY array_position(ARRAY['decision', 'attempt', 'outcome', 'event'], kind), attempt, recorded_at

-- name: take_receipt_lock
SELECT pg_advisory_lock(hashtextextended('audit receipt ' || $1, 0))

-- name: receipt_of
SELECT writer, seq, prev, audit.content(body, packed) AS content FROM audit.record
WHERE kind = 'event' AND action = 'receipt_given' AND target = $1 AND day >= audit.day_of($1)
ORDER BY recorded_at LIMIT 1

-- name: answers_of
SELECT DISTINCT ON (target) target, audit.content(body, packed) AS content FROM audit.record
WHERE day = ANY ($1::date[]) AND kind = 'event' AND action = 'answer_stated' AND target = ANY ($2::text[])

-- name: answers_stated_before
SELECT DISTINCT a.writer, a.seq, a.prev, a.content
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::date[]) AS n (writer, seq, digest, day)
CROSS JOIN LATERAL (
    SELECT r.writer, r.seq, r.prev, audit.content(r.body, r.packed) AS content FROM audit.record r
    WHERE r.day = n.day AND r.kind = 'event' AND r.action = 'answer_stated' AND r.target = n.digest AND r.writer = n.writer
      AND r.seq < n.seq
    ORDER BY r.seq DESC LIMIT 1) a
ORDER BY a.writer, a.seq

-- name: events
SELECT recorded_at, action, tenant, target, (body #>> '{columns,status}')::integer AS status,
       ARRAY(SELECT json_array_elements_text(body #> '{columns,codes}')) AS codes, body #> '{facts}' AS facts, writer, seq
FROM audit.record
WHERE kind = 'event'
  AND ($1::timestamptz IS NULL OR recorded_at >= $1)
  AND ($2::timestamptz IS NULL OR recorded_at < $2)
  AND ($3::text IS NULL AND action <> 'answer_stated' OR action = $3)
UNION ALL
SELECT at, 'log_read', '', id::text, 0, '{}', (said || jsonb_build_object('login', login))::json, '', 0
FROM audit.reading r
WHERE ($1::timestamptz IS NULL OR at >= $1)
  AND ($2::timestamptz IS NULL OR at < $2)
  AND coalesce($3, 'log_read') = 'log_read'
  AND NOT EXISTS (SELECT FROM audit.record e
                  WHERE e.day = audit.day_of(r.id::text) AND e.kind = 'event' AND e.action = 'log_read' AND e.target = r.id::text)
ORDER BY recorded_at DESC, writer, seq DESC
LIMIT $4
