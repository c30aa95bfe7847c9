"""A login with one of the product's roles stays what it is, whatever it puts into its temporary schema."""

from __future__ import annotations

import contextlib

import asyncpg
import pytest

from proxy.runtime import database

_DEFINERS = """
SELECT p.oid::regprocedure::text AS name, p.proconfig AS settings
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prosecdef AND n.nspname IN ('audit', 'evidence', 'identity', 'vault', 'registry', 'master_key', 'export')
"""


async def test_every_function_of_the_owner_looks_for_temporary_objects_last(superuser):
    rows = await superuser.fetch(_DEFINERS)
    assert len(rows) >= 9
    assert {row["settings"][0] for row in rows} == {"search_path=pg_catalog, pg_temp"}


@pytest.mark.parametrize(
    ("role", "call"),
    [(database.WRITER, "SELECT audit.writer_alive('x')"), (database.READER, "SELECT audit.writer_alive('x')")],
)
async def test_a_temporary_view_does_not_run_as_the_owner(fresh_dsn, superuser, role, call):
    await superuser.execute(
        "SET session_replication_role = replica;"
        "INSERT INTO audit.record SELECT 1, now(), '-infinity', 0, 'w', 'event', '', '', '', 'a', '', "
        "decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), '{}', ''"
    )
    await superuser.execute(
        f"DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO {role}', current_database()); END $$"
    )
    connection = await database.connect(fresh_dsn, role)
    try:
        await connection.execute("""
            CREATE FUNCTION pg_temp.deed() RETURNS boolean LANGUAGE plpgsql AS $$
            BEGIN
                DELETE FROM audit.record;
                RETURN true;
            END $$
        """)
        await connection.execute("""
            CREATE TEMP VIEW pg_locks AS
            SELECT 'advisory'::text AS locktype, 1::smallint AS objsubid, pg_temp.deed() AS granted, 0::oid AS database,
                   0::oid AS classid, 0::oid AS objid
        """)
        await connection.execute("GRANT SELECT ON pg_temp.pg_locks TO PUBLIC")
        with contextlib.suppress(asyncpg.PostgresError):
            await connection.fetchval(call)
    finally:
        await connection.close()
    assert await superuser.fetchval("SELECT count(*) FROM audit.record") == 1


async def test_roles_need_no_temporary_tables_in_an_installation(postgres_server):
    connection = await asyncpg.connect(postgres_server.postgres.dsn)
    try:
        for role in (database.WRITER, database.READER, database.IDENTITY, database.VAULT, database.REGISTRY):
            assert not await connection.fetchval("SELECT has_database_privilege($1, current_database(), 'TEMP')", role)
    finally:
        await connection.close()


@pytest.mark.parametrize("name", ["two words", "", "a\nb", "x" * 129])
async def test_a_writer_has_a_name_that_a_checkpoint_can_state(superuser, name):
    with pytest.raises(asyncpg.CheckViolationError, match="record_writer_"):
        await superuser.execute(
            "INSERT INTO audit.record SELECT 1, now(), '-infinity', 0, $1, 'event', '', '', '', 'a', '', "
            "decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), '{}', ''",
            name,
        )
