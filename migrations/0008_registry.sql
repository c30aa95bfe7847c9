-- Keep the registry as revisions that are never changed, which one is in force, every policy bundle, and who runs what.
DO $roles$
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'proxy_registry') THEN
            CREATE ROLE proxy_registry NOLOGIN NOINHERIT;
        END IF;
    EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was faster
    END;
    BEGIN
        IF NOT pg_has_role(current_user, 'proxy_registry', 'USAGE') THEN
            EXECUTE format('GRANT proxy_registry TO %I', current_user);
        END IF;
    EXCEPTION
        WHEN insufficient_privilege THEN NULL;  -- an administrator granted it before
    END;
END
$roles$;

CREATE SCHEMA registry AUTHORIZATION proxy_owner;
GRANT USAGE ON SCHEMA registry TO proxy_registry;

SET ROLE proxy_owner;

CREATE TABLE registry.revision (
    revision text        PRIMARY KEY CHECK (revision ~ '^[0-9a-f]{20}$'),
    parent   text        REFERENCES registry.revision,
    made_at  timestamptz NOT NULL DEFAULT now(),
    made_by  text        NOT NULL CHECK (made_by <> ''),
    comment  text        NOT NULL DEFAULT '',
    document json        NOT NULL
);

COMMENT ON TABLE registry.revision IS
    'revision = first 20 hex digits of SHA-256 over the document (registry, endpoints, routes) with sorted keys';

CREATE TABLE registry.activation (
    seq          bigint      PRIMARY KEY CHECK (seq > 0),
    revision     text        NOT NULL REFERENCES registry.revision,
    activated_at timestamptz NOT NULL DEFAULT now(),
    activated_by text        NOT NULL CHECK (activated_by <> '')
);

COMMENT ON TABLE registry.activation IS 'The revision of the highest seq is in force';

CREATE INDEX activation_of_revision ON registry.activation (revision, seq);

CREATE TABLE registry.bundle (
    revision text        PRIMARY KEY CHECK (revision <> ''),
    made_at  timestamptz NOT NULL DEFAULT now(),
    packed   bytea       NOT NULL
);

COMMENT ON TABLE registry.bundle IS 'Every policy bundle that was in force, with its data, to decide again as then';

CREATE TABLE registry.replica (
    writer            text        PRIMARY KEY CHECK (writer <> ''),
    host              text        NOT NULL,
    pid               integer     NOT NULL,
    started_at        timestamptz NOT NULL,
    policy_revision   text        NOT NULL,
    policy_digest     text        NOT NULL,
    data_revision     text        NOT NULL,
    registry_revision text        NOT NULL,
    engine            text        NOT NULL,
    refused           text        NOT NULL,
    seen_at           timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE registry.replica IS 'What each proxy process runs now, by its own word; rows that are not renewed go';

CREATE FUNCTION registry.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'registry.% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER revision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.revision
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();
CREATE TRIGGER activation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.activation
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();
CREATE TRIGGER bundle_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.bundle
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();

CREATE FUNCTION registry.announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('registry_activation', NEW.revision);
    RETURN NULL;
END
$$;

CREATE TRIGGER activation_inserted AFTER INSERT ON registry.activation
    FOR EACH ROW EXECUTE FUNCTION registry.announce();

REVOKE ALL ON FUNCTION registry.refuse_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION registry.announce() FROM PUBLIC;
GRANT SELECT, INSERT ON registry.revision, registry.activation, registry.bundle TO proxy_registry;
GRANT SELECT, INSERT, UPDATE, DELETE ON registry.replica TO proxy_registry;

RESET ROLE;
