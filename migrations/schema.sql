-- The sum of all migrations, made by `python -m tests.dump_schema`; not to be applied or edited.
CREATE SCHEMA audit;

ALTER SCHEMA audit OWNER TO proxy_owner;

CREATE SCHEMA identity;

ALTER SCHEMA identity OWNER TO proxy_owner;

CREATE SCHEMA installation;

ALTER SCHEMA installation OWNER TO postgres;

CREATE SCHEMA vault;

ALTER SCHEMA vault OWNER TO proxy_owner;

CREATE FUNCTION audit.head(of_writer text) RETURNS TABLE(seq bigint, hash bytea)
    LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT r.seq, r.hash FROM audit.record r WHERE r.writer = of_writer ORDER BY r.seq DESC LIMIT 1
$$;

ALTER FUNCTION audit.head(of_writer text) OWNER TO proxy_owner;

CREATE FUNCTION audit.open_exchanges(of_writer text) RETURNS TABLE(exchange text, tenant text, activity text, service text, action text, revision text, data_revision text, attempts integer[], targets text[])
    LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT d.exchange, d.tenant, d.activity, d.service, d.action, d.revision, d.data_revision,
           ARRAY(SELECT a.attempt FROM audit.record a
                 WHERE a.kind = 'attempt' AND a.exchange = d.exchange ORDER BY a.attempt),
           ARRAY(SELECT a.target FROM audit.record a
                 WHERE a.kind = 'attempt' AND a.exchange = d.exchange ORDER BY a.attempt)
    FROM audit.record d
    WHERE d.writer = of_writer AND d.kind = 'decision'
      AND NOT EXISTS (
          SELECT FROM audit.record o WHERE o.kind = 'outcome' AND o.exchange = d.exchange)
    ORDER BY d.seq
$$;

ALTER FUNCTION audit.open_exchanges(of_writer text) OWNER TO proxy_owner;

CREATE FUNCTION audit.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'audit.record is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

ALTER FUNCTION audit.refuse_change() OWNER TO proxy_owner;

CREATE FUNCTION audit.refuse_checkpoint_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'audit.checkpoint is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

ALTER FUNCTION audit.refuse_checkpoint_change() OWNER TO proxy_owner;

CREATE FUNCTION audit.unfinished_writers() RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT s.writer FROM audit.record s
    WHERE s.kind = 'event' AND s.action = 'writer_started'
      AND NOT EXISTS (
          SELECT FROM audit.record c
          WHERE c.kind = 'event' AND c.writer = s.writer AND c.action = 'writer_closed')
      AND NOT EXISTS (
          SELECT FROM audit.record c
          WHERE c.kind = 'event' AND c.action = 'writer_recovered' AND c.target = s.writer)
    ORDER BY s.recorded_at
$$;

ALTER FUNCTION audit.unfinished_writers() OWNER TO proxy_owner;

CREATE FUNCTION audit.writer_alive(of_writer text) RETURNS boolean
    LANGUAGE sql STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT EXISTS (
        SELECT FROM pg_locks l
        WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND ((l.classid::bigint << 32) | l.objid::bigint) = audit.writer_lock(of_writer)
    )
$$;

ALTER FUNCTION audit.writer_alive(of_writer text) OWNER TO proxy_owner;

