"""A weakened database is named: the structure is compared with what the release's migrations make."""

from __future__ import annotations

import asyncpg
import pytest

from proxy.audit.verification import structure
from proxy.runtime import database
from tests.dump_schema import manifest


async def named(dsn: str) -> tuple[str, ...]:
    connection = await database.connect(dsn, database.READER)
    try:
        return await structure.differences(connection)
    finally:
        await connection.close()


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


@pytest.mark.parametrize(
    ("statement", "thing"),
    [
        ("ALTER TABLE audit.leaf DISABLE TRIGGER leaf_append_only", "trigger audit.leaf.leaf_append_only"),
        ("ALTER TABLE audit.record_former DROP CONSTRAINT record_seq_check", "constraint audit.record_former.record_seq_check"),
        ("ALTER TABLE audit.record ALTER tenant DROP NOT NULL", "column audit.record.tenant"),
        ("CREATE TABLE audit.other (n int)", "table audit.other"),
        ("CREATE TABLE audit.child () INHERITS (audit.seal)", "children"),
        ("CREATE FUNCTION audit.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function audit.f()"),
        ("ALTER VIEW audit.attempts OWNER TO CURRENT_USER", "table audit.attempts: owner"),
        ("ALTER FUNCTION vault.count_us_persons OWNER TO CURRENT_USER", "function vault.count_us_persons"),
        ("GRANT EXECUTE ON FUNCTION audit.head(text) TO PUBLIC", "function audit.head(of_writer text): grants"),
        ("GRANT CREATE ON SCHEMA audit TO proxy_writer", "schema audit: grants"),
        ("ALTER POLICY reading ON audit.record USING (true)", "policy audit.record.reading"),
        ("ALTER POLICY reading ON evidence.touch_folded TO PUBLIC", "policy evidence.touch_folded.reading"),
        ("CREATE POLICY more ON audit.record FOR SELECT TO proxy_reader USING (true)", "policy audit.record.more"),
        ("ALTER TABLE evidence.exchange NO FORCE ROW LEVEL SECURITY", "table evidence.exchange: row security"),
        ("ALTER VIEW evidence.day RESET (security_invoker)", "table evidence.day: options"),
        ("REVOKE SELECT ON audit.record FROM proxy_reader; GRANT SELECT ON audit.record TO proxy_reader WITH GRANT OPTION",
         "with grant option"),
        ("ALTER DEFAULT PRIVILEGES IN SCHEMA audit GRANT ALL ON TABLES TO proxy_writer", "default grants"),
        ("CREATE FUNCTION public.g() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION public.g() OWNER TO proxy_owner",
         "role proxy_owner: owns elsewhere"),
    ],
)  # fmt: skip
async def test_each_difference_is_named(fresh_dsn, superuser, statement, thing):
    await superuser.execute(statement)
    connection = await asyncpg.connect(fresh_dsn)  # the reader's grant may be what is gone
    found = await structure.differences(connection)
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
    told = dict(wanted["view audit.exchanges"]) | {"definition": "told in other words"}
    monkeypatch.setattr(structure, "expected", lambda: {**wanted, "view audit.exchanges": told})
    assert await named(fresh_dsn) == ()
    await superuser.execute(
        "DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW audit.exchanges AS ' || "
        "rtrim(pg_get_viewdef('audit.exchanges'), ';') || ' AND d.tenant <> ''acme'''; END $$"
    )
    assert [one for one in await named(fresh_dsn) if one.startswith("view audit.exchanges")]
