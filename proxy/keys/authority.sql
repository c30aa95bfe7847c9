-- name: api_key
SELECT k.id, k.hash, k.tenant, k.service, k.activities, k.default_activity, k.ingress_region, k.default_subject_region, k.roles,
       k.declarable_regions, k.may_declare_adult, k.created, k.expires, k.revoked, p.mac, p.generation, k.last_used
FROM identity.api_key k LEFT JOIN master_key.proof p ON p.kind = 'api_key' AND p.id = k.id

-- name: grant
SELECT g.id, g.tenant, g.activity, g.service, g.ticket, g.reason, g.lasts, g.requested_by, g.requested, g.approver, g.mfa,
       g.approved, g.expires, g.revoked_by, g.revoked, p.mac, p.generation, g.reviewed, g.finding, g.uses
FROM identity.break_glass_grant g LEFT JOIN master_key.proof p ON p.kind = 'grant' AND p.id = g.id

-- name: restriction
SELECT r.id, r.tenant, r.lookup, r.kind, r.since, r.until, r.ticket, r.added_by, r.added, p.mac, p.generation, r.lifted, r.lifted_by
FROM identity.restriction r LEFT JOIN master_key.proof p ON p.kind = 'restriction' AND p.id = r.id

-- name: lift
SELECT r.id, r.tenant, r.lookup, r.lifted, r.lifted_by, p.mac, p.generation
FROM identity.restriction r LEFT JOIN master_key.proof p ON p.kind = 'lift' AND p.id = r.id
WHERE r.lifted IS NOT NULL

-- name: outbox
SELECT o.id, o.tenant, o.facts ->> 'request' AS request FROM audit.outbox o WHERE o.action = 'subject_erased'

-- name: request
SELECT r.id, r.act, r.tenant, r.about, r.ticket, r.requested_by, r.requested, p.mac, p.generation
FROM identity.two_person_request r LEFT JOIN master_key.proof p ON p.kind = 'request' AND p.id = r.id

-- name: approval
SELECT a.id, a.approver, a.approved, r.act, r.about, r.ticket, r.requested_by, r.requested, p.mac, p.generation
FROM identity.two_person_approval a JOIN identity.two_person_request r USING (id)
LEFT JOIN master_key.proof p ON p.kind = 'approval' AND p.id = a.id
WHERE r.act = 'purge_days'

-- name: hold
SELECT h.id, h.matter, h.tenant, h.activity, h.subject, h.since, h.until, h.request, h.placed_by, h.placed, h.placed_second,
       h.in_force, h.released_by, h.released_second, h.released, p.mac, p.generation
FROM identity.hold_state h LEFT JOIN master_key.proof p ON p.kind = 'hold' AND p.id = h.id

-- name: revision
SELECT r.revision AS id, r.parent, r.made_at, r.made_by, r.comment, r.evidence, p.mac, p.generation, r.document
FROM registry.revision r LEFT JOIN master_key.proof p ON p.kind = 'revision' AND p.id = r.revision

-- name: activation
SELECT a.seq::text AS id, a.revision, a.activated_at, a.activated_by, p.mac, p.generation, a.seq
FROM registry.activation a LEFT JOIN master_key.proof p ON p.kind = 'activation' AND p.id = a.seq::text

-- name: quarantine
SELECT q.id::text AS id, q.target, q.reported, q.since, p.mac, p.generation, q.cleared_at, q.cleared_by
FROM registry.quarantine q LEFT JOIN master_key.proof p ON p.kind = 'quarantine' AND p.id = q.id::text

-- name: clearance
SELECT q.id::text AS id, q.target, q.since, q.cleared_at, q.cleared_by, p.mac, p.generation
FROM registry.quarantine q LEFT JOIN master_key.proof p ON p.kind = 'clearance' AND p.id = q.id::text
WHERE q.cleared_at IS NOT NULL

-- name: export
SELECT j.id, j.asked_by, j.person, j.tenant, j.tenants, j.purpose, j.kind, j.name, j.parameters, j.format, j.of_subject,
       j.language, j.schedule, a.approver, p.mac, p.generation
FROM export.job j LEFT JOIN export.approval a ON a.job = j.id
LEFT JOIN master_key.proof p ON p.kind = 'export' AND p.id = j.id
WHERE j.ended IS NULL

-- name: schedule
SELECT s.id, s.asked_by, s.person, s.tenant, s.tenants, s.purpose, s.kind, s.name, s.parameters, s.format, s.language,
       s.every, s.ends, s.stopped, p.mac, p.generation, s.made, s.due
FROM export.schedule s LEFT JOIN master_key.proof p ON p.kind = 'schedule' AND p.id = s.id

-- name: prove
INSERT INTO master_key.proof (kind, id, mac, key_id, generation) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (kind, id) DO UPDATE SET mac = EXCLUDED.mac, key_id = EXCLUDED.key_id, generation = EXCLUDED.generation

-- name: events
SELECT r.action, r.target, r.recorded_at, r.body #> '{facts}' AS facts FROM audit.record r
WHERE r.kind = 'event' AND (r.day >= $2::date OR r.day = '-infinity') AND r.action = ANY ($1::text[])
ORDER BY r.recorded_at, r.writer, r.seq
