from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from proxy.audit.sealing import notes
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification import proof_check
from proxy.audit.verification.proof import ProofError
from proxy.audit.verification.reading import EvidenceDamagedError
from proxy.audit.writing.log import PostgresAuditLog
from proxy.errors import AuditUnavailableError
from proxy.policy.decision.document import input_document
from proxy.reports import catalogue, gathering, statement
from proxy.reports.answer import ReaderRefusedError
from proxy.reports.desk import EvidenceDesk
from proxy.runtime.clock import SystemClock
from testing import evidence

READS = catalogue.named("AQ-24")
ASKER = Requester("crm (k1)", "review")


def desk(dsn):
    return EvidenceDesk(dsn, evidence.SIGNING, evidence.KEYRING, evidence.FixedClock())


async def test_an_answer_is_signed_and_names_when_and_who(fresh_dsn, superuser):
    answer = await desk(fresh_dsn).ask(READS, {}, ASKER, None)
    assert statement.flaw(answer.document(), evidence.SIGNING.verifier) is None
    assert (answer.statement["asked_by"], answer.statement["at"]) == ("crm (k1)", "2026-09-21T14:13:20.250000Z")
    [row] = (await desk(fresh_dsn).ask(READS, {}, ASKER, None)).rows
    assert (row["by"], row["answer"]) == ("crm (k1)", statement.digest(answer.statement))
    assert (row["login"], row["sealed"]) == (await superuser.fetchval("SELECT session_user"), False)


@asynccontextmanager
async def login(superuser, dsn):
    """A login without any role of the product, and its connection string."""
    await superuser.execute("CREATE ROLE no_reader LOGIN")
    database, _, rest = dsn.removeprefix(f"{urlsplit(dsn).scheme}://").partition("@")
    assert database
    try:
        yield f"{urlsplit(dsn).scheme}://no_reader@{rest}"
    finally:
        await superuser.execute("DROP ROLE no_reader")


async def test_a_login_that_is_no_reader_is_told_so(fresh_dsn, superuser):
    async with login(superuser, fresh_dsn) as dsn:
        with pytest.raises(ReaderRefusedError, match="may not act as proxy_reader"):
            await desk(dsn).ask(READS, {}, ASKER, None)


async def test_questions_one_after_the_other_are_asked_on_one_connection(fresh_dsn, superuser):
    waiting, used = desk(fresh_dsn).kept(), []
    connected = "SELECT pid FROM pg_stat_activity WHERE application_name = 'compliance-proxy' AND datname = $1"
    for tenants in (None, ("acme",)):
        await waiting.exchanges({}, 10, "", ASKER, tenants)
        used += [row["pid"] for row in await superuser.fetch(connected, urlsplit(fresh_dsn).path[1:])]
    assert len(used) == 2
    assert used[0] == used[1]
    keeping = asyncio.ensure_future(waiting.keep_parts())
    await asyncio.sleep(0)
    keeping.cancel()
    await asyncio.wait({keeping})
    async with asyncio.timeout(30):
        while await superuser.fetch(connected, urlsplit(fresh_dsn).path[1:]):
            await asyncio.sleep(0.01)


async def test_a_database_that_is_away_is_a_fault_of_the_evidence(fresh_dsn):
    with pytest.raises(AuditUnavailableError):
        await desk("postgresql://nobody@127.0.0.1:9/none").ask(READS, {}, ASKER, None)


async def test_an_exchange_is_proven_to_who_reads_its_tenant(fresh_dsn, started):
    log = await started(PostgresAuditLog(fresh_dsn, "w", evidence.KEYRING, SystemClock(), signing=evidence.SIGNING))
    await evidence.serve(log, "x1")
    await log.event_durable("flush", {})
    assert await desk(fresh_dsn).checkpoint() is None
    with pytest.raises(ProofError, match="try again"):
        await desk(fresh_dsn).proof("x1", ASKER, None)
    note = await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    made = await desk(fresh_dsn).proof("x1", ASKER, ("acme",))
    assert proof_check.check(made, evidence.SIGNING.verifier).exchange == "x1"
    assert await desk(fresh_dsn).proof("x1", ASKER, ("mercy",)) is None
    assert await desk(fresh_dsn).proof("x2", ASKER, None) is None
    assert notes.opened(await desk(fresh_dsn).checkpoint(), evidence.SIGNING.verifier) == note
    waiting = await desk(fresh_dsn).ask(READS, {}, ASKER, None)
    assert sum(row["command"] == "audit prove" for row in waiting.rows) == 3


