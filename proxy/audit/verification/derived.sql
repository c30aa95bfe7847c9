-- name: months
SELECT DISTINCT date_trunc('month', r.recorded_at AT TIME ZONE 'UTC')::date AS month FROM audit.record r WHERE r.kind = 'decision'

-- name: unlinked
SELECT k.tenant, k.day FROM identity.linking_key k WHERE k.destroyed_at IS NOT NULL

-- name: hold
SELECT FROM evidence.folded FOR UPDATE

-- name: outcomes
SELECT * FROM audit.record WHERE kind = 'outcome' ORDER BY writer, seq

-- name: opened
SELECT r.exchange, r.kind, r.attempt, r.recorded_at, r.tenant, r.activity, r.service, r.action, r.target, r.status, r.codes,
       r.revision, r.data_revision, audit.whole(r.body)::text AS body
FROM (
    SELECT * FROM audit.record
    WHERE day = ANY (ARRAY(SELECT audit.day_of(x) FROM unnest($1::text[]) x)) AND kind = 'decision' AND exchange = ANY ($1)
    UNION ALL
    SELECT * FROM audit.record
    WHERE day = ANY (ARRAY(SELECT audit.day_of(x) FROM unnest($1) x)) AND kind = 'attempt' AND exchange = ANY ($1)
) r

-- name: events
SELECT * FROM audit.record WHERE kind = 'event' AND action <> 'answer_stated' ORDER BY writer, seq

-- name: typed_exchanges
SELECT * FROM evidence.exchange WHERE exchange = ANY ($1::text[])

-- name: typed_events
SELECT e.* FROM evidence.event e JOIN unnest($1::text[], $2::bigint[]) AS p (writer, seq) USING (writer, seq)

-- name: unfounded_exchange
SELECT e.writer, e.seq FROM evidence.exchange e
WHERE NOT EXISTS (SELECT FROM audit.record r
                  WHERE r.writer = e.writer AND r.seq = e.seq AND r.kind = 'outcome' AND r.exchange = e.exchange)

-- name: unfounded_event
SELECT e.writer, e.seq FROM evidence.event e
WHERE NOT EXISTS (SELECT FROM audit.record r
                  WHERE r.writer = e.writer AND r.seq = e.seq AND r.kind = 'event' AND r.action <> 'answer_stated')

-- name: remove_exchange
DELETE FROM evidence.exchange e USING unnest($1::text[], $2::bigint[]) AS p (writer, seq)
WHERE e.writer = p.writer AND e.seq = p.seq

-- name: remove_event
DELETE FROM evidence.event e USING unnest($1::text[], $2::bigint[]) AS p (writer, seq)
WHERE e.writer = p.writer AND e.seq = p.seq

-- name: folded_day
WITH folded AS (
    SELECT day, sum(n) AS n, sum(restored) AS a, sum(unfulfilled) AS b, sum(failovers) AS c FROM evidence.day_folded GROUP BY day
), each AS (
    SELECT day, sum(n) AS n, sum(restored) AS a, sum(unfulfilled) AS b, sum(failovers) AS c
    FROM evidence.each_day WHERE stored_at < evidence.folded_through() GROUP BY day
)
SELECT day FROM folded FULL JOIN each USING (day)
WHERE (folded.n, folded.a, folded.b, folded.c) IS DISTINCT FROM (each.n, each.a, each.b, each.c) ORDER BY day

-- name: folded_entity_day
WITH folded AS (
    SELECT day, sum(n) AS n, sum(found) AS a, sum(sent) AS b FROM evidence.entity_day_folded GROUP BY day
), each AS (
    SELECT day, sum(n) AS n, sum(found) AS a, sum(sent) AS b
    FROM evidence.each_entity WHERE stored_at < evidence.folded_through() GROUP BY day
)
SELECT day FROM folded FULL JOIN each USING (day)
WHERE (folded.n, folded.a, folded.b) IS DISTINCT FROM (each.n, each.a, each.b) ORDER BY day

-- name: folded_transfer_day
WITH folded AS (
    SELECT day, sum(n) AS n FROM evidence.transfer_day_folded GROUP BY day
), each AS (
    SELECT day, sum(n) AS n FROM evidence.each_transfer WHERE stored_at < evidence.folded_through() GROUP BY day
)
SELECT day FROM folded FULL JOIN each USING (day) WHERE folded.n IS DISTINCT FROM each.n ORDER BY day

-- name: folded_touch
WITH folded AS (
    SELECT day, sum(n) AS n, sum(disclosures) AS a FROM evidence.touch_folded GROUP BY day
), each AS (
    SELECT day, sum(n) AS n, sum(disclosures) AS a
    FROM evidence.each_touch WHERE stored_at < evidence.folded_through() GROUP BY day
)
SELECT day FROM folded FULL JOIN each USING (day)
WHERE (folded.n, folded.a) IS DISTINCT FROM (each.n, each.a) ORDER BY day

-- name: unfold
WITH a AS (DELETE FROM evidence.day_folded), b AS (DELETE FROM evidence.entity_day_folded),
     c AS (DELETE FROM evidence.transfer_day_folded), d AS (DELETE FROM evidence.touch_folded)
UPDATE evidence.folded SET through = '-infinity'

-- name: complete
UPDATE evidence.folded SET complete = true WHERE NOT complete
