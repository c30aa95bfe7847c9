-- name: take
SELECT pg_try_advisory_lock(hashtextextended('audit stream ' || session_user || ' ' || $1, 0))

-- name: is_begun
SELECT EXISTS (SELECT FROM audit.stream WHERE login = session_user AND name = $1)

-- name: positions
SELECT writer, seq FROM audit.stream_position WHERE login = session_user AND name = $1

-- name: begin
INSERT INTO audit.stream (name) VALUES ($1)

-- name: advance
INSERT INTO audit.stream_position AS p (name, writer, seq)
SELECT $1, n.writer, n.seq FROM unnest($2::text[], $3::bigint[]) AS n (writer, seq)
ON CONFLICT (login, name, writer) DO UPDATE SET seq = greatest(p.seq, excluded.seq)
