-- Keep what witnesses and time-stamping authorities say of a note beside it.
SET ROLE proxy_owner;

CREATE TABLE audit.witness (
    size   bigint      NOT NULL,
    anchor text        NOT NULL CHECK (anchor <> ''),
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    word   bytea       NOT NULL CHECK (octet_length(word) BETWEEN 1 AND 262144),
    PRIMARY KEY (size, anchor)
);

COMMENT ON TABLE audit.witness IS 'A cosignature (C2SP) or a time-stamp (RFC 3161) of a note; anchor says whose';

CREATE TRIGGER witness_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.witness
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();

GRANT INSERT (size, anchor, word) ON audit.witness TO proxy_writer;
GRANT SELECT ON audit.witness TO proxy_writer, proxy_reader;

RESET ROLE;
