-- Show a reader the evidence of the tenants that are set for it, or that its login is bound to: of no other, by any way.
SET ROLE proxy_owner;

CREATE TABLE audit.tenant_login (
    login   regrole PRIMARY KEY,
    tenants text[]  NOT NULL CHECK (array_position(tenants, '') IS NULL AND array_position(tenants, NULL) IS NULL)
);

COMMENT ON TABLE audit.tenant_login IS
    'Logins that read these tenants alone, whatever they set; the owner adds them. Other members of proxy_reader set "app.tenants" themselves';

CREATE FUNCTION audit.bound_tenants() RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.tenants FROM audit.tenant_login t WHERE t.login = to_regrole(quote_ident(session_user))
$$;

COMMENT ON FUNCTION audit.bound_tenants() IS 'Of the login, which no session can change but a superuser''s; null where it is bound to none';

CREATE FUNCTION audit.reads_all() RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT audit.bound_tenants() IS NULL AND coalesce(current_setting('app.tenants', true), '') = '*'
$$;

COMMENT ON FUNCTION audit.reads_all() IS 'Whether this session reads every tenant, and what belongs to none: app.tenants is *';

CREATE FUNCTION audit.tenants_read() RETURNS text[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    bound text[] := audit.bound_tenants();
    asked text := coalesce(current_setting('app.tenants', true), '');
BEGIN
    IF asked IN ('', '*') THEN
        RETURN coalesce(bound, '{}');
    END IF;
    RETURN ARRAY(SELECT unnest(array_remove(asked::text[], '')) INTERSECT SELECT unnest(coalesce(bound, asked::text[])));
END
$$;

COMMENT ON FUNCTION audit.tenants_read() IS
    'The tenants in app.tenants, an array as PostgreSQL writes it; of a bound login those that it is bound to. None where nothing is set';

REVOKE ALL ON FUNCTION audit.bound_tenants(), audit.reads_all(), audit.tenants_read() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.bound_tenants(), audit.reads_all(), audit.tenants_read() TO proxy_reader;

-- Events of no tenant are for those who read all, but for what a proof or an answer of any tenant stands on.
DO $policies$
DECLARE
    one record;
    own CONSTANT text := '(SELECT audit.reads_all()) OR tenant = ANY ((SELECT audit.tenants_read())::text[])';
    common CONSTANT text := $list$ OR %I = '' AND tenant = '' AND %I IN ('writer_started', 'audit_key_changed', 'checkpoints_refused',
        'checkpoints_resumed', 'target_quarantined', 'target_cleared')$list$;
BEGIN
    FOR one IN
        SELECT * FROM (VALUES
            ('audit.record', format(common, 'exchange', 'action'), true), ('evidence.exchange', '', true),
            ('evidence.event', format(common, 'exchange', 'event'), true), ('evidence.day_folded', '', false),
            ('evidence.entity_day_folded', '', false), ('evidence.transfer_day_folded', '', false), ('evidence.touch_folded', '', false)
        ) AS t (name, more, written)
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', one.name);
        EXECUTE format('CREATE POLICY reading ON %s FOR SELECT TO proxy_reader USING (%s)', one.name, own || one.more);
        EXECUTE format('CREATE POLICY owning ON %s TO proxy_owner USING (true) WITH CHECK (true)', one.name);
        IF one.written THEN
            EXECUTE format('CREATE POLICY writing ON %s FOR INSERT TO proxy_writer WITH CHECK (true)', one.name);
        END IF;
    END LOOP;
    FOR one IN
        SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relkind = 'v' AND c.relnamespace IN ('audit'::regnamespace, 'evidence'::regnamespace)
    LOOP
        EXECUTE format('ALTER VIEW %s SET (security_invoker = true)', one.name);
    END LOOP;
END
$policies$;

-- Who read what is for those who read all, and each login's own for itself.
ALTER TABLE audit.reading ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON audit.reading FOR SELECT TO proxy_reader USING ((SELECT audit.reads_all()) OR login = session_user);
CREATE POLICY recording ON audit.reading FOR SELECT TO proxy_writer USING (true);
CREATE POLICY owning ON audit.reading TO proxy_owner USING (true) WITH CHECK (true);

ALTER TABLE master_key.kept ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON master_key.kept FOR SELECT TO proxy_reader
    USING ((SELECT audit.reads_all()) OR tenant = ANY ((SELECT audit.tenants_read())::text[]));
CREATE POLICY keeping ON master_key.kept TO proxy_writer, proxy_owner USING (true) WITH CHECK (true);

DO $keys$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['identity.subject_lookup_key', 'identity.subject_key'] LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', one);
        EXECUTE format('CREATE POLICY reading ON %s FOR SELECT TO proxy_reader '
                       'USING ((SELECT audit.reads_all()) OR tenant = ANY ((SELECT audit.tenants_read())::text[]))', one);
        EXECUTE format('CREATE POLICY keeping ON %s TO proxy_identity, proxy_owner USING (true) WITH CHECK (true)', one);
    END LOOP;
END
$keys$;

-- The view shows what nobody may read below it, so it asks itself; who may place holds sees all.
GRANT EXECUTE ON FUNCTION audit.bound_tenants(), audit.reads_all(), audit.tenants_read() TO proxy_identity;
CREATE OR REPLACE VIEW identity.hold_state AS
SELECT h.id, h.matter, h.tenant, h.activity, h.lookup, h.subjects, h.since, h.until, h.request,
       p.requested_by AS placed_by, p.requested AS placed, pa.approver AS placed_second, pa.approved AS in_force,
       rp.requested_by AS released_by, ra.approver AS released_second, ra.approved AS released
FROM identity.hold h
JOIN identity.two_person_request p ON p.id = h.request
LEFT JOIN identity.two_person_approval pa ON pa.id = h.request
LEFT JOIN identity.hold_release r ON r.hold = h.id
LEFT JOIN identity.two_person_request rp ON rp.id = r.request
LEFT JOIN identity.two_person_approval ra ON ra.id = r.request
WHERE has_table_privilege('identity.hold', 'INSERT') OR (SELECT audit.reads_all()) OR h.tenant = ANY ((SELECT audit.tenants_read())::text[]);

-- A bundle holds the registry of every tenant.
ALTER TABLE registry.bundle ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON registry.bundle FOR SELECT TO proxy_reader USING ((SELECT audit.reads_all()));
CREATE POLICY keeping ON registry.bundle TO proxy_registry USING (true) WITH CHECK (true);

RESET ROLE;
