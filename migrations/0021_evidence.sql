-- Keep the facts of every exchange and event in typed columns too, from which questions are answered.
CREATE SCHEMA evidence AUTHORIZATION proxy_owner;
SET ROLE proxy_owner;

COMMENT ON SCHEMA evidence IS 'Derived from audit.record by (writer, seq); never evidence by itself; "evidence rebuild" makes it again';

CREATE TABLE evidence.exchange (
    stored_at             timestamptz NOT NULL DEFAULT now(),
    writer                text        NOT NULL,
    seq                   bigint      NOT NULL,
    at                    timestamptz NOT NULL,
    ended_at              timestamptz NOT NULL,
    exchange              text        NOT NULL,
    mirror_of             text        NOT NULL DEFAULT '',
    tenant                text        NOT NULL DEFAULT '',
    activity              text        NOT NULL DEFAULT '',
    service               text        NOT NULL DEFAULT '',
    key_id                text        NOT NULL DEFAULT '',
    actor_type            text        NOT NULL DEFAULT '',
    actor_country         text        NOT NULL DEFAULT '',
    ingress_region        text        NOT NULL DEFAULT '',
    conversation          text        NOT NULL DEFAULT '',
    subjects              text[]      NOT NULL DEFAULT '{}',
    subject_regions       text[]      NOT NULL DEFAULT '{}',
    minor                 text        NOT NULL DEFAULT '',
    restricted            boolean     NOT NULL DEFAULT false,
    consent               text        NOT NULL DEFAULT '',
    consent_ref           text        NOT NULL DEFAULT '',
    us_category           text        NOT NULL DEFAULT '',
    us_persons            bigint,
    dialect               text        NOT NULL DEFAULT '',
    path                  text        NOT NULL DEFAULT '',
    operation             text        NOT NULL DEFAULT '',
    model                 text        NOT NULL DEFAULT '',
    class_status          text        NOT NULL DEFAULT '',
    coverage              double precision,
    language              text        NOT NULL DEFAULT '',
    media                 text[]      NOT NULL DEFAULT '{}',
    detectors             text[]      NOT NULL DEFAULT '{}',
    categories            text[]      NOT NULL DEFAULT '{}',
    labels                text[]      NOT NULL DEFAULT '{}',
    entity_types          text[]      NOT NULL DEFAULT '{}',
    entity_targets        text[]      NOT NULL DEFAULT '{}',
    entity_operators      text[]      NOT NULL DEFAULT '{}',
    entity_confidences    float8[]    NOT NULL DEFAULT '{}',
    entity_found          bigint[]    NOT NULL DEFAULT '{}',
    entity_sent           bigint[]    NOT NULL DEFAULT '{}',
    decision_id           text        NOT NULL DEFAULT '',
    bundle                text        NOT NULL DEFAULT '',
    revision              text        NOT NULL DEFAULT '',
    data_revision         text        NOT NULL DEFAULT '',
    action                text        NOT NULL DEFAULT '',
    codes                 text[]      NOT NULL DEFAULT '{}',
    denial_codes          text[]      NOT NULL DEFAULT '{}',
    denial_rules          text[]      NOT NULL DEFAULT '{}',
    regimes               text[]      NOT NULL DEFAULT '{}',
    legal_basis           text        NOT NULL DEFAULT '',
    art9_condition        text        NOT NULL DEFAULT '',
    hipaa_basis           text        NOT NULL DEFAULT '',
    controller            text        NOT NULL DEFAULT '',
    grant_id              text        NOT NULL DEFAULT '',
    ticket                text        NOT NULL DEFAULT '',
    exceptions            text[]      NOT NULL DEFAULT '{}',
    waived                text[]      NOT NULL DEFAULT '{}',
    obligations_fulfilled   text[]    NOT NULL DEFAULT '{}',
    obligations_unfulfilled text[]    NOT NULL DEFAULT '{}',
    requested             text        NOT NULL DEFAULT '',
    selected              text        NOT NULL DEFAULT '',
    target                text        NOT NULL DEFAULT '',
    recipient             text        NOT NULL DEFAULT '',
    operator              text        NOT NULL DEFAULT '',
    region                text        NOT NULL DEFAULT '',
    reported_region       text        NOT NULL DEFAULT '',
    attempt_targets       text[]      NOT NULL DEFAULT '{}',
    attempt_recipients    text[]      NOT NULL DEFAULT '{}',
    attempt_operators     text[]      NOT NULL DEFAULT '{}',
    attempt_regions       text[]      NOT NULL DEFAULT '{}',
    attempt_accounted     boolean[]   NOT NULL DEFAULT '{}',
    attempt_endings       text[]      NOT NULL DEFAULT '{}',
    transfer_targets      text[]      NOT NULL DEFAULT '{}',
    transfer_recipients   text[]      NOT NULL DEFAULT '{}',
    transfer_regimes      text[]      NOT NULL DEFAULT '{}',
    transfer_mechanisms   text[]      NOT NULL DEFAULT '{}',
    transfer_origins      text[]      NOT NULL DEFAULT '{}',
    transfer_destinations text[]      NOT NULL DEFAULT '{}',
    transfer_instruments  text[]      NOT NULL DEFAULT '{}',
    transfer_evidence     text[]      NOT NULL DEFAULT '{}',
    notice                text        NOT NULL DEFAULT '',
    notice_version        text        NOT NULL DEFAULT '',
    pseudonyms            bigint      NOT NULL DEFAULT 0,
    restored              bigint      NOT NULL DEFAULT 0,
    status                integer     NOT NULL DEFAULT 0,
    ended                 text        NOT NULL DEFAULT '',
    code                  text        NOT NULL DEFAULT '',
    response_action       text        NOT NULL DEFAULT '',
    bytes_out             bigint      NOT NULL DEFAULT 0,
    bytes_in              bigint      NOT NULL DEFAULT 0,
    duration_ms           bigint,
    retain_until          date
) PARTITION BY RANGE (at);

