-- Let no session decide what a function that runs as the owner finds.
-- Without pg_temp at the end of its search path, a temporary table or view of the caller's comes before everything
-- (CVE-2007-2138), and gets the owner's rights.
SET ROLE proxy_owner;

DO $functions$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT p.oid::regprocedure AS signature
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('audit', 'identity', 'vault', 'registry') AND p.prosecdef
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', one.signature);
    END LOOP;
END
$functions$;

ALTER TABLE audit.record ADD CONSTRAINT record_writer_is_a_name
    CHECK (writer ~ '^[A-Za-z0-9._~-]{1,128}$') NOT VALID;

RESET ROLE;

-- Nobody who connects as one of the roles needs temporary tables.
DO $temporary$
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE WARNING 'the owner of the database should run: REVOKE TEMPORARY ON DATABASE % FROM PUBLIC', current_database();
END
$temporary$;
