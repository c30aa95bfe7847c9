-- Keep the root of every full tile of the log of seals, so that proofs and monitors need not read the whole log.
SET ROLE proxy_owner;

CREATE TABLE audit.tile (
    level  integer NOT NULL CHECK (level BETWEEN 0 AND 6),
    number bigint  NOT NULL CHECK (number >= 0),
    root   bytea   NOT NULL CHECK (octet_length(root) = 32),
    PRIMARY KEY (level, number)
);

COMMENT ON TABLE audit.tile IS
    'Roots of the full tiles of the log of seals (C2SP tlog-tiles): of 256 ^ (level + 1) leaves each, and so computed from them';

CREATE TRIGGER tile_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.tile
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_log_change();

GRANT SELECT, INSERT ON audit.tile TO proxy_writer;
GRANT SELECT ON audit.tile TO proxy_reader;

RESET ROLE;
