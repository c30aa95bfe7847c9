"""Readers of some tenants see nothing of another's by any way, and a bound login cannot widen what it sees."""

from __future__ import annotations

import re
from dataclasses import replace

import asyncpg
import pytest
import pytest_asyncio

from proxy.audit.access import exporting, proving, whole
from proxy.audit.verification.verify import verify
from proxy.core.records import DeclaredFacts
from proxy.errors import ConfigurationError
from proxy.reports import answer, catalogue
from proxy.reports.answer import TenantRefusedError
from proxy.runtime import database
from testing import evidence, twins

#: What tenant-bravo left: its name, its exchange, its service, its activity, its data subject.
BRAVO = re.compile("bravo", re.IGNORECASE)
_READABLE = """
SELECT c.oid::regclass::text AS name, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant') AS has_tenant
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('audit', 'evidence', 'identity', 'vault', 'registry', 'master_key', 'installation')
  AND c.relkind IN ('r', 'p', 'v', 'm') AND has_schema_privilege('proxy_reader', n.oid, 'USAGE')
  AND has_any_column_privilege('proxy_reader', c.oid, 'SELECT')
ORDER BY 1
"""
_EXECUTABLE = """
SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname IN ('audit', 'evidence', 'identity', 'vault', 'registry', 'master_key')
  AND has_schema_privilege('proxy_reader', n.oid, 'USAGE') AND has_function_privilege('proxy_reader', p.oid, 'EXECUTE')
  AND p.prorettype <> 'trigger'::regtype
"""
_EVERY_TENANTS = """
SELECT count(*) FROM audit.record
WHERE tenant = '' AND action NOT IN ('writer_started', 'audit_key_changed', 'checkpoints_refused', 'checkpoints_resumed',
                                     'target_quarantined', 'target_cleared')
"""


async def exchanged(log, identity, **who) -> None:
    declared = DeclaredFacts(activity="support", subject_regions=("DE",), subject_refs=(f"{who['tenant']}-ada",))
    made = evidence.exchange(identity, principal=replace(evidence.PRINCIPAL, **who), declared=declared)
    async with log.entry(made) as entry:
        entry.note(evidence.inspection(), evidence.facts(tenant=who["tenant"]), evidence.decision())
        await entry.intend(evidence.outbound(identity), 1)
        entry.attempted(evidence.COMPLETE)
        entry.settle(evidence.DELIVERED)


@pytest.fixture
async def filled(fresh_dsn, open_log, superuser):
    """Evidence of two tenants, an event of each and of none, words of reads, a bundle."""
    log = await open_log(fresh_dsn)
    for tenant in ("acme", "bravo"):
        await exchanged(log, f"{tenant}-1", tenant=tenant, service=f"{tenant}-desk")
    await log.event_durable("flush", {})
    for tenant in ("acme", "bravo"):
        await exchanged(log, f"{tenant}-2", tenant=tenant, service=f"{tenant}-desk")
        await log.event_durable("oversight_required", {"exchange": f"{tenant}-2"}, tenant=tenant)
    await log.event_durable("key_created", {"tenant": "bravo"})
    await superuser.execute('SELECT audit.announce_reading(\'{"command": "bravo"}\')')
    await superuser.execute(
        "INSERT INTO registry.bundle (revision, packed) VALUES ('bravo', 'bravo');"
        "INSERT INTO audit.outbox (action, tenant, facts) VALUES ('links_expired', 'bravo', '{}');"
        "INSERT INTO identity.subject_lookup_key (tenant, sealed, sealed_by) VALUES ('bravo', 'x', 'k-00000000');"
        "INSERT INTO identity.linking_key VALUES ('bravo', current_date, current_date, 'x', 'k-00000000');"
        "INSERT INTO identity.subject_key (tenant, lookup, made, sealed, sealed_by, handle, reference) "
        "VALUES ('bravo', sha256('x'), now(), 'x', 'k-00000000', 'x', 'x');"
        "INSERT INTO identity.two_person_request (id, act, tenant, about, ticket, requested_by, requested) "
        "VALUES ('rq_aaaaaaaaaaaa', 'place_hold', 'bravo', 'bravo', 'bravo', 'bravo', now());"
        "INSERT INTO identity.hold (id, matter, tenant, request) VALUES ('hd_aaaaaaaaaaaa', 'bravo', 'bravo', 'rq_aaaaaaaaaaaa')"
    )
    return log


@pytest_asyncio.fixture
async def login(fresh_dsn, superuser):
    """A login of the reader's role, and how to connect as it."""
    name = "auditor_of_" + await superuser.fetchval("SELECT current_database()")
    await superuser.execute(f"CREATE ROLE {name} LOGIN NOINHERIT; GRANT proxy_reader TO {name}")
    yield name, fresh_dsn.replace("postgres@", f"{name}@")
    await superuser.execute(f"DELETE FROM audit.tenant_login; DROP ROLE {name}")


