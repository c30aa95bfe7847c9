-- Keep signed statements of how far every chain had come, so that cutting off its newest records shows.
SET ROLE proxy_owner;

CREATE TABLE audit.checkpoint (
    epoch      bigint      PRIMARY KEY CHECK (epoch > 0),
    created_at timestamptz NOT NULL,
    note       text        NOT NULL
);

COMMENT ON TABLE audit.checkpoint IS 'Signed notes (C2SP signed-note), each naming the one before it';

CREATE FUNCTION audit.refuse_checkpoint_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit.checkpoint is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_checkpoint_change();

REVOKE ALL ON FUNCTION audit.refuse_checkpoint_change() FROM PUBLIC;
GRANT INSERT ON audit.checkpoint TO proxy_writer;
GRANT SELECT ON audit.checkpoint TO proxy_reader;

RESET ROLE;
