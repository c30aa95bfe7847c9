"""Exports in the database: who sees them, who may approve them, which process runs one."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from proxy.errors import AuditUnavailableError
from proxy.reports.exports.job import ExportState, MadeExport
from proxy.reports.exports.store import (
    MOST_OPEN,
    MOST_RUNS,
    ExporterRefusedError,
    ExportStore,
    ExportTakenError,
    TooManyExportsError,
)
from proxy.runtime import database
from testing import evidence

MADE = MadeExport(3, 7, "a" * 64, b"{}")
SILENT = "UPDATE export.job SET beat = now() - interval '2 minutes'"


async def finished(store, job):
    await store.add_piece(job, 0, b"one")
    await store.add_piece(job, 1, b"two!")
    await store.done(job, MADE)


async def tidied(store):
    ended = []

    async def record(word, job):
        ended.append((word, job.id))

    await store.tidy(record)
    return ended


async def test_what_ends_while_nothing_can_be_recorded_ends_once_it_can(store, asked, superuser):
    async def down(*_):
        raise AuditUnavailableError

    job = await store.add(asked())
    await finished(store, await store.claim())
    await superuser.execute("UPDATE export.job SET expires = now() - interval '1 second'")
    with pytest.raises(AuditUnavailableError):
        await store.tidy(down)
    assert await tidied(store) == [("expired", job.id)]
    assert await tidied(store) == []


async def test_who_reads_slowly_keeps_no_connection(store, asked, superuser):
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    job = await store.add(asked())
    await finished(store, await store.claim())
    before = await superuser.fetchval(others)
    slow = store.pieces(job.id, None)
    assert await anext(slow) == b"one"
    async with asyncio.timeout(20):
        while await superuser.fetchval(others) > before:  # the server ends a backend after its client has gone
            await asyncio.sleep(0.05)
    assert await anext(slow) == b"two!"
    await slow.aclose()


async def test_a_file_is_handed_out_in_its_pieces_once_it_is_whole(store, asked):
    added = await store.add(asked())
    job = await store.claim()
    assert (job.id, job.state, job.run) == (added.id, ExportState.RUNNING, 1)
    await store.add_piece(job, 0, b"one")
    assert [piece async for piece in store.pieces(job.id, None)] == []
    await store.add_piece(job, 1, b"two!")
    await store.done(job, MADE)
    assert [piece async for piece in store.pieces(job.id, None)] == [b"one", b"two!"]
    found = await store.find(job.id, None)
    assert (found.state, found.rows, found.size, found.companion) == (ExportState.DONE, 3, 7, b"{}")


async def test_an_export_is_seen_by_who_reads_all_its_tenants(store, asked):
    own = await store.add(asked(tenants=("acme",)))
    both = await store.add(asked(tenants=("acme", "mercy")))
    every = await store.add(asked())
    assert {job.id for job in await store.listed(("acme",), 50)} == {own.id}
    assert {job.id for job in await store.listed(("mercy", "acme"), 50)} == {own.id, both.id}
    assert {job.id for job in await store.listed(None, 50)} == {own.id, both.id, every.id}
    assert await store.find(every.id, ("acme",)) is None
    await finished(store, await store.claim())
    assert [piece async for piece in store.pieces(own.id, ("mercy",))] == []
    assert [piece async for piece in store.pieces(own.id, ("acme",))] == [b"one", b"two!"]


async def test_a_login_that_is_bound_to_tenants_sees_their_exports_alone(store, asked, fresh_dsn, superuser):
    own, every = await store.add(asked(tenants=("acme",))), await store.add(asked())
    await superuser.execute("CREATE ROLE bound_login LOGIN IN ROLE proxy_exporter NOINHERIT")
    try:
        await superuser.execute("INSERT INTO audit.tenant_login VALUES ('bound_login', '{acme}')")
        bound = ExportStore(fresh_dsn.replace("postgres@", "bound_login@"), "runner-2", evidence.KEYRING)
        assert [job.id for job in await bound.listed(None, 50)] == [own.id]
        assert await bound.find(every.id, None) is None
        with pytest.raises(AuditUnavailableError):
            await bound.add(asked())
    finally:
        await superuser.execute("DELETE FROM audit.tenant_login; DROP ROLE bound_login")


async def test_a_reader_sees_no_export(store, asked, reader):
    await store.add(asked())
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await reader.fetch("SELECT * FROM export.job")


async def test_what_names_a_person_waits_for_another_person(store, asked, fresh_dsn):
    job = await store.add(asked(name="AQ-10", subject=["hmac-sha256:k:aa"]))
    assert job.state is ExportState.PENDING
    assert await store.claim() is None
    assert not await store.approve(job.id, "jane (another key)", "jane")
    assert await store.approve(job.id, "joe (k2)", "joe")
    assert not await store.approve(job.id, "jim (k3)", "jim")
    assert (await store.claim()).id == job.id


async def test_the_database_lets_nobody_pass_by_the_second_person(store, asked, fresh_dsn):
    job = await store.add(asked(name="AQ-10", subject=["hmac-sha256:k:aa"]))
    connection = await database.connect(fresh_dsn, database.EXPORTER)
    try:
        for statement in (
            "UPDATE export.job SET state = 'waiting'",
            "UPDATE export.job SET of_subject = false",
            "INSERT INTO export.approval (job, approver) SELECT id, 'joe' FROM export.job",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
    assert (await store.find(job.id, None)).state is ExportState.PENDING


async def test_an_approval_comes_within_a_day(store, asked, superuser):
    job = await store.add(asked(name="AQ-10", subject=["hmac-sha256:k:aa"]))
    await superuser.execute("UPDATE export.job SET made = made - interval '25 hours'")
    assert not await store.approve(job.id, "joe (k2)", "joe")
    assert await tidied(store) == [("lapsed", job.id)]


async def test_one_export_of_a_tenant_runs_at_a_time_and_two_in_all(store, asked, fresh_dsn):
    for tenant in ("acme", "acme", "mercy", "other"):
        await store.add(asked(tenant=tenant))
    other = ExportStore(fresh_dsn, "runner-2", evidence.KEYRING)
    first, second = await store.claim(), await other.claim()
    assert (first.asked.tenant, second.asked.tenant) == ("acme", "mercy")
    assert await other.claim() is None
    await finished(store, first)
    assert (await store.claim()).asked.tenant == "acme"


async def test_too_many_open_exports_of_a_tenant_are_refused_and_another_tenant_is_not(store, asked):
    for _ in range(MOST_OPEN):
        await store.add(asked())
    with pytest.raises(TooManyExportsError):
        await store.add(asked())
    await store.add(asked(tenant="mercy"))


async def test_what_a_silent_process_ran_another_one_takes_up_from_the_beginning(store, asked, fresh_dsn, superuser):
    await store.add(asked())
    job = await store.claim()
    await store.add_piece(job, 0, b"half")
    other = ExportStore(fresh_dsn, "runner-2", evidence.KEYRING)
    assert await other.claim() is None
    await superuser.execute(SILENT)
    again = await other.claim()
    assert (again.id, again.run) == (job.id, 2)
    for late in (store.beat(job), store.add_piece(job, 1, b"x"), store.done(job, MADE), store.failed(job, "x")):
        with pytest.raises(ExportTakenError):
            await late
    await finished(other, again)
    assert b"".join([piece async for piece in other.pieces(job.id, None)]) == b"onetwo!"


async def test_what_ends_its_process_again_and_again_is_failed(store, asked, superuser):
    await store.add(asked())
    for run in range(1, MOST_RUNS + 1):
        assert (await store.claim()).run == run
        await superuser.execute(SILENT)
    assert await store.claim() is None
    [(word, failed)] = await tidied(store)
    found = await store.find(failed, None)
    assert (word, found.state, found.failure) == ("interrupted", ExportState.FAILED, "interrupted")


async def test_what_is_given_back_counts_as_not_begun(store, asked):
    await store.add(asked())
    job = await store.claim()
    await store.give_back(job)
    assert (await store.claim()).run == 1


async def test_a_file_that_has_expired_is_gone(store, asked, superuser):
    await store.add(asked())
    job = await store.claim()
    await finished(store, job)
    assert await tidied(store) == []
    await superuser.execute("UPDATE export.job SET expires = now() - interval '1 second'")
    assert await tidied(store) == [("expired", job.id)]
    assert await superuser.fetchval("SELECT count(*) FROM export.piece") == 0
    found = await store.find(job.id, None)
    assert (found.state, found.companion, found.answer) == (ExportState.EXPIRED, b"", MADE.answer)
    await superuser.execute("UPDATE export.job SET ended = ended - interval '91 days'")
    await tidied(store)
    assert await store.find(job.id, None) is None


async def test_a_login_without_the_role_is_told_so_and_a_database_that_is_away_is_a_fault(fresh_dsn, superuser, asked):
    await superuser.execute("CREATE ROLE no_exporter LOGIN")
    try:
        with pytest.raises(ExporterRefusedError, match="may not act as proxy_exporter"):
            await ExportStore(fresh_dsn.replace("postgres@", "no_exporter@"), "r", evidence.KEYRING).add(asked())
    finally:
        await superuser.execute("DROP ROLE no_exporter")
    with pytest.raises(AuditUnavailableError):
        await ExportStore("postgresql://nobody@127.0.0.1:9/none", "r", evidence.KEYRING).add(asked())


async def test_what_is_cancelled_is_no_longer_its_runners_and_ends_once(store, asked):
    waiting, running = await store.add(asked()), await store.claim()
    await store.beat(running, "5 of 9 records")
    assert (await store.find(running.id, None)).stage == "5 of 9 records"
    assert await store.cancel(running.id, ("other",)) is None
    assert (await store.cancel(running.id, None)).failure == "cancelled"
    assert await store.cancel(waiting.id, None) is None
    with pytest.raises(ExportTakenError):
        await store.beat(running)
    assert await store.claim() is None