async def bind(superuser, name, tenants) -> None:
    await superuser.execute("SET ROLE proxy_owner")
    await superuser.execute(f"INSERT INTO audit.tenant_login VALUES ('{name}', $1)", tenants)
    await superuser.execute("RESET ROLE")


async def seen(connection) -> dict[str, str]:
    """Return all rows of all that the reader may read, as text."""
    relations = [row["name"] for row in await connection.fetch(_READABLE)]
    return {
        name: "\n".join(row["row"] for row in await connection.fetch(f"SELECT t::text AS row FROM {name} t"))
        for name in relations
    }


async def exchanges_of(connection) -> set[str]:
    return {
        row["tenant"] for row in await connection.fetch("SELECT DISTINCT tenant FROM audit.record WHERE tenant <> ''")
    }


async def test_reader_sees_all_only_where_that_is_set(filled, fresh_dsn):
    connection = await database.connect(fresh_dsn, database.READER)
    whole = await seen(connection)
    bravos = {name for name, text in whole.items() if BRAVO.search(text)}
    tenants = {row["name"] for row in await connection.fetch(_READABLE) if row["has_tenant"]}
    assert tenants - bravos == set()  # each table and view with tenants holds what the next test looks for
    await connection.execute("SET app.tenants = ''")
    nothing = await seen(connection)
    assert nothing.pop("audit.reading").count("\n") == 0  # what this login itself announced
    await connection.execute("RESET ROLE; SET ROLE proxy_reader; SET app.tenants TO DEFAULT")
    await connection.close()
    assert {name for name in tenants | {"registry.bundle"} if nothing[name]} <= {"audit.record"}
    assert not BRAVO.search("".join(nothing.values()))
    assert "acme" not in "".join(nothing.values())


@pytest.mark.parametrize("bound", [True, False], ids=["bound in the database", "set by the session"])
async def test_nothing_of_another_tenant_is_in_anything_that_a_reader_may_read(
    filled, fresh_dsn, superuser, login, bound
):
    name, dsn = login
    if bound:
        await bind(superuser, name, ["acme"])
    connection = await database.connect(dsn, database.READER, tenants=None if bound else ["acme"])
    found = await seen(connection)
    assert {name for name, text in found.items() if BRAVO.search(text)} == set()
    assert "acme" in found["audit.record"]
    assert await connection.fetchval(_EVERY_TENANTS) == 0
    for statement in (
        "SELECT count(*) FROM audit.record WHERE exchange = 'bravo-1'",
        "SELECT count(*) FROM (SELECT DISTINCT tenant FROM audit.record GROUP BY ROLLUP (tenant)) t WHERE tenant NOT IN ('acme', '')",
    ):
        assert await connection.fetchval(statement) == 0
    async with connection.transaction():
        cursor = await connection.cursor("SELECT tenant FROM audit.record ORDER BY tenant DESC")
        assert {row["tenant"] for row in await cursor.fetch(1000)} <= {"acme", ""}
    await connection.close()


@pytest.mark.parametrize(
    "attempt",
    [
        "SET app.tenants = '*'",
        "SET app.tenants = '{bravo}'",
        "SET app.tenants = '{\"\",acme,bravo}'",
        "SELECT set_config('app.tenants', '*', false)",
        "RESET app.tenants",
        "SET row_security = off",
        "RESET ROLE; SET ROLE proxy_reader; SET app.tenants = '*'",
        "SET search_path = public; SET app.tenants = '*'",
    ],
)
async def test_bound_login_sees_no_other_tenant_whatever_it_sets(filled, superuser, login, attempt):
    name, dsn = login
    await bind(superuser, name, ["acme"])
    connection = await database.connect(dsn, database.READER)
    await connection.execute(attempt)
    try:
        assert await exchanges_of(connection) <= {"acme"}
    except asyncpg.InsufficientPrivilegeError:
        assert "row_security" in attempt  # refused instead of cut
    await connection.close()


@pytest.mark.parametrize(
    "attempt",
    [
        "SET SESSION AUTHORIZATION postgres",
        "SET ROLE proxy_owner",
        "DELETE FROM audit.tenant_login",
        "SELECT * FROM audit.tenant_login",
        "ALTER TABLE audit.record DISABLE ROW LEVEL SECURITY",
        "DROP POLICY reading ON audit.record",
        "SELECT * FROM audit.record_former",
        "SELECT * FROM audit.record_rest",
        "CREATE FUNCTION audit.reads_all(int) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "SELECT audit.open_records('x')",
        "COPY audit.record FROM STDIN",
    ],
)
async def test_bound_login_is_refused_the_ways_around(superuser, login, attempt):
    name, dsn = login
    await bind(superuser, name, ["acme"])
    connection = await database.connect(dsn, database.READER)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(attempt)
    await connection.close()