async def test_a_damaged_log_answers_nothing(fresh_dsn, started, superuser):
    log = await started(PostgresAuditLog(fresh_dsn, "w", evidence.KEYRING, SystemClock(), signing=evidence.SIGNING))
    await log.event_durable("flush", {})
    await log.event_durable("last", {})
    await superuser.execute("SET session_replication_role = replica; DELETE FROM audit.record WHERE action = 'flush'")
    with pytest.raises(EvidenceDamagedError, match="nothing can be stated: w 2: records 2 to 2 are missing"):
        await desk(fresh_dsn).ask(READS, {}, ASKER, None)
    with pytest.raises(EvidenceDamagedError):
        await desk(fresh_dsn).exchanges({}, 5, "", ASKER, ("acme",))


async def test_a_person_whom_nothing_names_has_no_references(fresh_dsn):
    assert await desk(fresh_dsn).references("patient-7", "mercy") == ()


async def test_questions_of_one_moment_read_the_log_once_and_are_each_on_record(fresh_dsn, started, monkeypatch):
    readings, real = [], gathering.moment

    def counted(*given, **more):
        readings.append(given)
        return real(*given, **more)

    monkeypatch.setattr(gathering, "moment", counted)
    log = PostgresAuditLog(
        fresh_dsn, "w", evidence.KEYRING, SystemClock(), document=input_document, signing=evidence.SIGNING
    )
    await started(log)
    await evidence.serve(log, "x1")
    await log.event_durable("flush", {})
    async with desk(fresh_dsn).at_one_moment() as still:
        counts = await still.facets({}, ASKER, None)
        await evidence.serve(log, "x2")
        await log.event_durable("flush", {})
        assert (await still.facets({}, ASKER, None), counts.exchanges) == (counts, 1)
        assert [point["exchanges"] for point in (await still.series({}, "action", "day", ASKER, None)).points] == [1]
        [row] = (await still.exchanges({}, 5, "", ASKER, None)).rows
        assert row["exchange"] == "x1"
        await still.ask(catalogue.named("AQ-14"), {}, ASKER, None)
        assert len(readings) == 1
        assert (await still.facets({}, ASKER, ("other",))).exchanges == 0, "another reach is another reading"
        assert len(readings) == 2
    assert (await desk(fresh_dsn).facets({}, ASKER, None)).exchanges == 2
    assert len((await desk(fresh_dsn).ask(READS, {}, ASKER, None)).rows) == 7


async def test_a_log_that_cannot_be_read_is_read_once_for_a_page(fresh_dsn, started, superuser, monkeypatch):
    readings, real = [], gathering.moment

    def counted(*given, **more):
        readings.append(given)
        return real(*given, **more)

    monkeypatch.setattr(gathering, "moment", counted)
    log = await started(PostgresAuditLog(fresh_dsn, "w", evidence.KEYRING, SystemClock(), signing=evidence.SIGNING))
    await log.event_durable("flush", {})
    await log.event_durable("last", {})
    await superuser.execute("SET session_replication_role = replica; DELETE FROM audit.record WHERE action = 'flush'")
    async with desk(fresh_dsn).at_one_moment() as still:
        for asking in (still.facets({}, ASKER, None), still.ask(READS, {}, ASKER, None), still.facets({}, ASKER, None)):
            with pytest.raises(EvidenceDamagedError):
                await asking
    assert len(readings) == 1
    async with desk(fresh_dsn).at_one_moment() as again:
        with pytest.raises(EvidenceDamagedError):
            await again.facets({}, ASKER, None)
    assert len(readings) == 2, "the next page tries it again"
