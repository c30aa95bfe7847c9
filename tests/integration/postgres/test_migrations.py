"""The schema: applied once, never edited, equal to its dump; and what each role may not do."""

from __future__ import annotations

import asyncio
import shutil

import asyncpg
import pytest
import pytest_asyncio

from proxy.errors import ConfigurationError
from proxy.runtime import database
from proxy.runtime.migrations import migrate, read
from proxy.runtime.resources import shipped


@pytest.fixture
def empty_dsn(postgres_server):
    async def make() -> str:
        connection = await asyncpg.connect(postgres_server.postgres.dsn_of("postgres"))
        name = await connection.fetchval("SELECT 'empty_' || replace(gen_random_uuid()::text, '-', '')")
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        return postgres_server.postgres.dsn_of(name)

    return postgres_server.run(make())


async def test_migrate_applies_everything_once(empty_dsn):
    wanted = tuple(one.name for one in read(shipped("migrations")))
    assert await migrate(empty_dsn, shipped("migrations")) == wanted
    assert await migrate(empty_dsn, shipped("migrations")) == ()


async def test_migrate_by_several_at_once_applies_everything_once(empty_dsn):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(migrate(empty_dsn, shipped("migrations"))) for _ in range(4)]
    assert sorted(len(task.result()) for task in tasks) == [0, 0, 0, len(read(shipped("migrations")))]


async def test_edited_migration_is_refused(empty_dsn, tmp_path):
    folder = shutil.copytree(shipped("migrations"), tmp_path / "migrations")
    await migrate(empty_dsn, folder)
    path = folder / "0001_schema.sql"
    path.write_text(path.read_text() + "\n-- edited\n")
    with pytest.raises(ConfigurationError, match="edited"):
        await migrate(empty_dsn, folder)


async def test_database_newer_than_the_release_is_refused(empty_dsn, tmp_path):
    folder = shutil.copytree(shipped("migrations"), tmp_path / "migrations")
    await migrate(empty_dsn, folder)
    max(folder.glob("0*.sql")).unlink()
    with pytest.raises(ConfigurationError, match="does not know"):
        await migrate(empty_dsn, folder)


async def test_failing_migration_leaves_the_earlier_ones(empty_dsn, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_good.sql").write_text("CREATE TABLE good (n int);")
    (folder / "0002_bad.sql").write_text("CREATE TABLE half (n int); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_dsn, folder)
    connection = await asyncpg.connect(empty_dsn)
    assert await connection.fetchval("SELECT to_regclass('good') IS NOT NULL AND to_regclass('half') IS NULL")
    await connection.close()


async def test_a_migration_that_waits_for_a_long_reader_lets_writers_pass(empty_dsn, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_good.sql").write_text("CREATE TABLE good (n int);")
    await migrate(empty_dsn, folder)
    reads, writes = await asyncpg.connect(empty_dsn), await asyncpg.connect(empty_dsn)
    await reads.execute("BEGIN; SELECT * FROM good")
    (folder / "0002_wide.sql").write_text("ALTER TABLE good ADD m int;")
    migrating = asyncio.create_task(migrate(empty_dsn, folder))
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'good'::regclass"
    while not await writes.fetchval(waiting):
        await asyncio.sleep(0.01)
    async with asyncio.timeout(30):
        await writes.execute("INSERT INTO good VALUES (1)")
    assert not migrating.done()
    await reads.execute("COMMIT")
    assert await migrating == ("0002_wide.sql",)
    await reads.close()
    await writes.close()


@pytest_asyncio.fixture
async def ordinary_login(empty_dsn):
    """An owner of the database who is no superuser; gone afterwards: another owner weakens every log of the server."""
    admin = await asyncpg.connect(empty_dsn)
    database_name = await admin.fetchval("SELECT current_database()")
    login = f"login_{database_name}"
    await admin.execute(f"CREATE ROLE {login} LOGIN CREATEROLE; ALTER DATABASE {database_name} OWNER TO {login}")
    roles = "proxy_owner, proxy_writer, proxy_reader, proxy_identity, proxy_vault, proxy_registry, proxy_retention, proxy_verifier, proxy_exporter"
    await admin.execute(f"GRANT {roles} TO {login}")  # the roles exist already on this server
    yield empty_dsn.replace("postgres@", f"{login}@")
    await admin.execute(f"REASSIGN OWNED BY {login} TO CURRENT_USER; DROP OWNED BY {login}; DROP ROLE {login}")
    await admin.close()


async def test_ordinary_login_with_createrole_can_install_and_use(ordinary_login):
    assert await migrate(ordinary_login, shipped("migrations"))
    for role in (
        database.WRITER, database.READER, database.IDENTITY, database.VAULT, database.REGISTRY, database.RETENTION,
        database.VERIFIER, database.EXPORTER,
    ):  # fmt: skip
        await (await database.connect(ordinary_login, role)).close()


INSERT = """
INSERT INTO audit.record (writer, seq, recorded_at, kind, exchange, attempt, tenant, activity, action, target, prev, hash, body, packed)
VALUES ('w', {seq}, now(), 'event', '', 0, '', '', 'x', '', sha256('a'), sha256('b'), '{{}}', '')
"""


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM audit.record",
        "UPDATE audit.record SET tenant = 'x'",
        "DELETE FROM audit.record",
        "TRUNCATE audit.record",
        "ALTER TABLE audit.record DISABLE TRIGGER ALL",
        "DROP TRIGGER record_append_only ON audit.record",
        "DROP TABLE audit.record",
        "SELECT * FROM vault.pseudonym",
        "SELECT * FROM identity.api_key",
        "CREATE TABLE audit.mine (n int)",
    ],
)
async def test_writer_can_only_add(postgres_dsn, statement):
    connection = await database.connect(postgres_dsn, database.WRITER)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("role", [database.READER, database.IDENTITY, database.VAULT, database.REGISTRY])
async def test_other_roles_cannot_add_evidence(postgres_dsn, role):
    connection = await database.connect(postgres_dsn, role)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(INSERT.format(seq=1))
    finally:
        await connection.close()


@pytest.mark.parametrize("table", ["vault.pseudonym", "identity.api_key"])
async def test_reader_of_the_log_cannot_reach_the_vault_or_the_keys(postgres_dsn, table):
    connection = await database.connect(postgres_dsn, database.READER)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"SELECT * FROM {table}")
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "statement", ["UPDATE audit.record SET tenant = 'x'", "DELETE FROM audit.record", "TRUNCATE audit.record"]
)
async def test_even_the_superuser_is_stopped_by_the_trigger(fresh_dsn, statement):
    connection = await asyncpg.connect(fresh_dsn)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_writer_cannot_widen_its_own_grants(postgres_dsn):
    connection = await database.connect(postgres_dsn, database.WRITER)
    try:
        await connection.execute("GRANT UPDATE ON audit.record TO proxy_writer")  # PostgreSQL warns and grants nothing
        assert not await connection.fetchval("SELECT has_table_privilege('proxy_writer', 'audit.record', 'UPDATE')")
    finally:
        await connection.close()
