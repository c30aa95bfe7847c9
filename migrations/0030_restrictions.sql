-- Keep for whom processing is restricted or objected to (GDPR Art. 18, 21), so that no caller has to know.
SET ROLE proxy_owner;

CREATE TABLE identity.restriction (
    id        text        PRIMARY KEY CHECK (id ~ '^rs_[a-z0-9]{12}$'),
    tenant    text        NOT NULL CHECK (tenant <> ''),
    lookup    bytea       NOT NULL CHECK (octet_length(lookup) = 32),
    kind      text        NOT NULL CHECK (kind IN ('restriction', 'objection')),
    since     timestamptz NOT NULL,
    until     timestamptz CHECK (until > since),
    ticket    text        NOT NULL CHECK (ticket ~ '^[A-Za-z0-9._:/-]{1,64}$'),
    added_by  text        NOT NULL CHECK (added_by <> ''),
    added     timestamptz NOT NULL,
    lifted_by text        CHECK (lifted_by <> ''),
    lifted    timestamptz CHECK ((lifted IS NULL) = (lifted_by IS NULL))
);

COMMENT ON COLUMN identity.restriction.lookup IS
    'Keyed digest of the data subject, as in subject_key; it outlasts an erasure, and names nobody in any record';

CREATE INDEX restriction_lookup ON identity.restriction (tenant, lookup) WHERE lifted IS NULL;

CREATE FUNCTION identity.keep_lifted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.lifted IS NOT NULL THEN
        RAISE EXCEPTION 'what was lifted stays lifted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION identity.announce_subject() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('identity_subject', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER restriction_lifted BEFORE UPDATE ON identity.restriction
    FOR EACH ROW EXECUTE FUNCTION identity.keep_lifted();
CREATE TRIGGER restriction_kept BEFORE DELETE OR TRUNCATE ON identity.restriction
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER restriction_changed AFTER INSERT OR UPDATE ON identity.restriction
    FOR EACH STATEMENT EXECUTE FUNCTION identity.announce_subject();

REVOKE ALL ON FUNCTION identity.keep_lifted(), identity.announce_subject() FROM PUBLIC;
GRANT SELECT, INSERT ON identity.restriction TO proxy_identity;
GRANT UPDATE (lifted, lifted_by) ON identity.restriction TO proxy_identity;

RESET ROLE;
