-- Remember who sealed the texts of a reply in one row, whatever their number.
SET ROLE proxy_owner;

CREATE TABLE vault.seal (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    domain     bytea       NOT NULL CHECK (octet_length(domain) = 32),
    tenant     bytea       NOT NULL CHECK (octet_length(tenant) = 32),
    maker      bytea       NOT NULL CHECK (octet_length(maker) = 32),
    names      bytea[]     NOT NULL CHECK (cardinality(names) BETWEEN 1 AND 1000),
    sealed     bytea       NOT NULL,
    expires_at timestamptz NOT NULL,
    key_id     text        NOT NULL
);

COMMENT ON TABLE vault.seal IS
    'What a target has signed or encrypted in one reply. domain, tenant, maker and names are keyed digests; sealed = the target, as in vault.pseudonym';

CREATE INDEX seal_names ON vault.seal USING gin (names);
CREATE INDEX seal_expiry ON vault.seal (expires_at);
CREATE INDEX seal_maker ON vault.seal (domain, maker, expires_at);

GRANT SELECT, INSERT, DELETE ON vault.seal TO proxy_vault;

RESET ROLE;
