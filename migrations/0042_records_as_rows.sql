-- Records of a batch arrive as rows, not column by column: they are encoded for less than two thirds of the time.
SET ROLE proxy_owner;

CREATE TYPE audit.new_record AS (
    recorded_at timestamptz,
    kind text,
    exchange text,
    attempt integer,
    tenant text,
    activity text,
    service text,
    action text,
    target text,
    status integer,
    codes text[],
    revision text,
    data_revision text,
    prev bytea,
    hash bytea,
    body json
);
COMMENT ON TYPE audit.new_record IS 'A record of a batch without its place in the chain, which its place in the batch says';

RESET ROLE;