COMMENT ON TABLE evidence.exchange IS 'One row per exchange that has ended, by the (writer, seq) of its outcome; ADR 0035 and reference/evidence.md';

CREATE INDEX exchange_id ON evidence.exchange (exchange);
CREATE INDEX exchange_tenant ON evidence.exchange (tenant, at);
CREATE INDEX exchange_at ON evidence.exchange USING brin (at) WITH (autosummarize = on);
CREATE INDEX exchange_stored ON evidence.exchange (stored_at);
CREATE INDEX exchange_unfulfilled ON evidence.exchange (at) WHERE obligations_unfulfilled <> '{}';
CREATE INDEX exchange_elsewhere ON evidence.exchange (at) WHERE target <> '' AND target <> requested;
CREATE INDEX exchange_unread ON evidence.exchange (at) WHERE class_status <> 'complete';
CREATE INDEX exchange_minor ON evidence.exchange (at) WHERE minor = 'yes';
CREATE INDEX exchange_waived ON evidence.exchange (at) WHERE waived <> '{}';

CREATE TABLE evidence.exchange_rest PARTITION OF evidence.exchange DEFAULT;

CREATE TABLE evidence.event (
    writer        text        NOT NULL,
    seq           bigint      NOT NULL,
    at            timestamptz NOT NULL,
    event         text        NOT NULL,
    tenant        text        NOT NULL DEFAULT '',
    activity      text        NOT NULL DEFAULT '',
    service       text        NOT NULL DEFAULT '',
    target        text        NOT NULL DEFAULT '',
    status        integer     NOT NULL DEFAULT 0,
    codes         text[]      NOT NULL DEFAULT '{}',
    revision      text        NOT NULL DEFAULT '',
    data_revision text        NOT NULL DEFAULT '',
    actor         text        NOT NULL DEFAULT '',
    login         text        NOT NULL DEFAULT '',
    purpose       text        NOT NULL DEFAULT '',
    command       text        NOT NULL DEFAULT '',
    row_count     bigint,
    exchange      text        NOT NULL DEFAULT '',
    grant_id      text        NOT NULL DEFAULT '',
    ticket        text        NOT NULL DEFAULT '',
    approver      text        NOT NULL DEFAULT '',
    waived        text[]      NOT NULL DEFAULT '{}',
    finding       text        NOT NULL DEFAULT '',
    facts         jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (writer, seq)
);

