-- Keep which targets answered from a region that they are not registered for, until somebody clears them.
SET ROLE proxy_owner;

CREATE TABLE registry.quarantine (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    target     text        NOT NULL CHECK (target <> ''),
    reported   text        NOT NULL,
    since      timestamptz NOT NULL DEFAULT now(),
    cleared_at timestamptz,
    cleared_by text        CHECK (cleared_by <> ''),
    CHECK ((cleared_at IS NULL) = (cleared_by IS NULL))
);

COMMENT ON TABLE registry.quarantine IS 'Targets that answered from elsewhere; rows without cleared_at are in force';

CREATE UNIQUE INDEX quarantine_in_force ON registry.quarantine (target) WHERE cleared_at IS NULL;

GRANT SELECT, INSERT (target, reported), UPDATE (cleared_at, cleared_by) ON registry.quarantine TO proxy_registry;

RESET ROLE;
