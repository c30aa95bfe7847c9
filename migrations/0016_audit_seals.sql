-- Seal every batch of records with its writer's key, and keep the seals in a log that only grows and whose size is signed.
SET ROLE proxy_owner;

CREATE TABLE audit.seal (
    writer    text        NOT NULL CHECK (writer ~ '^[A-Za-z0-9._~-]{1,128}$'),
    first_seq bigint      NOT NULL CHECK (first_seq > 0),
    last_seq  bigint      NOT NULL CHECK (last_seq >= first_seq),
    first_at  timestamptz NOT NULL,
    last_at   timestamptz NOT NULL,
    head      bytea       NOT NULL CHECK (octet_length(head) = 32),
    root      bytea       NOT NULL CHECK (octet_length(root) = 32),
    signature bytea       NOT NULL CHECK (octet_length(signature) = 64),
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (writer, last_seq)
);

COMMENT ON TABLE audit.seal IS
    'One per batch, in its transaction: the writer signs head, times and RFC 6962 root of the records first_seq to last_seq';

CREATE INDEX seal_stored ON audit.seal (stored_at);

CREATE TABLE audit.leaf (
    leaf     bigint PRIMARY KEY CHECK (leaf >= 0),
    writer   text   NOT NULL,
    last_seq bigint NOT NULL,
    noted    bigint NOT NULL CHECK (noted > leaf),
    UNIQUE (writer, last_seq)
);

COMMENT ON TABLE audit.leaf IS 'The seals in the order of the log; noted is the size of the first note that covers the leaf';

CREATE TABLE audit.note (
    size    bigint      PRIMARY KEY CHECK (size > 0),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    peaks   bytea       NOT NULL CHECK (octet_length(peaks) % 32 = 0),
    note    text        NOT NULL
);

COMMENT ON TABLE audit.note IS
    'C2SP tlog-checkpoints of the log of seals; peaks are the roots of its perfect subtrees, from the left';

CREATE FUNCTION audit.refuse_log_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit.% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.seal
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();
CREATE TRIGGER leaf_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.leaf
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();
CREATE TRIGGER note_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.note
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();

REVOKE ALL ON FUNCTION audit.refuse_log_change() FROM PUBLIC;
GRANT INSERT (writer, first_seq, last_seq, first_at, last_at, head, root, signature) ON audit.seal TO proxy_writer;
GRANT INSERT (size, peaks, note) ON audit.note TO proxy_writer;
GRANT INSERT ON audit.leaf TO proxy_writer;
GRANT SELECT ON audit.seal, audit.leaf, audit.note TO proxy_writer, proxy_reader;
REVOKE INSERT ON audit.checkpoint FROM proxy_writer;

RESET ROLE;
