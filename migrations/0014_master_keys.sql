-- Know each master key again, say what each of them made, and let one take the place of the other.
CREATE SCHEMA master_key AUTHORIZATION proxy_owner;

SET ROLE proxy_owner;

CREATE TABLE master_key.generation (
    key_id   text        PRIMARY KEY CHECK (key_id ~ '^k-[0-9a-f]{8}$'),
    known_by bytea       NOT NULL CHECK (octet_length(known_by) = 32),
    since    timestamptz NOT NULL,
    in_force boolean     NOT NULL,
    retired  timestamptz CHECK (retired IS NULL OR NOT in_force)
);

COMMENT ON COLUMN master_key.generation.known_by IS
    'SHA-256 of what only a holder of the key can tell; the functions ask for that itself';

CREATE UNIQUE INDEX generation_in_force ON master_key.generation (in_force) WHERE in_force;

CREATE FUNCTION master_key.found(new_id text, new_proof bytea, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO master_key.generation (key_id, known_by, since, in_force)
    SELECT new_id, sha256(new_proof), at, true WHERE NOT EXISTS (SELECT FROM master_key.generation)
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION master_key.found(text, bytea, timestamptz) IS 'The first start: only while there is no key yet';

CREATE FUNCTION master_key.rotate(old_id text, old_proof bytea, new_id text, new_proof bytea, at timestamptz)
    RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE master_key.generation SET in_force = false
    WHERE key_id = old_id AND in_force AND known_by = sha256(old_proof) AND old_id <> new_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO master_key.generation AS g (key_id, known_by, since, in_force)
    VALUES (new_id, sha256(new_proof), at, true)
    ON CONFLICT (key_id) DO UPDATE SET in_force = true, retired = NULL, since = at
    WHERE g.known_by = excluded.known_by;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another key has the id %', new_id USING ERRCODE = 'unique_violation';
    END IF;
    RETURN true;
END
$$;

CREATE FUNCTION master_key.retire(old_id text, holder_id text, holder_proof bytea, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE master_key.generation SET retired = at
    WHERE key_id = old_id AND NOT in_force AND retired IS NULL AND EXISTS (
        SELECT FROM master_key.generation g
        WHERE g.key_id = holder_id AND g.in_force AND g.known_by = sha256(holder_proof));
    RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION master_key.found(text, bytea, timestamptz),
    master_key.rotate(text, bytea, text, bytea, timestamptz),
    master_key.retire(text, text, bytea, timestamptz) FROM PUBLIC;
GRANT USAGE ON SCHEMA master_key TO proxy_writer, proxy_reader, proxy_identity, proxy_vault;
GRANT SELECT ON master_key.generation TO proxy_writer, proxy_reader, proxy_identity, proxy_vault;
GRANT EXECUTE ON FUNCTION master_key.found(text, bytea, timestamptz),
    master_key.rotate(text, bytea, text, bytea, timestamptz),
    master_key.retire(text, text, bytea, timestamptz) TO proxy_writer;

ALTER TABLE identity.api_key ADD COLUMN hash_key text NOT NULL DEFAULT '';

COMMENT ON COLUMN identity.api_key.hash_key IS
    'The id of the master key that the hash is made with; empty: made before there were ids, with the first';

GRANT UPDATE (hash, hash_key) ON identity.api_key TO proxy_identity;

ALTER TABLE vault.pseudonym ADD COLUMN key_id text NOT NULL DEFAULT '';

COMMENT ON COLUMN vault.pseudonym.key_id IS
    'The id of the master key that named and sealed the entry; empty: stored before there were ids, with the first';

RESET ROLE;
