-- Keep break-glass grants as insert-only evidence of two people, and count distinct US persons (28 CFR 202).
SET ROLE proxy_owner;

CREATE TABLE identity.break_glass (
    id           text        PRIMARY KEY CHECK (id ~ '^bg_[a-z0-9]{12}$'),
    tenant       text        NOT NULL CHECK (tenant <> ''),
    activity     text        CHECK (activity <> ''),
    service      text        CHECK (service <> ''),
    ticket       text        NOT NULL CHECK (ticket ~ '^[A-Za-z0-9._:/-]{1,64}$'),
    reason       text        NOT NULL CHECK (btrim(reason) <> '' AND length(reason) <= 500),
    lasts        interval    NOT NULL CHECK (lasts > '0' AND lasts <= interval '24 hours'),
    requested_by text        NOT NULL CHECK (requested_by <> ''),
    requested    timestamptz NOT NULL
);

CREATE TABLE identity.break_glass_approval (
    id       text        PRIMARY KEY REFERENCES identity.break_glass,
    approver text        NOT NULL CHECK (approver <> ''),
    mfa      text        NOT NULL,
    approved timestamptz NOT NULL,
    expires  timestamptz NOT NULL CHECK (expires > approved AND expires <= approved + interval '24 hours')
);

COMMENT ON COLUMN identity.break_glass_approval.mfa IS 'Second factor as the approver attests it; empty: none';

CREATE TABLE identity.break_glass_revocation (
    id         text        PRIMARY KEY REFERENCES identity.break_glass,
    revoked_by text        NOT NULL CHECK (revoked_by <> ''),
    revoked    timestamptz NOT NULL
);

CREATE TABLE identity.break_glass_use (
    id       text        NOT NULL REFERENCES identity.break_glass_approval,
    exchange text        NOT NULL CHECK (exchange <> ''),
    used     timestamptz NOT NULL,
    PRIMARY KEY (id, exchange)
);

CREATE TABLE identity.break_glass_review (
    id       text        PRIMARY KEY REFERENCES identity.break_glass_approval,
    reviewer text        NOT NULL CHECK (reviewer <> ''),
    finding  text        NOT NULL CHECK (finding IN ('justified', 'unjustified')),
    note     text        NOT NULL CHECK (length(note) <= 500),
    reviewed timestamptz NOT NULL
);

CREATE FUNCTION identity.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER break_glass_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.break_glass
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER break_glass_approval_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.break_glass_approval
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER break_glass_revocation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.break_glass_revocation
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER break_glass_use_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.break_glass_use
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER break_glass_review_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.break_glass_review
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();

CREATE VIEW identity.break_glass_grant AS
SELECT g.id, g.tenant, g.activity, g.service, g.ticket, g.reason, g.lasts, g.requested_by, g.requested,
       a.approver, a.mfa, a.approved, a.expires, v.revoked_by, v.revoked, r.reviewer, r.finding, r.reviewed,
       (SELECT count(*) FROM identity.break_glass_use u WHERE u.id = g.id) AS uses
FROM identity.break_glass g
LEFT JOIN identity.break_glass_approval a ON a.id = g.id
LEFT JOIN identity.break_glass_revocation v ON v.id = g.id
LEFT JOIN identity.break_glass_review r ON r.id = g.id;

CREATE FUNCTION identity.approve_break_glass(
    of_grant text, by_approver text, with_mfa text, at timestamptz, longest interval
) RETURNS timestamptz
    LANGUAGE sql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO identity.break_glass_approval (id, approver, mfa, approved, expires)
    SELECT g.id, by_approver, with_mfa, at, at + least(g.lasts, longest)
    FROM identity.break_glass g
    WHERE g.id = of_grant AND g.requested_by <> by_approver AND g.service IS DISTINCT FROM by_approver
      AND at - g.requested < interval '24 hours'
      AND NOT EXISTS (SELECT FROM identity.break_glass_revocation v WHERE v.id = g.id)
    ON CONFLICT DO NOTHING
    RETURNING expires
$$;

CREATE FUNCTION identity.revoke_break_glass(of_grant text, by_operator text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO identity.break_glass_revocation (id, revoked_by, revoked)
    SELECT g.id, by_operator, at FROM identity.break_glass g WHERE g.id = of_grant
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

CREATE FUNCTION identity.use_break_glass(of_grant text, of_exchange text, at timestamptz) RETURNS text
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM identity.break_glass_approval a
        WHERE a.id = of_grant AND a.expires > at
          AND NOT EXISTS (SELECT FROM identity.break_glass_revocation v WHERE v.id = a.id)
    ) THEN
        RETURN 'ended';
    END IF;
    INSERT INTO identity.break_glass_use (id, exchange, used) VALUES (of_grant, of_exchange, at) ON CONFLICT DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'first' ELSE 'again' END;
END
$$;

