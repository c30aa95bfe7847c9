-- Let two people place and release legal holds: what one covers is neither erased nor purged.
SET ROLE proxy_owner;

ALTER TABLE identity.two_person_request DROP CONSTRAINT two_person_request_act_check;
ALTER TABLE identity.two_person_request ADD CONSTRAINT two_person_request_act_check
    CHECK (act IN ('erase_subject', 'place_hold', 'release_hold'));

CREATE TABLE identity.hold (
    id       text        PRIMARY KEY CHECK (id ~ '^hd_[a-z0-9]{12}$'),
    matter   text        NOT NULL CHECK (matter ~ '^[A-Za-z0-9._:/-]{1,64}$'),
    tenant   text        CHECK (tenant <> ''),
    activity text        CHECK (activity <> ''),
    lookup   bytea       CHECK (lookup IS NULL OR (octet_length(lookup) = 32 AND tenant IS NOT NULL)),
    subjects text[]      NOT NULL DEFAULT '{}',
    since    timestamptz,
    until    timestamptz CHECK (until > since),
    request  text        NOT NULL UNIQUE REFERENCES identity.two_person_request
);

COMMENT ON TABLE identity.hold IS 'What a hold covers: null is any; protects from the request on, for a day without approval';
COMMENT ON COLUMN identity.hold.lookup IS 'Keyed digest of the data subject, as in subject_key';
COMMENT ON COLUMN identity.hold.subjects IS 'The references of that subject in records when the hold was requested';

CREATE TABLE identity.hold_release (
    hold    text PRIMARY KEY REFERENCES identity.hold,
    request text NOT NULL UNIQUE REFERENCES identity.two_person_request
);

CREATE TRIGGER hold_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.hold
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER hold_release_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.hold_release
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();

CREATE VIEW identity.hold_state AS
SELECT h.id, h.matter, h.tenant, h.activity, h.lookup, h.subjects, h.since, h.until, h.request,
       p.requested_by AS placed_by, p.requested AS placed, pa.approver AS placed_second, pa.approved AS in_force,
       rp.requested_by AS released_by, ra.approver AS released_second, ra.approved AS released
FROM identity.hold h
JOIN identity.two_person_request p ON p.id = h.request
LEFT JOIN identity.two_person_approval pa ON pa.id = h.request
LEFT JOIN identity.hold_release r ON r.hold = h.id
LEFT JOIN identity.two_person_request rp ON rp.id = r.request
LEFT JOIN identity.two_person_approval ra ON ra.id = r.request;

CREATE FUNCTION identity.approve_hold(of_request text, by_approver text, at timestamptz) RETURNS text
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked identity.two_person_request;
BEGIN
    SELECT * INTO asked FROM identity.two_person_request r
    WHERE r.id = of_request AND r.act IN ('place_hold', 'release_hold');
    IF NOT FOUND OR NOT EXISTS (SELECT FROM identity.hold h WHERE h.id = asked.about)
       OR (asked.act = 'release_hold' AND EXISTS (SELECT FROM identity.hold_release r WHERE r.hold = asked.about))
       OR NOT identity.approve_request(of_request, asked.act, asked.tenant, asked.about, by_approver, at) THEN
        RETURN NULL;
    END IF;
    IF asked.act = 'release_hold' THEN
        INSERT INTO identity.hold_release (hold, request) VALUES (asked.about, of_request);
    END IF;
    RETURN asked.about;
END
$$;

COMMENT ON FUNCTION identity.approve_hold(text, text, timestamptz) IS
    'A second person approves the placement or the release of a hold; returns the hold, null where that is not possible';

CREATE FUNCTION identity.holds_against_erasure(of_tenant text, of_lookup bytea, at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM identity.hold_state h
        WHERE h.released IS NULL AND (h.in_force IS NOT NULL OR at - h.placed < interval '24 hours')
          AND (h.tenant IS NULL OR h.tenant = of_tenant) AND (h.lookup IS NULL OR h.lookup = of_lookup))
$$;

CREATE OR REPLACE FUNCTION identity.erase_subject(
    of_request text, of_tenant text, of_lookup bytea, by_approver text, key_id text, at timestamptz
) RETURNS integer
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    destroyed integer;
BEGIN
    IF identity.holds_against_erasure(of_tenant, of_lookup, at) THEN
        RETURN -1;
    END IF;
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
    'Destroys a data subject''s key; null: no other person asked for that within a day; -1: a legal hold covers the subject';

REVOKE ALL ON FUNCTION identity.approve_hold(text, text, timestamptz),
    identity.holds_against_erasure(text, bytea, timestamptz) FROM PUBLIC;
GRANT INSERT ON identity.hold TO proxy_identity;
GRANT SELECT ON identity.hold_state TO proxy_identity, proxy_reader;
GRANT EXECUTE ON FUNCTION identity.approve_hold(text, text, timestamptz) TO proxy_identity;

RESET ROLE;
