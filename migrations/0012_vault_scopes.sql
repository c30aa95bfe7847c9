-- Let a tenant's or an activity's originals be erased without knowing every conversation, and tell running processes.
SET ROLE proxy_owner;

ALTER TABLE vault.pseudonym
    ADD COLUMN tenant   bytea CHECK (octet_length(tenant) = 32),
    ADD COLUMN activity bytea CHECK (octet_length(activity) = 32);

COMMENT ON COLUMN vault.pseudonym.tenant IS 'Keyed digest of the tenant; null where stored before there was one';
COMMENT ON COLUMN vault.pseudonym.activity IS 'Keyed digest of tenant and activity';

CREATE INDEX pseudonym_tenant ON vault.pseudonym (tenant, activity);

RESET ROLE;
