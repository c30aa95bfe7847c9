"""A weakened database is named, and a healthy one is not: the structure is that of the release's migrations."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from proxy.audit.verification import structure
from proxy.runtime import database
from tests.dump_schema import manifest


async def named(dsn: str) -> tuple[str, ...]:
    connection = await database.connect(dsn, database.READER)
    try:
        return weakening(await structure.differences(connection))
    finally:
        await connection.close()


def weakening(found: tuple[structure.Departure, ...]) -> tuple[str, ...]:
    return tuple(one.sentence for one in found if one.weakens)


async def test_shipped_structure_is_that_of_the_migrations(postgres_dsn):
    """Failing, write it again: python -m tests.dump_schema."""
    from proxy.runtime.resources import shipped

    assert await manifest(postgres_dsn) == (shipped("migrations") / structure.FILE).read_text()


@pytest.mark.parametrize("role", [database.READER, database.WRITER])
async def test_untouched_database_has_no_difference(postgres_dsn, role):
    connection = await database.connect(postgres_dsn, role)
    assert await structure.differences(connection) == ()
    await connection.close()


async def test_difference_is_told_the_same_under_any_search_path(fresh_dsn, superuser):
    await superuser.execute("SET search_path = audit, registry, identity, vault")
    assert await structure.differences(superuser) == ()


async def test_a_superuser_beside_the_servers_own_is_told_and_is_no_damage(fresh_dsn, superuser):
    name = f"extra_{await superuser.fetchval('SELECT current_database()')}"
    await superuser.execute(f"CREATE ROLE {name} SUPERUSER LOGIN")
    try:
        found = await structure.differences(superuser)
        assert [one.weakens for one in found if f"role {name} is a superuser" in one.sentence] == [False]
        await superuser.execute(f"ALTER ROLE {name} NOLOGIN")
        assert not [one for one in await structure.differences(superuser) if name in one.sentence]
    finally:
        await superuser.execute(f"DROP ROLE {name}")


@pytest.mark.parametrize(
    ("statement", "thing"),
    [
        ("ALTER TABLE audit.leaf DISABLE TRIGGER leaf_append_only", "trigger audit.leaf.leaf_append_only"),
        ("ALTER TABLE audit.record_former DROP CONSTRAINT record_seq_check", "constraint audit.record_former.record_seq_check"),
        ("ALTER TABLE audit.record ALTER tenant DROP NOT NULL", "column audit.record.tenant"),
        ("CREATE TABLE audit.other (n int)", "table audit.other"),
        ("CREATE TABLE audit.child () INHERITS (audit.seal)", "children"),
        ("CREATE FUNCTION audit.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function audit.f()"),
        ("ALTER VIEW identity.hold_state OWNER TO CURRENT_USER", "table identity.hold_state: owner"),
        ("ALTER FUNCTION vault.count_us_persons OWNER TO CURRENT_USER", "function vault.count_us_persons"),
        ("GRANT EXECUTE ON FUNCTION audit.head(text) TO PUBLIC", "function audit.head(of_writer text): grants"),
        ("GRANT CREATE ON SCHEMA audit TO proxy_writer", "schema audit: grants"),
        ("ALTER POLICY reading ON audit.record USING (true)", "policy audit.record.reading"),
        ("CREATE POLICY more ON audit.record FOR SELECT TO proxy_reader USING (true)", "policy audit.record.more"),
        ("ALTER TABLE audit.reading NO FORCE ROW LEVEL SECURITY", "table audit.reading: row security"),
        ("ALTER VIEW identity.hold_state SET (security_barrier)", "table identity.hold_state: options"),
        ("REVOKE SELECT ON audit.record FROM proxy_reader; GRANT SELECT ON audit.record TO proxy_reader WITH GRANT OPTION",
         "with grant option"),
        ("ALTER DEFAULT PRIVILEGES IN SCHEMA audit GRANT ALL ON TABLES TO proxy_writer", "default grants"),
        ("CREATE FUNCTION public.g() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION public.g() OWNER TO proxy_owner",
         "role proxy_owner: owns elsewhere"),
        ("CREATE UNIQUE INDEX one_each ON audit.seal (writer)", "index audit.one_each is not the release's"),
        ("CREATE INDEX few ON audit.seal (writer) WHERE last_seq > 5", "index audit.few is not the release's"),
        ("CREATE INDEX deed ON audit.seal (lower(writer))", "index audit.deed is not the release's"),
        ("SELECT audit.add_month('2031-05-01'); ALTER TABLE audit.record_2031_05 SET UNLOGGED", "table audit.record_2031_05: kind"),
    ],
)  # fmt: skip
async def test_each_difference_is_named(fresh_dsn, superuser, statement, thing):
    await superuser.execute(statement)
    connection = await asyncpg.connect(fresh_dsn)  # the reader's grant may be what is gone
    found = weakening(await structure.differences(connection))
    await connection.close()
    assert [one for one in found if thing in one], found


async def test_the_login_that_migrated_may_be_the_owner(fresh_dsn, superuser):
    await superuser.execute(
        "CREATE ROLE migrator LOGIN; GRANT proxy_owner TO migrator; ALTER SCHEMA installation OWNER TO migrator"
    )
    try:
        assert await named(fresh_dsn) == ()
        await superuser.execute("ALTER SCHEMA installation OWNER TO CURRENT_USER")
        assert [one for one in await named(fresh_dsn) if "migrator" in one]
    finally:
        await superuser.execute("ALTER SCHEMA installation OWNER TO CURRENT_USER; DROP ROLE migrator")


async def test_on_another_major_version_views_are_compared_by_their_wording(fresh_dsn, superuser, monkeypatch):
    wanted = {**structure.expected(), "server": {"major version": "1"}}
    told = dict(wanted["view identity.hold_state"]) | {"definition": "told in other words"}
    monkeypatch.setattr(structure, "expected", lambda: {**wanted, "view identity.hold_state": told})
    assert await named(fresh_dsn) == ()
    await superuser.execute(
        "DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW identity.hold_state AS SELECT * FROM (' || "
        "rtrim(pg_get_viewdef('identity.hold_state'), ';') || ') v WHERE tenant <> ''acme'''; END $$"
    )
    assert [one for one in await named(fresh_dsn) if one.startswith("view identity.hold_state")]


#: Of the whole server: a statement, how it is undone, and what is named.
WEAKENED = {
    "a login that passes over row security": (
        "CREATE ROLE weak LOGIN BYPASSRLS", "DROP ROLE weak", "role weak: passes over changed"),
    "a login without triggers": (
        "CREATE ROLE weak LOGIN; ALTER ROLE weak SET session_replication_role = 'replica'", "DROP ROLE weak",
        "role weak has the setting session_replication_role = 'replica'"),
    "a login whose commits a crash undoes": (
        "CREATE ROLE weak LOGIN; ALTER ROLE weak SET synchronous_commit = 'no'", "DROP ROLE weak",
        "role weak has the setting synchronous_commit = 'no'"),
    "a login that may switch triggers off": (
        "CREATE ROLE weak LOGIN; GRANT SET ON PARAMETER session_replication_role TO weak",
        "REVOKE SET ON PARAMETER session_replication_role FROM weak; DROP ROLE weak",
        "the server: lets set session_replication_role changed from 'none' to 'weak'"),
    **{
        f"{name} by the server": (
            f"ALTER SYSTEM SET {name} = '{value}'", f"ALTER SYSTEM RESET {name}",
            f"the server has the setting {name} = '{value}'")
        for name, value in {
            "session_replication_role": "replica", "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
        }.items()
    },
}  # fmt: skip


@pytest.mark.parametrize("name", WEAKENED)
async def test_what_weakens_the_whole_server_is_named(fresh_dsn, superuser, name):
    weaken, undo, told = WEAKENED[name]
    assert await named(fresh_dsn) == ()
    try:
        await each(superuser, f"{weaken}; SELECT pg_reload_conf()")
        [found] = await becoming(fresh_dsn, told)
        assert found.startswith(told)
    finally:
        await each(superuser, f"{undo}; SELECT pg_reload_conf()")
    assert await becoming(fresh_dsn, "") == ()


async def each(connection, statements: str) -> None:
    """Run them one by one: ALTER SYSTEM runs in no block."""
    for statement in statements.split("; "):
        await connection.execute(statement)


async def becoming(dsn, told: str) -> tuple[str, ...]:
    """Return what is named as soon as that is ``told``, "" for nothing: new sessions begin with settings read again."""
    for _ in range(50):
        found = await named(dsn)
        if bool(found) == bool(told):
            return found
        await asyncio.sleep(0.1)
    return found


async def test_no_setting_of_a_session_changes_what_is_found(fresh_dsn, superuser):
    """Whatever a database, a login or a server sets, the same structure is told in the same words."""
    settings = await superuser.fetch(
        "SELECT name, vartype, setting, enumvals, min_val, max_val FROM pg_settings WHERE context IN ('user', 'superuser') "
        "AND name !~ '^(transaction_|default_transaction_|debug_|log_|wal_consistency|ssl_renego|client_encoding$|restrict_nonsystem)'"
        " AND name NOT IN ('session_replication_role', 'role', 'is_superuser', 'in_hot_standby', 'zero_damaged_pages', 'work_mem',"
        " 'ignore_system_indexes', 'allow_system_table_mods', 'jit_provider', 'seed', 'max_stack_depth', 'temp_file_limit')"
    )
    tried = 0
    for row in settings:
        for value in other_values(row):
            try:
                await superuser.execute(f"SET {row['name']} = '{value}'")
            except asyncpg.PostgresError:
                continue
            tried += 1
            assert await structure.differences(superuser) == (), (row["name"], value)
            await superuser.execute(f"RESET {row['name']}")
    assert tried > 100


def other_values(row) -> list[str]:
    """Return every other value of a setting that has few, one of one that has many."""
    if row["vartype"] == "bool":
        return ["off" if row["setting"] == "on" else "on"]
    if row["vartype"] == "enum":
        return [value for value in row["enumvals"] if value != row["setting"]]
    if row["vartype"] == "string":
        return {
            "DateStyle": ["German", "SQL, DMY"],
            "TimeZone": ["Asia/Tokyo"],
            "search_path": ["audit, registry"],
        }.get(row["name"], [])
    return [value for value in (row["max_val"], row["min_val"]) if float(value) != float(row["setting"])][:1]


async def test_what_surrounds_the_log_is_a_remark(fresh_dsn, superuser):
    for number, (statement, told) in enumerate((
        ("CREATE INDEX by_tenant ON audit.record (tenant)", "by_tenant is not the release's"),
        ("CREATE INDEX of_leaf ON audit.leaf USING brin (leaf)", "of_leaf is not the release's"),
        ("DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); END $$", "temporary tables"),
        ("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET quote_all_identifiers = on', current_database()); END $$",
         "database has the setting quote_all_identifiers = 'on'"),
    ), 1):  # fmt: skip
        await superuser.execute(statement)
        connection = await database.connect(fresh_dsn, database.READER)
        found = await structure.differences(connection)
        await connection.close()
        assert weakening(found) == ()
        assert len({one.sentence.partition(" ")[2] for one in found if told in one.sentence}) >= 1, found
        assert len(found) >= number
