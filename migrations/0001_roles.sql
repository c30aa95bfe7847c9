-- Separate who owns the tables, who may add evidence, who may read it, and who may use keys and the vault.
DO $roles$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['proxy_owner', 'proxy_writer', 'proxy_reader', 'proxy_identity', 'proxy_vault'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', wanted);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was faster
        END;
        BEGIN
            IF NOT pg_has_role(current_user, wanted, 'USAGE') THEN
                EXECUTE format('GRANT %I TO %I', wanted, current_user);
            END IF;
        EXCEPTION
            WHEN insufficient_privilege THEN NULL;  -- an administrator granted it before
        END;
    END LOOP;
END
$roles$;

CREATE SCHEMA audit AUTHORIZATION proxy_owner;
CREATE SCHEMA identity AUTHORIZATION proxy_owner;
CREATE SCHEMA vault AUTHORIZATION proxy_owner;

GRANT USAGE ON SCHEMA audit TO proxy_writer, proxy_reader;
GRANT USAGE ON SCHEMA identity TO proxy_identity;
GRANT USAGE ON SCHEMA vault TO proxy_vault;
