-- Keep, sealed under the master key in force, what a retired one alone could still answer.
-- That is who a record is about, and whether a checkpoint is ours.
SET ROLE proxy_owner;

CREATE TABLE master_key.kept (
    key_id    text  NOT NULL CHECK (key_id ~ '^k-[0-9a-f]{8}$'),
    purpose   text  NOT NULL CHECK (purpose IN ('subject', 'audit-checkpoint')),
    tenant    text  NOT NULL,
    sealed_by text  NOT NULL CHECK (sealed_by ~ '^k-[0-9a-f]{8}$'),
    sealed    bytea NOT NULL,
    PRIMARY KEY (key_id, purpose, tenant, sealed_by)
);

COMMENT ON TABLE master_key.kept IS
    'sealed = nonce (12 bytes) || AES-256-GCM of the key, bound to key_id, purpose and tenant';

GRANT SELECT, INSERT ON master_key.kept TO proxy_writer;
GRANT SELECT ON master_key.kept TO proxy_reader;

RESET ROLE;
