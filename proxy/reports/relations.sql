-- What questions are asked of, in DuckDB: views over what was derived from verified records. "derived" holds the rows as they
-- were derived, "evidence" what whoever asks may read of them. Times are moments in UTC, and a day is one of UTC.

CREATE SCHEMA evidence;

-- Whether whoever asks may read what is of a tenant
CREATE MACRO evidence.seen(tenant) AS getvariable('tenants') IS NULL OR list_contains(getvariable('tenants'), tenant);

-- Days on which what a tenant's records say of data subjects may no longer be linked to anybody
CREATE VIEW evidence.unlinked AS
SELECT tenant, (facts ->> 'day')::date AS day FROM derived.event WHERE event = 'links_expired';

CREATE VIEW evidence.exchange AS
SELECT e.* REPLACE (CASE WHEN u.day IS NULL THEN e.subjects
                         ELSE list_filter(e.subjects, lambda one: NOT starts_with(one, 'hmac-sha256:d-')) END AS subjects,
                    CASE WHEN u.day IS NULL THEN e.conversation ELSE '' END AS conversation)
FROM derived.exchange e LEFT JOIN (SELECT DISTINCT * FROM evidence.unlinked) u ON u.tenant = e.tenant AND u.day = e."at"::date
WHERE evidence.seen(e.tenant);

CREATE VIEW evidence.event AS
SELECT * FROM derived.event
WHERE evidence.seen(tenant)
   OR tenant = '' AND event IN ('checkpoints_refused', 'checkpoints_resumed', 'target_quarantined', 'target_cleared', 'links_expired');

-- Decisions whose exchange has not ended
CREATE VIEW evidence.opened AS
SELECT * FROM derived.opened WHERE evidence.seen(tenant);

-- The records of the exchange that is asked about
CREATE VIEW evidence.record AS
SELECT * FROM derived.record WHERE evidence.seen(tenant);

-- From when to when seals are under a signed note; no row where none is
CREATE VIEW evidence.sealed AS SELECT * FROM derived.sealed;

-- What no record holds: which purges left hashes, and whether archives that are asked too hold all that went; reads that are announced
CREATE VIEW evidence.purged AS SELECT * FROM derived.purged;
CREATE VIEW evidence.reading AS SELECT * FROM derived.reading;

-- Legal holds, as their events tell
CREATE VIEW evidence.hold AS
SELECT r.facts ->> 'ticket' AS matter, r.tenant, (r.facts ->> 'since')::timestamptz AS since, (r.facts ->> 'until')::timestamptz AS until,
       r."at" AS placed, min(s."at") FILTER (WHERE s.event = 'hold_placed') AS in_force,
       min(s."at") FILTER (WHERE s.event = 'hold_released') AS released
FROM derived.event r
LEFT JOIN derived.event s ON s.event IN ('hold_placed', 'hold_released') AND s.facts ->> 'hold' = r.facts ->> 'hold'
WHERE r.event = 'hold_requested'
GROUP BY ALL;

-- Where a data subject was looked up: references of the keys that there are, days of which there is the half of keys, and, of
-- both, what the outbox still has of their end
CREATE VIEW evidence.keeper AS
SELECT * FROM derived.keeper WHERE evidence.seen(tenant);

-- By tenant, how many data subjects records are about whose keys are missing, and were not destroyed by an erasure or in time:
-- nobody can tell whose records these are
CREATE VIEW evidence.keyless AS
SELECT r.tenant, count(DISTINCT r.reference) - any_value(coalesce(e.number, 0)) AS number
FROM (SELECT tenant, "at"::date AS day, unnest(subjects) AS reference FROM evidence.exchange) r
LEFT JOIN (SELECT tenant, sum(number) AS number
           FROM (SELECT tenant, (facts ->> 'keys')::bigint AS number FROM evidence.event WHERE event = 'subject_erased'
                 UNION ALL
                 SELECT k.tenant, k.erased FROM evidence.keeper k  -- the outbox still has what the log knows was asked for
                 WHERE EXISTS (SELECT 1 FROM evidence.event a WHERE a.event = 'subject_erasure_requested' AND a.tenant = k.tenant
                                                                AND a.facts ->> 'request' = k.request)
                   AND NOT EXISTS (SELECT 1 FROM evidence.event d WHERE d.event = 'subject_erased' AND d.facts ->> 'request' = k.request))
           GROUP BY tenant) e USING (tenant)
WHERE NOT EXISTS (SELECT 1 FROM evidence.keeper k WHERE k.tenant = r.tenant AND k.reference = r.reference)
  AND NOT (starts_with(r.reference, 'hmac-sha256:d-')
           AND EXISTS (SELECT 1 FROM evidence.keeper k WHERE k.tenant = r.tenant AND k.day BETWEEN r.day - 1 AND r.day + 1))
