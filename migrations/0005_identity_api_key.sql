-- Keep API keys as keyed hashes with what each is bound to; a change reaches every proxy process at once.
SET ROLE proxy_owner;

CREATE TABLE identity.api_key (
    id                     text        PRIMARY KEY CHECK (id ~ '^[a-z0-9]{12}$'),
    hash                   bytea       NOT NULL CHECK (octet_length(hash) = 32),
    tenant                 text        NOT NULL CHECK (tenant <> ''),
    service                text        NOT NULL CHECK (service <> ''),
    activities             text[]      NOT NULL CHECK (cardinality(activities) > 0),
    default_activity       text        NOT NULL CHECK (default_activity = ANY (activities)),
    ingress_region         text        NOT NULL CHECK (ingress_region <> ''),
    default_subject_region text,
    roles                  text[]      NOT NULL DEFAULT '{}',
    created                timestamptz NOT NULL,
    expires                timestamptz,
    revoked                timestamptz,
    last_used              date
);

CREATE FUNCTION identity.announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('identity_api_key', NEW.id);
    RETURN NULL;
END
$$;

CREATE TRIGGER api_key_inserted AFTER INSERT ON identity.api_key
    FOR EACH ROW EXECUTE FUNCTION identity.announce();
CREATE TRIGGER api_key_changed AFTER UPDATE ON identity.api_key
    FOR EACH ROW WHEN (OLD.last_used IS NOT DISTINCT FROM NEW.last_used)
    EXECUTE FUNCTION identity.announce();

GRANT SELECT, INSERT ON identity.api_key TO proxy_identity;
GRANT UPDATE (expires, revoked, last_used) ON identity.api_key TO proxy_identity;

RESET ROLE;
