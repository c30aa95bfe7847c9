-- Let nobody review a break-glass grant who asked for it, approved it, or used it.
SET ROLE proxy_owner;

CREATE OR REPLACE FUNCTION identity.review_break_glass(
    of_grant text, by_reviewer text, with_finding text, with_note text, at timestamptz
) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO identity.break_glass_review (id, reviewer, finding, note, reviewed)
    SELECT g.id, by_reviewer, with_finding, with_note, at
    FROM identity.break_glass g JOIN identity.break_glass_approval a ON a.id = g.id
    WHERE g.id = of_grant AND by_reviewer NOT IN (g.requested_by, a.approver)
      AND g.service IS DISTINCT FROM by_reviewer
      AND (a.expires <= at OR EXISTS (SELECT FROM identity.break_glass_revocation v WHERE v.id = g.id))
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

RESET ROLE;
