-- Read the writers of earlier records and seals once while processes go on writing.
SET ROLE proxy_owner;

DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT i.inhrelid FROM pg_inherits i
                WHERE i.inhparent = 'audit.record'::regclass AND i.inhrelid <> 'audit.record_former'::regclass LOOP
        EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT record_writer_is_a_name', part);
    END LOOP;
END
$$;
ALTER TABLE audit.seal VALIDATE CONSTRAINT seal_writer_check;

RESET ROLE;
