-- Keep the evidence of every exchange in one append-only table, one hash chain per writer.
SET ROLE proxy_owner;

CREATE TABLE audit.record (
    writer        text        NOT NULL CHECK (writer <> ''),
    seq           bigint      NOT NULL CHECK (seq > 0),
    recorded_at   timestamptz NOT NULL,
    kind          text        NOT NULL CHECK (kind IN ('decision', 'attempt', 'outcome', 'event')),
    exchange      text        NOT NULL,
    attempt       integer     NOT NULL,
    tenant        text        NOT NULL,
    activity      text        NOT NULL,
    service       text        NOT NULL,
    action        text        NOT NULL,
    target        text        NOT NULL,
    status        integer     NOT NULL,
    codes         text[]      NOT NULL,
    revision      text        NOT NULL,
    data_revision text        NOT NULL,
    prev          bytea       NOT NULL CHECK (octet_length(prev) = 32),
    hash          bytea       NOT NULL CHECK (octet_length(hash) = 32),
    body          json        NOT NULL,
    PRIMARY KEY (writer, seq),
    CHECK ((kind = 'event') = (exchange = '')),
    CHECK ((kind = 'attempt') = (attempt > 0))
);

-- json, not jsonb: the hash covers the bytes of the body, and only json keeps them.
COMMENT ON TABLE audit.record IS 'Append-only evidence; hash = SHA-256(0x00 || prev || body bytes)';

CREATE UNIQUE INDEX record_once ON audit.record (exchange, kind) WHERE kind IN ('decision', 'outcome');
CREATE UNIQUE INDEX record_attempt_once ON audit.record (exchange, attempt) WHERE kind = 'attempt';
CREATE INDEX record_decisions ON audit.record (recorded_at) WHERE kind = 'decision';
CREATE INDEX record_decisions_of_tenant ON audit.record (tenant, recorded_at) WHERE kind = 'decision';
CREATE INDEX record_events ON audit.record (action, recorded_at) WHERE kind = 'event';

CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit.record is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.record
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

REVOKE ALL ON audit.record FROM PUBLIC;
GRANT INSERT ON audit.record TO proxy_writer;
GRANT SELECT ON audit.record TO proxy_reader;

RESET ROLE;