COMMENT ON TABLE evidence.event IS 'One row per record of kind event';

CREATE INDEX event_name ON evidence.event (event, at);
CREATE INDEX event_at ON evidence.event (at);
CREATE INDEX event_exchange ON evidence.event (exchange) WHERE exchange <> '';
CREATE INDEX event_grant ON evidence.event (grant_id) WHERE grant_id <> '';

-- Rollups per UTC day. Hours that are over are folded into tables; what was stored since is read from the exchanges.
CREATE TABLE evidence.folded (
    single   boolean     PRIMARY KEY DEFAULT true CHECK (single),
    through  timestamptz NOT NULL DEFAULT '-infinity',
    complete boolean     NOT NULL
);

COMMENT ON TABLE evidence.folded IS
    'Exchanges stored before "through" are in the folded tables; complete: no record is older than its typed row';

INSERT INTO evidence.folded (complete) SELECT NOT EXISTS (SELECT FROM audit.record);

CREATE FUNCTION evidence.folded_through() RETURNS timestamptz
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.through FROM evidence.folded f
$$;

CREATE VIEW evidence.each_day AS
SELECT (e.at AT TIME ZONE 'UTC')::date AS day, e.tenant, e.activity, e.service, e.operation, e.action, e.requested, e.target,
       e.recipient, e.operator, e.region, e.reported_region, e.codes, e.categories, e.media, e.regimes, e.legal_basis,
       e.art9_condition, e.hipaa_basis, e.class_status, e.language, e.minor, e.ended, e.us_category,
       1::bigint AS n, e.restored, (e.obligations_unfulfilled <> '{}')::integer::bigint AS unfulfilled,
       (cardinality(e.attempt_targets) > 1)::integer::bigint AS failovers, e.at AS first_at, e.at AS last_at,
       e.exchange AS sample, e.stored_at
FROM evidence.exchange e;

CREATE VIEW evidence.each_entity AS
SELECT (e.at AT TIME ZONE 'UTC')::date AS day, e.tenant, e.activity, t.type, t.target, t.operator,
       least(width_bucket(t.confidence, 0, 1, 5), 5) AS bucket, e.detectors, t.found, t.sent, 1::bigint AS n,
       e.at AS first_at, e.at AS last_at, e.stored_at
FROM evidence.exchange e
CROSS JOIN LATERAL unnest(e.entity_types, e.entity_targets, e.entity_operators, e.entity_confidences, e.entity_found, e.entity_sent)
    AS t (type, target, operator, confidence, found, sent);

CREATE VIEW evidence.each_transfer AS
SELECT (e.at AT TIME ZONE 'UTC')::date AS day, e.tenant, e.activity, t.target, t.recipient, t.regime, t.mechanism, t.origin,
       t.destination, t.instrument, t.evidence, e.categories, e.legal_basis, e.art9_condition, 1::bigint AS n, e.at AS first_at,
       e.at AS last_at, e.stored_at
FROM evidence.exchange e
CROSS JOIN LATERAL unnest(e.transfer_targets, e.transfer_recipients, e.transfer_regimes, e.transfer_mechanisms, e.transfer_origins,
                          e.transfer_destinations, e.transfer_instruments, e.transfer_evidence)
    AS t (target, recipient, regime, mechanism, origin, destination, instrument, evidence);

