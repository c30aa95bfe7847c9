-- Keep how far each stream of the log to a collector has come, chain by chain, for the login that runs it.
SET ROLE proxy_owner;

CREATE TABLE audit.stream (
    login   text        NOT NULL DEFAULT session_user,
    name    text        NOT NULL CHECK (name <> '' AND length(name) <= 500),
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (login, name)
);

CREATE TABLE audit.stream_position (
    login  text   NOT NULL DEFAULT session_user,
    name   text   NOT NULL,
    writer text   NOT NULL,
    seq    bigint NOT NULL CHECK (seq > 0),
    PRIMARY KEY (login, name, writer),
    FOREIGN KEY (login, name) REFERENCES audit.stream
);

COMMENT ON TABLE audit.stream IS 'Streams of the log to collectors, by the login that runs them';
COMMENT ON TABLE audit.stream_position IS 'The last record of each chain that a collector has taken; no row: none';

-- Whoever reads keeps their own places, and cannot move another login's past records that it has not sent.
ALTER TABLE audit.stream ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.stream_position ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON audit.stream TO proxy_reader USING (login = session_user);
CREATE POLICY own ON audit.stream_position TO proxy_reader USING (login = session_user);

GRANT SELECT, INSERT (name) ON audit.stream TO proxy_reader;
GRANT SELECT, INSERT (name, writer, seq), UPDATE (seq) ON audit.stream_position TO proxy_reader;

RESET ROLE;
