-- Keep the sealed original of each pseudonym until it expires, apart from the evidence.
SET ROLE proxy_owner;

CREATE TABLE vault.pseudonym (
    domain     bytea       NOT NULL CHECK (octet_length(domain) = 32),
    pseudonym  bytea       NOT NULL CHECK (octet_length(pseudonym) = 32),
    sealed     bytea       NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (domain, pseudonym)
);

COMMENT ON TABLE vault.pseudonym IS
    'domain and pseudonym are keyed digests; sealed = nonce (12 bytes) || AES-256-GCM of the original';

CREATE INDEX pseudonym_expiry ON vault.pseudonym (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON vault.pseudonym TO proxy_vault;

RESET ROLE;