CREATE FUNCTION audit.writer_lock(of_writer text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN hashtextextended(('audit writer '::text || of_writer), (0)::bigint);

ALTER FUNCTION audit.writer_lock(of_writer text) OWNER TO proxy_owner;

CREATE FUNCTION identity.announce() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('identity_api_key', NEW.id);
    RETURN NULL;
END
$$;

ALTER FUNCTION identity.announce() OWNER TO proxy_owner;

CREATE TABLE audit.record (
    writer text NOT NULL,
    seq bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    exchange text NOT NULL,
    attempt integer NOT NULL,
    tenant text NOT NULL,
    activity text NOT NULL,
    service text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    status integer NOT NULL,
    codes text[] NOT NULL,
    revision text NOT NULL,
    data_revision text NOT NULL,
    prev bytea NOT NULL,
    hash bytea NOT NULL,
    body json NOT NULL,
    CONSTRAINT record_check CHECK (((kind = 'event'::text) = (exchange = ''::text))),
    CONSTRAINT record_check1 CHECK (((kind = 'attempt'::text) = (attempt > 0))),
    CONSTRAINT record_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT record_kind_check CHECK ((kind = ANY (ARRAY['decision'::text, 'attempt'::text, 'outcome'::text, 'event'::text]))),
    CONSTRAINT record_prev_check CHECK ((octet_length(prev) = 32)),
    CONSTRAINT record_seq_check CHECK ((seq > 0)),
    CONSTRAINT record_writer_check CHECK ((writer <> ''::text))
);

ALTER TABLE audit.record OWNER TO proxy_owner;

COMMENT ON TABLE audit.record IS 'Append-only evidence; hash = SHA-256(0x00 || prev || body bytes)';

CREATE VIEW audit.attempts AS
 SELECT a.exchange,
    a.attempt,
    a.recorded_at,
    a.tenant,
    a.activity,
    a.service,
    a.target,
    (a.body #>> '{facts,region}'::text[]) AS region,
    ((a.body #>> '{facts,bytes}'::text[]))::bigint AS bytes_intended,
    (e.ended ->> 'ended'::text) AS ended,
    ((e.ended ->> 'status'::text))::integer AS status,
    ((e.ended ->> 'bytes_out'::text))::bigint AS bytes_out,
    ((e.ended ->> 'bytes_in'::text))::bigint AS bytes_in,
    ((e.ended ->> 'duration_ms'::text))::bigint AS duration_ms,
    (e.ended ->> 'upstream_request_id'::text) AS upstream_request_id,
    (a.body #> '{facts,obligations_fulfilled}'::text[]) AS obligations_fulfilled,
    (a.body #> '{facts,transfers}'::text[]) AS transfers,
    (a.body #> '{facts,remarks}'::text[]) AS remarks,
    a.writer,
    a.seq
   FROM ((audit.record a
     LEFT JOIN audit.record o ON (((o.exchange = a.exchange) AND (o.kind = 'outcome'::text))))
     LEFT JOIN LATERAL ( SELECT t.value AS ended
           FROM json_array_elements((o.body #> '{facts,attempts}'::text[])) t(value)
          WHERE (((t.value ->> 'number'::text))::integer = a.attempt)
         LIMIT 1) e ON (true))
  WHERE (a.kind = 'attempt'::text);

ALTER VIEW audit.attempts OWNER TO proxy_owner;

CREATE TABLE audit.checkpoint (
    epoch bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    note text NOT NULL,
    CONSTRAINT checkpoint_epoch_check CHECK ((epoch > 0))
);

ALTER TABLE audit.checkpoint OWNER TO proxy_owner;

COMMENT ON TABLE audit.checkpoint IS 'Signed notes (C2SP signed-note), each naming the one before it';

CREATE VIEW audit.exchanges AS
 SELECT d.exchange,
    d.recorded_at,
    d.tenant,
    d.activity,
    d.service,
    COALESCE(o.action, d.action) AS action,
    d.target,
    o.status,
        CASE
            WHEN (cardinality(o.codes) > 0) THEN o.codes
            ELSE d.codes
        END AS codes,
    (o.body #>> '{facts,ended}'::text[]) AS ended,
    (o.body #>> '{facts,code}'::text[]) AS code,
    o.recorded_at AS ended_at,
    d.revision,
    d.data_revision,
    (d.body #> '{facts,input,classification}'::text[]) AS classification,
    (d.body #> '{facts,input,data_subjects}'::text[]) AS data_subjects,
    (d.body #> '{facts,caller,subject_refs}'::text[]) AS subject_refs,
    (d.body #> '{facts,verdicts}'::text[]) AS verdicts,
    (o.body #> '{facts,obligations_fulfilled}'::text[]) AS obligations_fulfilled,
    (o.body #> '{facts,obligations_unfulfilled}'::text[]) AS obligations_unfulfilled,
    ((o.body #>> '{facts,restored}'::text[]))::integer AS restored,
    d.writer,
    d.seq
   FROM (audit.record d
     LEFT JOIN audit.record o ON (((o.exchange = d.exchange) AND (o.kind = 'outcome'::text))))
  WHERE (d.kind = 'decision'::text);

ALTER VIEW audit.exchanges OWNER TO proxy_owner;

CREATE TABLE identity.api_key (
    id text NOT NULL,
    hash bytea NOT NULL,
    tenant text NOT NULL,
    service text NOT NULL,
    activities text[] NOT NULL,
    default_activity text NOT NULL,
    ingress_region text NOT NULL,
    default_subject_region text,
    roles text[] DEFAULT '{}'::text[] NOT NULL,
    created timestamp with time zone NOT NULL,
    expires timestamp with time zone,
    revoked timestamp with time zone,
    last_used date,
    CONSTRAINT api_key_activities_check CHECK ((cardinality(activities) > 0)),
    CONSTRAINT api_key_check CHECK ((default_activity = ANY (activities))),
    CONSTRAINT api_key_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT api_key_id_check CHECK ((id ~ '^[a-z0-9]{12}$'::text)),
    CONSTRAINT api_key_ingress_region_check CHECK ((ingress_region <> ''::text)),
    CONSTRAINT api_key_service_check CHECK ((service <> ''::text)),
    CONSTRAINT api_key_tenant_check CHECK ((tenant <> ''::text))
);

ALTER TABLE identity.api_key OWNER TO proxy_owner;

CREATE TABLE installation.migration (
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE installation.migration OWNER TO postgres;

CREATE TABLE vault.pseudonym (
    domain bytea NOT NULL,
    pseudonym bytea NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT pseudonym_domain_check CHECK ((octet_length(domain) = 32)),
    CONSTRAINT pseudonym_pseudonym_check CHECK ((octet_length(pseudonym) = 32))
);

ALTER TABLE vault.pseudonym OWNER TO proxy_owner;

COMMENT ON TABLE vault.pseudonym IS 'domain and pseudonym are keyed digests; sealed = nonce (12 bytes) || AES-256-GCM of the original';

ALTER TABLE ONLY audit.checkpoint
    ADD CONSTRAINT checkpoint_pkey PRIMARY KEY (epoch);

ALTER TABLE ONLY audit.record
    ADD CONSTRAINT record_pkey PRIMARY KEY (writer, seq);

ALTER TABLE ONLY identity.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY installation.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (name);

ALTER TABLE ONLY vault.pseudonym
    ADD CONSTRAINT pseudonym_pkey PRIMARY KEY (domain, pseudonym);

CREATE UNIQUE INDEX record_attempt_once ON audit.record USING btree (exchange, attempt) WHERE (kind = 'attempt'::text);

CREATE INDEX record_decisions ON audit.record USING btree (recorded_at) WHERE (kind = 'decision'::text);

CREATE INDEX record_decisions_of_tenant ON audit.record USING btree (tenant, recorded_at) WHERE (kind = 'decision'::text);

CREATE INDEX record_events ON audit.record USING btree (action, recorded_at) WHERE (kind = 'event'::text);

CREATE UNIQUE INDEX record_once ON audit.record USING btree (exchange, kind) WHERE (kind = ANY (ARRAY['decision'::text, 'outcome'::text]));

CREATE INDEX pseudonym_expiry ON vault.pseudonym USING btree (expires_at);

CREATE TRIGGER checkpoint_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_checkpoint_change();

CREATE TRIGGER record_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.record FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER api_key_changed AFTER UPDATE ON identity.api_key FOR EACH ROW WHEN ((NOT (old.last_used IS DISTINCT FROM new.last_used))) EXECUTE FUNCTION identity.announce();

CREATE TRIGGER api_key_inserted AFTER INSERT ON identity.api_key FOR EACH ROW EXECUTE FUNCTION identity.announce();

GRANT USAGE ON SCHEMA audit TO proxy_writer;
GRANT USAGE ON SCHEMA audit TO proxy_reader;

GRANT USAGE ON SCHEMA identity TO proxy_identity;

GRANT USAGE ON SCHEMA vault TO proxy_vault;

REVOKE ALL ON FUNCTION audit.head(of_writer text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.head(of_writer text) TO proxy_writer;

REVOKE ALL ON FUNCTION audit.open_exchanges(of_writer text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.open_exchanges(of_writer text) TO proxy_writer;

REVOKE ALL ON FUNCTION audit.refuse_change() FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.refuse_checkpoint_change() FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.unfinished_writers() FROM PUBLIC;
GRANT ALL ON FUNCTION audit.unfinished_writers() TO proxy_writer;

REVOKE ALL ON FUNCTION audit.writer_alive(of_writer text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.writer_alive(of_writer text) TO proxy_writer;
GRANT ALL ON FUNCTION audit.writer_alive(of_writer text) TO proxy_reader;

REVOKE ALL ON FUNCTION audit.writer_lock(of_writer text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.writer_lock(of_writer text) TO proxy_writer;

GRANT INSERT ON TABLE audit.record TO proxy_writer;
GRANT SELECT ON TABLE audit.record TO proxy_reader;

GRANT SELECT ON TABLE audit.attempts TO proxy_reader;

GRANT INSERT ON TABLE audit.checkpoint TO proxy_writer;
GRANT SELECT ON TABLE audit.checkpoint TO proxy_reader;

GRANT SELECT ON TABLE audit.exchanges TO proxy_reader;

GRANT SELECT,INSERT ON TABLE identity.api_key TO proxy_identity;

GRANT UPDATE(expires) ON TABLE identity.api_key TO proxy_identity;

GRANT UPDATE(revoked) ON TABLE identity.api_key TO proxy_identity;

GRANT UPDATE(last_used) ON TABLE identity.api_key TO proxy_identity;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE vault.pseudonym TO proxy_vault;