CREATE VIEW evidence.each_touch AS
SELECT (e.at AT TIME ZONE 'UTC')::date AS day, s.subject, e.tenant, e.activity, a.target, a.recipient, a.operator, a.region,
       ARRAY(SELECT DISTINCT t.mechanism FROM unnest(e.transfer_targets, e.transfer_mechanisms) AS t (target, mechanism)
             WHERE t.target = a.target ORDER BY t.mechanism) AS mechanisms,
       e.categories, e.legal_basis, e.art9_condition, e.hipaa_basis, 1::bigint AS n,
       a.accounted::integer::bigint AS disclosures, e.at AS first_at, e.at AS last_at, e.stored_at
FROM evidence.exchange e
CROSS JOIN LATERAL unnest(e.subjects) AS s (subject)
CROSS JOIN LATERAL (
    SELECT sent.target, sent.recipient, sent.operator, sent.region, sent.accounted
    FROM unnest(e.attempt_targets, e.attempt_recipients, e.attempt_operators, e.attempt_regions, e.attempt_accounted,
                e.attempt_endings) AS sent (target, recipient, operator, region, accounted, ending)
    WHERE sent.ending <> 'unsent'
    UNION ALL
    SELECT '', '', '', '', false WHERE 'unsent' = ALL (e.attempt_endings)
) a;

CREATE TABLE evidence.day_folded AS
SELECT day, tenant, activity, service, operation, action, requested, target, recipient, operator, region, reported_region, codes,
       categories, media, regimes, legal_basis, art9_condition, hipaa_basis, class_status, language, minor, ended, us_category, n,
       restored, unfulfilled, failovers, first_at, last_at, sample
FROM evidence.each_day WITH NO DATA;
CREATE TABLE evidence.entity_day_folded AS
SELECT day, tenant, activity, type, target, operator, bucket, detectors, found, sent, n, first_at, last_at
FROM evidence.each_entity WITH NO DATA;
CREATE TABLE evidence.transfer_day_folded AS
SELECT day, tenant, activity, target, recipient, regime, mechanism, origin, destination, instrument, evidence, categories, legal_basis,
       art9_condition, n, first_at, last_at
FROM evidence.each_transfer WITH NO DATA;
CREATE TABLE evidence.touch_folded AS
SELECT day, subject, tenant, activity, target, recipient, operator, region, mechanisms, categories, legal_basis, art9_condition,
       hipaa_basis, n, disclosures, first_at, last_at
FROM evidence.each_touch WITH NO DATA;

CREATE INDEX day_folded_day ON evidence.day_folded (day);
CREATE INDEX entity_day_folded_day ON evidence.entity_day_folded (day);
CREATE INDEX transfer_day_folded_day ON evidence.transfer_day_folded (day);
CREATE INDEX touch_folded_subject ON evidence.touch_folded (subject, tenant, day);
CREATE INDEX touch_folded_day ON evidence.touch_folded (day, target);

CREATE VIEW evidence.day AS
SELECT * FROM evidence.day_folded
UNION ALL
SELECT day, tenant, activity, service, operation, action, requested, target, recipient, operator, region, reported_region, codes,
       categories, media, regimes, legal_basis, art9_condition, hipaa_basis, class_status, language, minor, ended, us_category, n,
       restored, unfulfilled, failovers, first_at, last_at, sample
FROM evidence.each_day WHERE stored_at >= evidence.folded_through();

CREATE VIEW evidence.entity_day AS
SELECT * FROM evidence.entity_day_folded
UNION ALL
SELECT day, tenant, activity, type, target, operator, bucket, detectors, found, sent, n, first_at, last_at
FROM evidence.each_entity WHERE stored_at >= evidence.folded_through();

CREATE VIEW evidence.transfer_day AS
SELECT * FROM evidence.transfer_day_folded
UNION ALL
SELECT day, tenant, activity, target, recipient, regime, mechanism, origin, destination, instrument, evidence, categories, legal_basis,
       art9_condition, n, first_at, last_at
