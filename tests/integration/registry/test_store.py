"""The registry in a real database: nothing is ever changed, nobody's change is lost, what is refused is not stored."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest

from proxy.catalog import documents
from proxy.errors import ConfigurationError, RegistryConflictError, RegistryUnavailableError, SecondPersonError
from proxy.registry.store import RegistryStore, Replica
from proxy.runtime import database
from testing import evidence
from tests.integration.registry.sample import document

REPLICA = Replica("w-1", "host", 7, datetime(2026, 11, 1, tzinfo=UTC), "p1", "d1", "2026.1", "r1", "opa/1")


async def test_an_empty_registry_has_nothing_in_force(store):
    assert await store.active() is None
    assert await store.active_revision() is None
    assert await store.history() == ()


async def test_what_is_put_is_in_force_and_read_back_as_it_was_written(store):
    made = await store.put(document(), by="ann", base=None, comment="the first")
    found = await store.active()
    assert found == made
    assert (found.documents, found.parent, found.made_by, found.comment) == (document(), None, "ann", "the first")
    assert found.revision == documents.revision_of(document()) == await store.active_revision()
    assert list(found.documents) == list(document())


async def test_each_change_names_its_parent_and_the_history_tells_all(store):
    one = await store.put(document(), by="ann", base=None)
    two = await store.put(document(ext={"n": 1}), by="ben", base=one.revision, comment="why")
    assert two.parent == one.revision
    back = await store.activate(one.revision, by="cem", base=two.revision, may_be_author="cem".__eq__)
    assert back == one
    newest, older = await store.history()
    assert (newest.revision, newest.active, newest.activated_by) == (one.revision, True, "cem")
    assert (older.revision, older.active, older.parent, older.comment) == (two.revision, False, one.revision, "why")
    assert [entry.revision for entry in await store.history(1)] == [one.revision]


async def test_a_draft_is_stored_but_not_in_force(store):
    one = await store.put(document(), by="ann", base=None)
    draft = await store.put(document(ext={"n": 1}), by="ann", base=one.revision, activate=False)
    assert await store.active_revision() == one.revision
    assert await store.get(draft.revision) == draft
    assert [entry.activated_at is None for entry in await store.history()] == [True, False]


@pytest.mark.parametrize("base", [None, "0" * 20])
async def test_a_change_based_on_another_revision_is_refused_and_not_stored(store, base):
    one = await store.put(document(), by="ann", base=None)
    with pytest.raises(RegistryConflictError, match=one.revision):
        await store.put(document(ext={"n": 1}), by="ben", base=base)
    with pytest.raises(RegistryConflictError):
        await store.activate(one.revision, by="ben", base=base, may_be_author="ben".__eq__)
    assert len(await store.history()) == 1


async def test_of_changes_at_the_same_moment_one_wins(open_store):
    stores = [await open_store() for _ in range(4)]
    base = (await stores[0].put(document(), by="ann", base=None)).revision

    async def change(number):
        try:
            return await stores[number].put(document(ext={"n": number}), by=f"u{number}", base=base)
        except RegistryConflictError:
            return None

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(change(number)) for number in range(4)]
    won = [task.result() for task in tasks if task.result() is not None]
    assert len(won) == 1
    assert await stores[0].active() == won[0]
    assert len(await stores[0].history()) == 2, "a change that lost must leave nothing"


async def test_the_same_content_is_the_same_revision(store, superuser):
    one = await store.put(document(), by="ann", base=None)
    assert await store.put(document(), by="ben", base=one.revision) == one
    two = await store.put(document(ext={"n": 1}), by="ann", base=one.revision)
    assert await store.put(document(), by="cem", base=two.revision) == one
    assert await superuser.fetchval("SELECT count(*) FROM registry.activation") == 3


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (document(colour="red"), "tenants.acme.colour"),
        (document(sector=None), "tenants.acme.sector is null"),
        ({**document(), "routes": [{"targets": ["q/us"]}]}, "q/us"),
        ({**document(), "registry": {**document()["registry"], "revision": "mine"}}, "revision: leave it out"),
        ({}, "targets"),
    ],
)
async def test_what_is_refused_is_never_stored(store, bad, said):
    with pytest.raises(ConfigurationError, match=said):
        await store.put(bad, by="ann", base=None)
    assert await store.history() == ()


async def test_what_was_tried_stays_with_the_revision(store):
    made = await store.put(document(), by="ann", base=None, evidence='{"tests": 3}')
    assert made.evidence == '{"tests": 3}'
    again = await store.put(document(), by="ben", base=made.revision, evidence='{"tests": 0}')
    assert (again.evidence, again.made_by) == ('{"tests": 3}', "ann")


@pytest.mark.parametrize("comment", ["a\0b", "x" * 2001])
async def test_a_comment_is_short_text(store, comment):
    with pytest.raises(ConfigurationError, match="comment"):
        await store.put(document(), by="ann", base=None, comment=comment)


async def test_odd_text_survives(store):
    odd = document(ext={"note": "nul \0, \u2028, \U0001f600, '\"", "n": 1.0, "deep": [[], {}]})
    made = await store.put(odd, by="ann", base=None)
    assert (await store.get(made.revision)).documents == odd


async def test_a_revision_is_found_by_its_beginning(store):
    made = await store.put(document(), by="ann", base=None)
    assert await store.matching(made.revision[:5]) == made.revision
    for prefix in ("zzz", "_", "%", "", made.revision + "0"):
        with pytest.raises(ConfigurationError, match="is not a revision"):
            await store.matching(prefix)
    with pytest.raises(ConfigurationError, match="no revision begins"):
        await store.matching("0" if made.revision[0] != "0" else "1")
    with pytest.raises(ConfigurationError, match="no revision"):
        await store.activate("0" * 20, by="ann", base=made.revision, may_be_author="ann".__eq__)


async def test_what_somebody_edited_behind_its_back_is_refused(store, superuser):
    made = await store.put(document(), by="ann", base=None)
    await superuser.execute(
        "SET session_replication_role = replica; "
        "UPDATE registry.revision SET document = replace(document::text, 'signed', 'missing')::json"
    )
    for read in (store.active, lambda: store.get(made.revision)):
        with pytest.raises(ConfigurationError, match="does not match its revision"):
            await read()


@pytest.mark.parametrize("table", ["revision", "activation", "bundle"])
@pytest.mark.parametrize("statement", ["UPDATE registry.{} SET revision = revision", "DELETE FROM registry.{}", "TRUNCATE registry.{} CASCADE"])  # fmt: skip
async def test_tables_only_grow_even_for_the_superuser(store, superuser, table, statement):
    await store.put(document(), by="ann", base=None)
    await store.keep_bundle("abc", b"x")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await superuser.execute(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry.revision SET comment = 'x'",
        "DELETE FROM registry.activation",
        "TRUNCATE registry.bundle",
        "ALTER TABLE registry.revision DISABLE TRIGGER ALL",
        "SELECT 1 FROM audit.record",
        "SELECT 1 FROM vault.pseudonym",
        "SELECT 1 FROM identity.api_key",
        "CREATE TABLE registry.mine (n int)",
    ],
)
async def test_the_role_may_not_do_more(fresh_dsn, statement):
    connection = await database.connect(fresh_dsn, database.REGISTRY)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("role", [database.WRITER, database.READER, database.IDENTITY, database.VAULT])
async def test_other_roles_do_not_see_it(fresh_dsn, role):
    connection = await database.connect(fresh_dsn, role)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SELECT 1 FROM registry.revision")
    finally:
        await connection.close()


async def test_bundles_are_kept_for_good(store):
    await store.keep_bundle("abc", b"\x00packed")
    await store.keep_bundle("abc", b"another")
    assert await store.bundle("abc") == b"\x00packed"
    assert await store.bundle("none") is None
    assert await store.missing_bundles(["abc", "def"]) == {"def"}
    assert await store.missing_bundles([]) == frozenset()


async def test_replicas_say_what_they_run_until_they_leave_or_fall_silent(store, superuser):
    await store.report(REPLICA)
    await store.report(replace(REPLICA, writer="w-2", pid=8))
    await store.report(replace(REPLICA, policy_revision="p2", refused="tests: x"))
    one, two = await store.replicas()
    assert (one.pid, one.policy_revision, one.refused, two.pid, two.policy_revision) == (7, "p2", "tests: x", 8, "p1")
    assert one.seen_at is not None
    await store.withdraw("w-2")
    assert [replica.pid for replica in await store.replicas()] == [7]
    await superuser.execute("UPDATE registry.replica SET seen_at = now() - interval '4 minutes'")
    assert await store.replicas() == ()
    await superuser.execute("UPDATE registry.replica SET seen_at = now() - interval '7 minutes'")
    await store.report(replace(REPLICA, writer="w-3"))
    assert await superuser.fetchval("SELECT array_agg(writer) FROM registry.replica") == ["w-3"]


async def test_a_database_that_was_not_migrated_is_told_apart(fresh_dsn, superuser):
    await superuser.execute("DROP SCHEMA registry CASCADE")
    unmigrated = RegistryStore(fresh_dsn, evidence.KEYRING)
    with pytest.raises(ConfigurationError, match="compliance-proxy migrate"):
        await unmigrated.start()
    await unmigrated.close()


async def test_without_a_database_it_says_so():
    nowhere = RegistryStore("postgresql://u@127.0.0.1:1/x", evidence.KEYRING, timeout_s=1)
    with pytest.raises(RegistryUnavailableError):
        await nowhere.start()
    with pytest.raises(RegistryUnavailableError):
        await nowhere.active()
    await nowhere.close()
    assert "127.0.0.1" not in repr(nowhere)


async def test_a_sensitive_place_needs_another_person_whatever_the_door(store):
    one = await store.put(document(), by="ann", base=None)
    widened = document(establishments=["US"])
    with pytest.raises(SecondPersonError, match=r"tenants\.acme\.establishments"):
        await store.put(widened, by="ann", base=one.revision)
    assert await store.active_revision() == one.revision
    draft = await store.put(widened, by="ann", base=one.revision, activate=False)
    with pytest.raises(SecondPersonError):
        await store.activate(draft.revision, by="ann", base=one.revision, may_be_author="ann".__eq__)
    assert await store.active_revision() == one.revision
    await store.activate(draft.revision, by="ben", base=one.revision, may_be_author="ben".__eq__)
    assert await store.active_revision() == draft.revision