async def test_login_bound_to_none_sees_none_and_one_that_is_renamed_stays_bound(filled, superuser, login):
    name, dsn = login
    await bind(superuser, name, [])
    connection = await database.connect(dsn, database.READER)
    assert await exchanges_of(connection) == set()
    await connection.close()
    await superuser.execute(f"ALTER ROLE {name} RENAME TO {name}_later")
    connection = await database.connect(dsn.replace(f"{name}@", f"{name}_later@"), database.READER)
    assert await exchanges_of(connection) == set()
    await connection.close()
    await superuser.execute(f"ALTER ROLE {name}_later RENAME TO {name}")


async def test_malformed_tenants_are_an_error_and_odd_names_are_names(filled, fresh_dsn, open_log):
    odd = 'a"b\\c,{d}'
    await exchanged(filled, "odd-1", tenant=odd)
    await filled.event_durable("flush", {})
    connection = await database.connect(fresh_dsn, database.READER, tenants=[odd, "*"])
    assert await exchanges_of(connection) == {odd}
    await connection.execute("SET app.tenants = 'acme'")
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await exchanges_of(connection)
    await connection.close()


async def test_answer_to_a_bound_login_is_about_its_tenants_and_of_the_installation_there_is_none(
    filled, superuser, login
):
    name, dsn = login
    await bind(superuser, name, ["acme"])
    connection = await database.connect(dsn, database.READER)
    story = catalogue.named("AQ-23")
    assert (await answer.ask(connection, story, {"exchange": "bravo-1"}, twins.query_context())).rows == ()
    found = await answer.ask(connection, story, {"exchange": "acme-1"}, twins.query_context())
    assert (len(found.rows), found.statement["tenants"]) == (3, ["acme"])
    assert found.statement["coverage"]["hidden"] > 0
    listed = await answer.ask(connection, catalogue.named("AQ-12"), {}, twins.query_context(signing=evidence.SIGNING))
    assert [row["exchanges"] for row in listed.rows] == [2]
    with pytest.raises(TenantRefusedError):
        await answer.ask(connection, catalogue.named("AQ-24"), {}, twins.query_context())
    await connection.close()


async def test_what_needs_the_whole_log_is_refused_in_a_sentence(filled, fresh_dsn):
    connection = await database.connect(fresh_dsn, database.READER, tenants=["acme"])
    key = evidence.SIGNING.verifier
    for work in (
        verify(connection, key), proving.prove(connection, "acme-1", key),
        exporting.stretch(connection, None, None),
    ):  # fmt: skip
        with pytest.raises(ConfigurationError, match="reads some tenants alone"):
            await work
    await connection.close()


async def test_every_table_with_tenants_is_guarded_and_every_view_asks_as_its_reader(superuser):
    guarded = "SELECT bool_and(relrowsecurity AND relforcerowsecurity) FROM pg_class WHERE oid = $1::regclass AND relkind <> 'v'"
    for row in await superuser.fetch(_READABLE):
        if row["has_tenant"]:
            assert await superuser.fetchval(guarded, row["name"]) in {True, None}, row["name"]
    views = await superuser.fetch(
        "SELECT oid::regclass::text AS name, reloptions FROM pg_class WHERE relkind = 'v' AND relnamespace IN "
        "('audit'::regnamespace)"
    )
    assert {row["name"] for row in views if "security_invoker=true" not in (row["reloptions"] or ())} == set()


async def test_functions_that_a_reader_may_call_tell_nothing_of_tenants(superuser):
    assert {row["proname"] for row in await superuser.fetch(_EXECUTABLE)} == {
        "writer_alive", "announce_reading", "day_of", "day_of_record", "bound_tenants", "reads_all",
        "tenants_read", "content", "bundle_digest", "hashes_after",
    }  # fmt: skip


async def test_answers_are_read_from_what_the_own_tenant_states_alone(filled, superuser, login):
    name, dsn = login
    decided = "SELECT packed FROM audit.record WHERE kind = 'decision' AND tenant = $1"
    contents = [row["packed"] for tenant in ("acme", "bravo") for row in await superuser.fetch(decided, tenant)]
    await bind(superuser, name, ["acme"])
    connection = await database.connect(dsn, database.READER)
    for one in await whole.documents(connection, contents):
        assert ("verdicts" in one["facts"]) == (one["columns"]["tenant"] == "acme")
    await connection.close()
