"""Exports made by a process over a real log: on record, signed, and taken up again."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from proxy.audit.upkeep.readings import Requester
from proxy.errors import AuditUnavailableError
from proxy.reports import catalogue, statement
from proxy.reports.exports import making
from proxy.reports.exports.job import ExportState
from proxy.reports.exports.running import ExportRunner
from testing import evidence
from testing.fakes import PRINCIPAL

VERIFIER = evidence.SIGNING.verifier


async def file_of(store, job):
    return b"".join([piece async for piece in store.pieces(job.id, None)])


async def recorded(superuser, name):
    rows = await superuser.fetch(
        "SELECT tenant, body #>> '{facts}' AS facts FROM audit.record WHERE action = $1 ORDER BY seq", name
    )
    return [(row["tenant"], json.loads(row["facts"])) for row in rows]


async def test_an_export_is_the_direct_answer_as_a_file_and_on_record_before_it_is_handed_out(
    store, runner, asked, superuser
):
    added = await store.add(asked())
    assert await runner.once()
    assert not await runner.once()
    job = await store.find(added.id, None)
    assert job.state is ExportState.DONE
    file, companion = await file_of(store, job), json.loads(job.companion)
    assert statement.flaw(companion, VERIFIER, file) is None
    assert (companion["statement"]["asked_by"], companion["statement"]["purpose"]) == ("jane (k1)", "review")
    assert job.answer == statement.digest({k: v for k, v in companion["statement"].items() if k != "file"})
    [(tenant, facts)] = await recorded(superuser, "export_made")
    assert (tenant, facts["export"], facts["by"], facts["answer"]) == ("acme", job.id, "jane (k1)", job.answer)
    assert await superuser.fetchval("SELECT count(*) FROM audit.reading WHERE said->>'command' = 'audit ask AQ-24'")


async def test_an_export_holds_what_the_tenants_of_who_asked_allow(store, runner, asked, log, desk):
    for name, tenant in (("x1", "acme"), ("x2", "mercy")):
        async with log.entry(evidence.exchange(name, principal=replace(PRINCIPAL, tenant=tenant))) as entry:
            entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
            await entry.intend(evidence.outbound(name), 1)
            entry.attempted(evidence.COMPLETE)
            entry.settle(evidence.DELIVERED)
    await log.event_durable("flush", {})
    question = catalogue.named("AQ-20")
    for tenants in (("acme",), None):
        added = await store.add(asked(name=question.id, form="json", tenants=tenants))
        await runner.once()
        rows = json.loads(await file_of(store, added))["rows"]
        direct = await desk.ask(question, {}, Requester("jane (k1)", "review"), tenants)
        assert rows == json.loads(statement.canonical(direct.rows))


async def test_an_export_is_printed_in_the_language_that_was_asked_for(store, runner, asked):
    added = await store.add(asked(form="html", language="de"))
    await runner.once()
    job = await store.find(added.id, None)
    assert (job.state, job.asked.language) == (ExportState.DONE, "de")
    assert b'<html lang="de"' in await file_of(store, added)


async def test_what_cannot_be_made_fails_with_its_code_and_ends_no_other(store, runner, asked, superuser):
    gone = await store.add(asked(name="AQ-99"))
    early = await store.add(asked(kind="records", name="", form="tar.gz"))
    await runner.once()
    await runner.once()
    assert [(await store.find(one.id, None)).failure for one in (gone, early)] == ["not_found", "not_proven"]
    assert [facts["failure"] for _, facts in await recorded(superuser, "export_failed")] == ["not_found", "not_proven"]


async def test_a_process_that_ends_gives_back_what_it_runs(store, runner, asked, monkeypatch):
    begun = asyncio.Event()

    async def never(*_):
        begun.set()
        await asyncio.sleep(60)

    monkeypatch.setattr(making, "_answered", never)
    added = await store.add(asked())
    runner.start()
    await asyncio.wait_for(begun.wait(), 10)
    await runner.close()
    job = await store.find(added.id, None)
    assert (job.state, job.run) == (ExportState.WAITING, 0)


async def test_an_export_that_takes_too_long_is_ended(store, runner, asked, monkeypatch):
    async def never(*_):
        await asyncio.sleep(60)

    monkeypatch.setattr(making, "_answered", never)
    monkeypatch.setattr("proxy.reports.exports.running._LONGEST_S", 0.1)
    added = await store.add(asked())
    await runner.once()
    assert (await store.find(added.id, None)).failure == "deadline_exceeded"


async def test_an_export_is_not_handed_out_while_nothing_can_be_recorded(store, desk, asked):
    class Down:
        async def event_durable(self, *_, **__):
            raise AuditUnavailableError

    added = await store.add(asked())
    with pytest.raises(AuditUnavailableError):
        await ExportRunner(store, desk, Down()).once()
    assert (await store.find(added.id, None)).state is ExportState.RUNNING


async def test_a_process_that_was_asked_begins_at_once(store, desk, log, asked):
    runner = ExportRunner(store, desk, log, period_s=60.0)
    runner.start()
    try:
        await asyncio.sleep(0.5)
        added = await store.add(asked())
        async with asyncio.timeout(20):
            while (await store.find(added.id, None)).state is not ExportState.DONE:
                await asyncio.sleep(0.05)
    finally:
        await runner.close()


async def test_what_expires_is_on_record(store, runner, asked, superuser):
    await store.add(asked())
    await runner.once()
    await superuser.execute("UPDATE export.job SET expires = now() - interval '1 second'")
    await runner.tidy()
    [(_, facts)] = await recorded(superuser, "export_expired")
    assert facts["by"] == "jane (k1)"
