-- Name each data subject by a key of their own, which two people can destroy: records stay, and nobody can link them any more.
SET ROLE proxy_owner;

CREATE TABLE identity.subject_lookup_key (
    tenant    text  PRIMARY KEY CHECK (tenant <> ''),
    sealed    bytea NOT NULL,
    sealed_by text  NOT NULL CHECK (sealed_by ~ '^k-[0-9a-f]{8}$')
);

COMMENT ON TABLE identity.subject_lookup_key IS
    'sealed = nonce (12 bytes) || AES-256-GCM of the key under which a tenant''s data subjects are looked up';

CREATE TABLE identity.subject_key (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant       text        NOT NULL CHECK (tenant <> ''),
    lookup       bytea       NOT NULL CHECK (octet_length(lookup) = 32),
    made         timestamptz NOT NULL,
    sealed       bytea,
    sealed_by    text        NOT NULL CHECK (sealed_by ~ '^k-[0-9a-f]{8}$'),
    destroyed_at timestamptz,
    CHECK ((sealed IS NULL) = (destroyed_at IS NOT NULL))
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

COMMENT ON TABLE identity.subject_key IS
    'lookup is a keyed digest of a data subject; vacuumed as soon as a row is dead, since that may hold a destroyed key';
COMMENT ON COLUMN identity.subject_key.sealed IS
    'nonce (12 bytes) || AES-256-GCM of the key that references in records are made with; null: destroyed';

CREATE UNIQUE INDEX subject_key_live ON identity.subject_key (tenant, lookup) WHERE destroyed_at IS NULL;
CREATE INDEX subject_key_lookup ON identity.subject_key (tenant, lookup);

CREATE FUNCTION identity.keep_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.destroyed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a destroyed key stays destroyed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER subject_key_destroyed BEFORE UPDATE ON identity.subject_key
    FOR EACH ROW EXECUTE FUNCTION identity.keep_destroyed();
CREATE TRIGGER subject_key_kept BEFORE DELETE OR TRUNCATE ON identity.subject_key
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();

CREATE TABLE identity.two_person_request (
    id           text        PRIMARY KEY CHECK (id ~ '^rq_[a-z0-9]{12}$'),
    act          text        NOT NULL CHECK (act IN ('erase_subject')),
    tenant       text        NOT NULL,
    about        text        NOT NULL CHECK (about <> ''),
    ticket       text        NOT NULL CHECK (ticket ~ '^[A-Za-z0-9._:/-]{1,64}$'),
    requested_by text        NOT NULL CHECK (requested_by <> ''),
    requested    timestamptz NOT NULL
);

COMMENT ON COLUMN identity.two_person_request.about IS 'What the act is done to, for a data subject a keyed digest';

CREATE TABLE identity.two_person_approval (
    id       text        PRIMARY KEY REFERENCES identity.two_person_request,
    approver text        NOT NULL CHECK (approver <> ''),
    approved timestamptz NOT NULL
);

CREATE TRIGGER two_person_request_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.two_person_request
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER two_person_approval_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.two_person_approval
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();

CREATE FUNCTION identity.approve_request(
    of_request text, for_act text, of_tenant text, with_about text, by_approver text, at timestamptz
) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO identity.two_person_approval (id, approver, approved)
    SELECT r.id, by_approver, at FROM identity.two_person_request r
    WHERE r.id = of_request AND r.act = for_act AND r.tenant = of_tenant AND r.about = with_about
      AND r.requested_by <> by_approver AND at - r.requested < interval '24 hours'
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION identity.approve_request(text, text, text, text, text, timestamptz) IS
    'Called by the functions of the acts alone: whether a second person approves what another asked for within a day';

CREATE FUNCTION identity.erase_subject(
    of_request text, of_tenant text, of_lookup bytea, by_approver text, key_id text, at timestamptz
) RETURNS integer
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    destroyed integer;
BEGIN
    IF NOT identity.approve_request(of_request, 'erase_subject', of_tenant, encode(of_lookup, 'hex'), by_approver, at) THEN
        RETURN NULL;
    END IF;
    UPDATE identity.subject_key SET sealed = NULL, destroyed_at = at
    WHERE tenant = of_tenant AND lookup = of_lookup AND destroyed_at IS NULL;
    GET DIAGNOSTICS destroyed = ROW_COUNT;
    IF destroyed = 0 THEN
        INSERT INTO identity.subject_key (tenant, lookup, made, sealed_by, destroyed_at)
        VALUES (of_tenant, of_lookup, at, key_id, at);
    END IF;
    PERFORM pg_notify('identity_subject', '');
    RETURN destroyed;
END
$$;

COMMENT ON FUNCTION identity.erase_subject(text, text, bytea, text, text, timestamptz) IS
    'Destroys a data subject''s key; null: no other person asked for that within a day. A subject without a key is noted as erased';

REVOKE ALL ON FUNCTION identity.approve_request(text, text, text, text, text, timestamptz),
    identity.erase_subject(text, text, bytea, text, text, timestamptz), identity.keep_destroyed() FROM PUBLIC;
GRANT SELECT, INSERT ON identity.subject_lookup_key, identity.subject_key TO proxy_identity;
GRANT UPDATE (sealed, sealed_by) ON identity.subject_lookup_key, identity.subject_key TO proxy_identity;
GRANT SELECT, INSERT ON identity.two_person_request TO proxy_identity;
GRANT SELECT ON identity.two_person_approval TO proxy_identity;
GRANT EXECUTE ON FUNCTION identity.erase_subject(text, text, bytea, text, text, timestamptz) TO proxy_identity;
GRANT USAGE ON SCHEMA identity TO proxy_reader;
GRANT SELECT ON identity.subject_lookup_key, identity.subject_key TO proxy_reader;

ALTER TABLE vault.pseudonym ADD COLUMN subjects bytea[] NOT NULL DEFAULT '{}';

COMMENT ON COLUMN vault.pseudonym.subjects IS
    'Whose exchanges minted it, at most 256: digests under the key of each data subject, unrelated to those in records';

RESET ROLE;