FROM evidence.each_transfer WHERE stored_at >= evidence.folded_through();

CREATE VIEW evidence.touch AS
SELECT * FROM evidence.touch_folded
UNION ALL
SELECT day, subject, tenant, activity, target, recipient, operator, region, mechanisms, categories, legal_basis, art9_condition,
       hipaa_basis, n, disclosures, first_at, last_at
FROM evidence.each_touch WHERE stored_at >= evidence.folded_through();

COMMENT ON VIEW evidence.day IS 'Exchanges per UTC day by what they have in common; it may stand in several rows: sum n';
COMMENT ON VIEW evidence.entity_day IS 'Values found per UTC day, and how many of them were in what was sent to a target; sum';
COMMENT ON VIEW evidence.transfer_day IS 'Cross-border disclosures per UTC day; sum n';
COMMENT ON VIEW evidence.touch IS 'Which data subject was in which activity, for which target, per UTC day; sum n';

CREATE FUNCTION evidence.fold() RETURNS timestamptz
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    since timestamptz;
    until timestamptz := date_trunc('hour', now() - interval '10 minutes', 'UTC');
BEGIN
    SELECT f.through INTO since FROM evidence.folded f FOR UPDATE SKIP LOCKED;
    IF NOT FOUND OR since >= until THEN
        RETURN since;
    END IF;

    WITH fresh AS (
        SELECT * FROM evidence.each_day e WHERE e.stored_at >= since AND e.stored_at < until
    ), former AS (
        DELETE FROM evidence.day_folded f WHERE f.day IN (SELECT e.day FROM fresh e) RETURNING f.*
    )
    INSERT INTO evidence.day_folded
    SELECT u.day, u.tenant, u.activity, u.service, u.operation, u.action, u.requested, u.target, u.recipient, u.operator, u.region,
           u.reported_region, u.codes, u.categories, u.media, u.regimes, u.legal_basis, u.art9_condition, u.hipaa_basis,
           u.class_status, u.language, u.minor, u.ended, u.us_category, sum(u.n), sum(u.restored), sum(u.unfulfilled),
           sum(u.failovers), min(u.first_at), max(u.last_at), min(u.sample)
    FROM (SELECT * FROM former UNION ALL
          SELECT e.day, e.tenant, e.activity, e.service, e.operation, e.action, e.requested, e.target, e.recipient, e.operator,
                 e.region, e.reported_region, e.codes, e.categories, e.media, e.regimes, e.legal_basis, e.art9_condition,
                 e.hipaa_basis, e.class_status, e.language, e.minor, e.ended, e.us_category, e.n, e.restored, e.unfulfilled,
                 e.failovers, e.first_at, e.last_at, e.sample FROM fresh e) u
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24;

    WITH fresh AS (
        SELECT * FROM evidence.each_entity e WHERE e.stored_at >= since AND e.stored_at < until
    ), former AS (
        DELETE FROM evidence.entity_day_folded f WHERE f.day IN (SELECT e.day FROM fresh e) RETURNING f.*
    )
    INSERT INTO evidence.entity_day_folded
    SELECT u.day, u.tenant, u.activity, u.type, u.target, u.operator, u.bucket, u.detectors, sum(u.found), sum(u.sent), sum(u.n),
           min(u.first_at), max(u.last_at)
    FROM (SELECT * FROM former UNION ALL
          SELECT e.day, e.tenant, e.activity, e.type, e.target, e.operator, e.bucket, e.detectors, e.found, e.sent, e.n, e.first_at,
                 e.last_at FROM fresh e) u
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

    WITH fresh AS (
        SELECT * FROM evidence.each_transfer e WHERE e.stored_at >= since AND e.stored_at < until
    ), former AS (
        DELETE FROM evidence.transfer_day_folded f WHERE f.day IN (SELECT e.day FROM fresh e) RETURNING f.*
    )
    INSERT INTO evidence.transfer_day_folded
    SELECT u.day, u.tenant, u.activity, u.target, u.recipient, u.regime, u.mechanism, u.origin, u.destination, u.instrument,
           u.evidence, u.categories, u.legal_basis, u.art9_condition, sum(u.n), min(u.first_at), max(u.last_at)
    FROM (SELECT * FROM former UNION ALL
          SELECT e.day, e.tenant, e.activity, e.target, e.recipient, e.regime, e.mechanism, e.origin, e.destination, e.instrument,
                 e.evidence, e.categories, e.legal_basis, e.art9_condition, e.n, e.first_at, e.last_at FROM fresh e) u
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14;

    WITH fresh AS (
        SELECT * FROM evidence.each_touch e WHERE e.stored_at >= since AND e.stored_at < until
    ), former AS (
        DELETE FROM evidence.touch_folded f USING (SELECT DISTINCT e.subject, e.tenant, e.day FROM fresh e) e
        WHERE f.subject = e.subject AND f.tenant = e.tenant AND f.day = e.day RETURNING f.*
    )
    INSERT INTO evidence.touch_folded
    SELECT u.day, u.subject, u.tenant, u.activity, u.target, u.recipient, u.operator, u.region, u.mechanisms, u.categories,
           u.legal_basis, u.art9_condition, u.hipaa_basis, sum(u.n), sum(u.disclosures), min(u.first_at), max(u.last_at)
    FROM (SELECT * FROM former UNION ALL
          SELECT e.day, e.subject, e.tenant, e.activity, e.target, e.recipient, e.operator, e.region, e.mechanisms, e.categories,
                 e.legal_basis, e.art9_condition, e.hipaa_basis, e.n, e.disclosures, e.first_at, e.last_at FROM fresh e) u
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13;

    UPDATE evidence.folded SET through = until;
    RETURN until;
