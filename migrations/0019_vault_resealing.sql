-- Keep with each original, sealed, what another master key needs to name it anew.
SET ROLE proxy_owner;

ALTER TABLE vault.pseudonym ADD COLUMN origin bytea, ADD COLUMN named bytea;

COMMENT ON COLUMN vault.pseudonym.origin IS
    'The domain itself, sealed under the master key that named the entry; null where stored before this was kept';
COMMENT ON COLUMN vault.pseudonym.named IS 'The pseudonym itself, sealed like the original';

RESET ROLE;
