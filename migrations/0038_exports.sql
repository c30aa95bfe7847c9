-- Keep exports of evidence as jobs that any process can finish: what was asked, how far it is, and the file until it expires.
DO $roles$
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'proxy_exporter') THEN
            CREATE ROLE proxy_exporter NOLOGIN NOINHERIT;
        END IF;
    EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was faster
    END;
    BEGIN
        IF NOT pg_has_role(current_user, 'proxy_exporter', 'USAGE') THEN
            EXECUTE format('GRANT proxy_exporter TO %I', current_user);
        END IF;
    EXCEPTION
        WHEN insufficient_privilege THEN NULL;  -- an administrator granted it before
    END;
END
$roles$;

CREATE SCHEMA export AUTHORIZATION proxy_owner;
GRANT USAGE ON SCHEMA export TO proxy_exporter;

SET ROLE proxy_owner;

CREATE TABLE export.job (
    id         text        PRIMARY KEY CHECK (id ~ '^ex_[a-z0-9]{12}$'),
    made       timestamptz NOT NULL DEFAULT now(),
    asked_by   text        NOT NULL CHECK (asked_by <> ''),
    person     text        NOT NULL CHECK (person <> ''),
    tenant     text        NOT NULL CHECK (tenant <> ''),
    tenants    text[]      CHECK (array_position(tenants, '') IS NULL AND array_position(tenants, NULL) IS NULL),
    purpose    text        NOT NULL CHECK (purpose <> ''),
    kind       text        NOT NULL CHECK (kind IN ('question', 'report', 'records')),
    name       text        NOT NULL,
    parameters jsonb       NOT NULL CHECK (jsonb_typeof(parameters) = 'object' AND octet_length(parameters::text) <= 100000),
    format     text        NOT NULL CHECK (format <> ''),
    of_subject boolean     NOT NULL,
    state      text        NOT NULL CHECK (state IN ('pending', 'waiting', 'running', 'done', 'failed', 'lapsed', 'expired')),
    runs       integer     NOT NULL DEFAULT 0,
    runner     text        NOT NULL DEFAULT '',
    beat       timestamptz,
    stage      text        NOT NULL DEFAULT '',
    ended      timestamptz,
    failure    text        NOT NULL DEFAULT '',
    rows       bigint,
    bytes      bigint,
    answer     text        NOT NULL DEFAULT '',
    companion  bytea,
    expires    timestamptz
);

COMMENT ON TABLE export.job IS 'Exports of evidence; what happened to each is in the log, this is only how far it is';
COMMENT ON COLUMN export.job.person IS 'The service of who asked: another one has to approve what names a data subject';
COMMENT ON COLUMN export.job.tenants IS 'Whose evidence who asked may read; null: all';
COMMENT ON COLUMN export.job.parameters IS 'What it is narrowed to; a data subject by its keyed references';
COMMENT ON COLUMN export.job.beat IS 'When the process that runs it was last alive; a minute later another takes it up';

CREATE INDEX job_open ON export.job (made) WHERE state IN ('pending', 'waiting', 'running');

CREATE TABLE export.piece (
    job     text    NOT NULL REFERENCES export.job ON DELETE CASCADE,
    number  integer NOT NULL CHECK (number >= 0),
    content bytea   NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 1048576),
    PRIMARY KEY (job, number)
);
ALTER TABLE export.piece ALTER COLUMN content SET STORAGE EXTERNAL;

COMMENT ON TABLE export.piece IS 'The file of an export in pieces of a mebibyte, until it expires';

CREATE TABLE export.approval (
    job      text        PRIMARY KEY REFERENCES export.job ON DELETE CASCADE,
    approver text        NOT NULL CHECK (approver <> ''),
    approved timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE export.approval IS 'The second person of an export that names a data subject';

CREATE FUNCTION export.approve(of_job text, by_approver text, as_person text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO export.approval (job, approver)
    SELECT j.id, by_approver FROM export.job j
    WHERE j.id = of_job AND j.state = 'pending' AND j.person <> as_person AND now() - j.made < interval '24 hours'
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE export.job SET state = 'waiting' WHERE id = of_job;
    RETURN true;
END
$$;

COMMENT ON FUNCTION export.approve(text, text, text) IS
    'A second person approves an export within a day; false where that is not possible';

CREATE FUNCTION export.check_approved() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.of_subject AND NEW.state IN ('waiting', 'running', 'done')
       AND NOT EXISTS (SELECT FROM export.approval a WHERE a.job = NEW.id) THEN
        RAISE EXCEPTION 'an export that names a data subject needs a second person' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.of_subject, NEW.person, NEW.tenants, NEW.kind, NEW.name, NEW.parameters, NEW.format, NEW.asked_by)
       IS DISTINCT FROM (OLD.of_subject, OLD.person, OLD.tenants, OLD.kind, OLD.name, OLD.parameters, OLD.format, OLD.asked_by) THEN
        RAISE EXCEPTION 'what was asked for does not change' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER job_approved BEFORE INSERT OR UPDATE ON export.job
    FOR EACH ROW EXECUTE FUNCTION export.check_approved();

REVOKE ALL ON FUNCTION export.approve(text, text, text), export.check_approved() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION export.approve(text, text, text) TO proxy_exporter;
GRANT SELECT, INSERT, UPDATE, DELETE ON export.job TO proxy_exporter;
GRANT SELECT, INSERT, DELETE ON export.piece TO proxy_exporter;
GRANT SELECT ON export.approval TO proxy_exporter;
GRANT USAGE ON SCHEMA audit TO proxy_exporter;
GRANT EXECUTE ON FUNCTION audit.bound_tenants(), audit.reads_all(), audit.tenants_read() TO proxy_exporter;

-- An export is seen by a session that reads every tenant of it, as app.tenants or the binding of its login says.
ALTER TABLE export.job ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON export.job TO proxy_exporter
    USING ((SELECT audit.reads_all()) OR tenants <@ (SELECT audit.tenants_read())::text[])
    WITH CHECK ((SELECT audit.reads_all()) OR tenants <@ (SELECT audit.tenants_read())::text[]);
CREATE POLICY owning ON export.job TO proxy_owner USING (true) WITH CHECK (true);
ALTER TABLE export.piece ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON export.piece TO proxy_exporter USING (EXISTS (SELECT FROM export.job j WHERE j.id = job))
    WITH CHECK (EXISTS (SELECT FROM export.job j WHERE j.id = job));
CREATE POLICY owning ON export.piece TO proxy_owner USING (true) WITH CHECK (true);

RESET ROLE;

-- Whoever serves so far makes exports too, where this login may say so.
DO $members$
DECLARE
    member name;
BEGIN
    FOR member IN
        SELECT m.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member
        WHERE a.roleid = 'proxy_identity'::regrole AND m.rolcanlogin AND NOT pg_has_role(m.oid, 'proxy_exporter', 'USAGE')
    LOOP
        BEGIN
            EXECUTE format('GRANT proxy_exporter TO %I', member);
        EXCEPTION
            WHEN insufficient_privilege THEN NULL;  -- an administrator has to
        END;
    END LOOP;
END
$members$;