END
$$;

COMMENT ON FUNCTION evidence.fold() IS
    'Fold hours that are over, once: what is stored carries the start of its transaction, and none lasts ten minutes';

-- A month's partition is made before its rows come; rows that came first are moved out of "rest".
CREATE FUNCTION evidence.add_month(of_month date) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    since timestamptz := date_trunc('month', of_month::timestamp) AT TIME ZONE 'UTC';
    until timestamptz := (date_trunc('month', of_month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    name text := 'exchange_' || to_char(of_month, 'YYYY_MM');
BEGIN
    IF of_month NOT BETWEEN date '2000-01-01' AND date '2999-12-31' OR to_regclass('evidence.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('evidence months', 0));
    IF to_regclass('evidence.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    LOCK TABLE evidence.exchange_rest IN SHARE ROW EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE evidence.%I (LIKE evidence.exchange INCLUDING DEFAULTS)', name);
    EXECUTE format('WITH moved AS (DELETE FROM evidence.exchange_rest r WHERE r.at >= %L AND r.at < %L RETURNING r.*) '
                   'INSERT INTO evidence.%I SELECT * FROM moved', since, until, name);
    EXECUTE format('ALTER TABLE evidence.exchange ATTACH PARTITION evidence.%I FOR VALUES FROM (%L) TO (%L)', name, since, until);
    RETURN true;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA evidence FROM PUBLIC;
GRANT USAGE ON SCHEMA evidence TO proxy_writer, proxy_reader;
GRANT INSERT ON evidence.exchange, evidence.event TO proxy_writer;
GRANT EXECUTE ON FUNCTION evidence.fold(), evidence.add_month(date) TO proxy_writer;
GRANT EXECUTE ON FUNCTION evidence.folded_through() TO proxy_reader;
GRANT SELECT ON evidence.exchange, evidence.event, evidence.folded, evidence.day, evidence.entity_day, evidence.transfer_day,
    evidence.touch TO proxy_reader;

RESET ROLE;