GROUP BY r.tenant
HAVING number > 0;

-- One row for each call to a target
CREATE VIEW evidence.attempt AS
SELECT * EXCLUDE (attempt_targets, attempt_recipients, attempt_operators, attempt_regions, attempt_accounted, attempt_endings,
                  attempt_hosts, attempt_kept, attempt_statuses, attempt_ms, attempt_refused, target, recipient, operator, region),
       target AS last_target, region AS last_region, len(attempt_targets) AS calls,
       unnest(attempt_targets) AS target, unnest(attempt_recipients) AS recipient, unnest(attempt_operators) AS operator,
       unnest(attempt_regions) AS region, unnest(attempt_accounted) AS accounted, unnest(attempt_endings) AS ending,
       unnest(attempt_hosts) AS host, unnest(attempt_kept) AS kept, unnest(attempt_statuses) AS call_status,
       unnest(attempt_ms) AS ms, unnest(attempt_refused) AS refused, unnest(range(1, len(attempt_targets) + 1)) AS number
FROM evidence.exchange;

-- What exchanges have in common, one row each: sum n
CREATE VIEW evidence.day AS
SELECT "at"::date AS day, tenant, activity, service, operation, action, requested, target, recipient, operator, region,
       reported_region, code, codes, categories, media, regimes, legal_basis, art9_condition, hipaa_basis, class_status, language,
       minor, ended, responsibility, us_category, 1::bigint AS n, (decision_id <> '')::bigint AS decided, restored, (len(obligations_unfulfilled) > 0)::bigint AS unfulfilled,
       (len(attempt_targets) > 1)::bigint AS failovers, "at" AS first_at, "at" AS last_at, exchange AS sample
FROM evidence.exchange;

-- Values found, and how many of them were in what was sent to a target
CREATE VIEW evidence.entity_day AS
SELECT "at"::date AS day, tenant, activity, unnest(entity_types) AS type, unnest(entity_targets) AS target,
       unnest(entity_operators) AS operator, detectors, unnest(entity_found) AS found, unnest(entity_sent) AS sent, 1::bigint AS n,
       "at" AS first_at, "at" AS last_at, least(floor(unnest(entity_confidences) * 5)::integer + 1, 5) AS bucket
FROM evidence.exchange;

-- Cross-border disclosures
CREATE VIEW evidence.transfer_day AS
SELECT "at"::date AS day, tenant, activity, unnest(transfer_targets) AS target, unnest(transfer_recipients) AS recipient,
       unnest(transfer_regimes) AS regime, unnest(transfer_mechanisms) AS mechanism, unnest(transfer_origins) AS origin,
       unnest(transfer_destinations) AS destination, unnest(transfer_instruments) AS instrument,
       unnest(transfer_evidence) AS evidence, categories, legal_basis, art9_condition, 1::bigint AS n, "at" AS first_at,
       "at" AS last_at
FROM evidence.exchange;

-- Who got what is about data subjects; nobody where the target is ''
CREATE VIEW evidence.reached AS
SELECT exchange, "at", subjects, tenant, activity, target, recipient, operator, region, accounted, transfer_targets, transfer_mechanisms,
       categories, legal_basis, art9_condition, hipaa_basis
FROM evidence.attempt WHERE ending <> 'unsent' AND len(subjects) > 0
UNION ALL
SELECT exchange, "at", subjects, tenant, activity, '', '', '', '', false, transfer_targets, transfer_mechanisms, categories, legal_basis,
       art9_condition, hipaa_basis
FROM evidence.exchange
WHERE len(subjects) > 0 AND len(list_filter(attempt_endings, lambda ending: ending <> 'unsent')) = 0;

-- A data subject and a target that got what is about them; the target is '' where nobody got anything
CREATE VIEW evidence.touch AS
SELECT a.exchange, a."at"::date AS day, unnest(a.subjects) AS subject, a.tenant, a.activity, a.target, a.recipient, a.operator, a.region,
       list_sort(list_distinct(list_transform(list_filter(list_zip(a.transfer_targets, a.transfer_mechanisms),
                                                          lambda pair: pair[1] = a.target), lambda pair: pair[2]))) AS mechanisms,
       a.categories, a.legal_basis, a.art9_condition, a.hipaa_basis, 1::bigint AS n, a.accounted::bigint AS disclosures,
       a."at" AS first_at, a."at" AS last_at, list_contains(a.transfer_targets, a.target) AS is_transfer
FROM evidence.reached a;