CREATE FUNCTION identity.review_break_glass(
    of_grant text, by_reviewer text, with_finding text, with_note text, at timestamptz
) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO identity.break_glass_review (id, reviewer, finding, note, reviewed)
    SELECT g.id, by_reviewer, with_finding, with_note, at
    FROM identity.break_glass g JOIN identity.break_glass_approval a ON a.id = g.id
    WHERE g.id = of_grant AND g.requested_by <> by_reviewer
      AND (a.expires <= at OR EXISTS (SELECT FROM identity.break_glass_revocation v WHERE v.id = g.id))
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION identity.approve_break_glass(text, text, text, timestamptz, interval),
    identity.revoke_break_glass(text, text, timestamptz), identity.use_break_glass(text, text, timestamptz),
    identity.review_break_glass(text, text, text, text, timestamptz), identity.refuse_change() FROM PUBLIC;
GRANT INSERT ON identity.break_glass TO proxy_identity;
GRANT SELECT ON identity.break_glass_grant TO proxy_identity;
GRANT EXECUTE ON FUNCTION identity.approve_break_glass(text, text, text, timestamptz, interval),
    identity.revoke_break_glass(text, text, timestamptz), identity.use_break_glass(text, text, timestamptz),
    identity.review_break_glass(text, text, text, text, timestamptz) TO proxy_identity;

CREATE TABLE vault.us_person (
    tenant    text  NOT NULL CHECK (tenant <> ''),
    recipient text  NOT NULL CHECK (recipient <> ''),
    category  text  NOT NULL CHECK (category <> ''),
    person    bytea NOT NULL CHECK (octet_length(person) = 32),
    last_seen date  NOT NULL,
    PRIMARY KEY (tenant, recipient, category, person)
);

COMMENT ON TABLE vault.us_person IS
    'person is a keyed digest; distinct US persons of the last twelve months, 28 CFR 202.205';

CREATE TABLE vault.us_tally (
    tenant    text    NOT NULL,
    recipient text    NOT NULL,
    category  text    NOT NULL,
    persons   integer NOT NULL CHECK (persons >= 0),
    purged    date    NOT NULL,
    PRIMARY KEY (tenant, recipient, category)
);

COMMENT ON TABLE vault.us_tally IS 'How many rows of us_person there are; its row is the lock under which they change';

CREATE FUNCTION vault.count_us_persons(
    of_tenant text, to_recipients text[], in_categories text[], keep_at_most integer[], seen bytea[], today date
) RETURNS TABLE (category text, persons integer)
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
DECLARE
    to_recipient text;
    forgotten integer;
    before integer;
    fresh bytea[];
    known_before_today bytea[];
    kept bytea[];
    oldest constant date := (today - interval '12 months')::date;
BEGIN
    FOR to_recipient IN SELECT DISTINCT r FROM unnest(to_recipients) r ORDER BY r LOOP
        FOR n IN 1 .. cardinality(in_categories) LOOP
            INSERT INTO vault.us_tally AS t VALUES (of_tenant, to_recipient, in_categories[n], 0, today)
            ON CONFLICT (tenant, recipient, category) DO UPDATE SET persons = t.persons
            RETURNING t.persons INTO before;
            IF EXISTS (
                SELECT FROM vault.us_tally t WHERE t.tenant = of_tenant AND t.recipient = to_recipient
                  AND t.category = in_categories[n] AND t.purged < today
            ) THEN
                DELETE FROM vault.us_person p WHERE p.tenant = of_tenant AND p.recipient = to_recipient
                  AND p.category = in_categories[n] AND p.last_seen < oldest;
                GET DIAGNOSTICS forgotten = ROW_COUNT;
                before := before - forgotten;
            END IF;
            SELECT coalesce(array_agg(looked.person) FILTER (WHERE looked.last_seen IS NULL), '{}'),
                   coalesce(array_agg(looked.person) FILTER (WHERE looked.last_seen < today), '{}')
            INTO fresh, known_before_today
            FROM (
                SELECT s AS person, (  -- one look into the index for each, whatever the planner believes of the table
                    SELECT p.last_seen FROM vault.us_person p
                    WHERE p.tenant = of_tenant AND p.recipient = to_recipient AND p.category = in_categories[n]
                      AND p.person = s) AS last_seen
                FROM unnest(seen) s
            ) looked;
            kept := fresh[1 : greatest(0, keep_at_most[n] - before)];
            INSERT INTO vault.us_person AS p
            SELECT of_tenant, to_recipient, in_categories[n], k, today FROM unnest(kept || known_before_today) k
            ON CONFLICT (tenant, recipient, category, person) DO UPDATE SET last_seen = today;
            UPDATE vault.us_tally t SET persons = before + cardinality(kept), purged = today
            WHERE t.tenant = of_tenant AND t.recipient = to_recipient AND t.category = in_categories[n]
              AND (t.persons, t.purged) IS DISTINCT FROM (before + cardinality(kept), today);
            category := in_categories[n];
            persons := before + cardinality(fresh);
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION vault.count_us_persons(text, text[], text[], integer[], bytea[], date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.count_us_persons(text, text[], text[], integer[], bytea[], date) TO proxy_vault;

RESET ROLE;
