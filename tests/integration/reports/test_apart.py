"""A process beside this one answers what this one would; it ends its work with the page, and itself with this process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from proxy.audit.access.closing import PartCloser
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification.reading import EvidenceDamagedError
from proxy.errors import AuditUnavailableError
from proxy.reports import apart, catalogue, composing, statement
from proxy.reports.answer import ReaderRefusedError, TenantRefusedError
from proxy.reports.desk import EvidenceDesk
from proxy.reports.parameters import InvalidParameterError
from testing import evidence
from tests.integration.reports.test_desk import login

pytestmark = pytest.mark.heavy

ASKER = Requester("crm (k1)", "review")
#: What questions and reports need besides.
NEEDED = {
    "activity": "support",
    "exchange": "x1",
    "tenant": "acme",
    "subject": [],
    "at": "2027-01-01",
    "since": "2020-01-01",
    "until": "2030-01-01",
}
#: An officer's process: it asks once, says so, and waits.
WORKER = """
import asyncio, sys
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.readings import Requester
from proxy.core.keyring import Keyring
from proxy.reports.desk import EvidenceDesk
from proxy.runtime.clock import SystemClock

async def main():
    desk = EvidenceDesk(sys.argv[1], AuditSigningKey.generate(), Keyring(b"k" * 64), SystemClock(), at_once=True).beside()
    await desk.facets({}, Requester("officer"), None)
    print("answered", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def here(fresh_dsn):
    return EvidenceDesk(fresh_dsn, evidence.SIGNING, evidence.KEYRING, evidence.FixedClock(), at_once=True)


@pytest.fixture
async def beside(here):
    desk = here.beside()
    yield desk
    await desk.apart.process.close()


@pytest.fixture
async def recorded(log, fresh_dsn):
    """Two exchanges of a tenant in a part, and one behind it."""
    for name in ("x1", "x2"):
        await evidence.serve(log, name)
    await log.event_durable("flush", {})
    await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    assert await PartCloser(fresh_dsn, evidence.SIGNING).once(least=1)
    await evidence.serve(log, "x3")
    await log.event_durable("flush", {})
    return log


def beginning(process=None):
    """The processes that answer, of one that serves."""
    children = (process or psutil.Process()).children()
    return [child for child in children if child.status() != psutil.STATUS_ZOMBIE and apart.MODULE in child.cmdline()]


def comparable(answer):
    """What is signed and told of an answer, but for its salt, which no two have in common."""
    document = answer.document()
    assert statement.flaw(document, evidence.SIGNING.verifier) is None
    told = {name: value for name, value in answer.statement.items() if name not in {"salt", "rows_sha256"}}
    return statement.canonical({**told, "rows": document["rows"]})


def needed(description):
    return {name: NEEDED[name] for name in description.required}


async def ended(pid):
    async with asyncio.timeout(30):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("tenants", [None, ("acme",), ("other",)])
async def test_counts_and_pages_are_the_same(recorded, here, beside, tenants):
    async with here.at_one_moment() as one, beside.at_one_moment() as other:
        for method, arguments in (
            ("exchanges", ({}, 2, "")),
            ("exchanges", ({"tenant": "acme", "since": "2020-01-01"}, 10, "")),
            ("series", ({}, "action", "day")),
            ("crossed", ({}, "tenant", "action")),
            ("crossed", ({}, "to", "mechanism")),
            ("facets", ({},)),
        ):
            asked = (*arguments, ASKER, tenants)
            assert await getattr(other, method)(*asked) == await getattr(one, method)(*asked), (method, arguments)
    page = await beside.exchanges({}, 2, "", ASKER, None)
    assert (len(page.rows), len((await beside.exchanges({}, 2, page.after, ASKER, None)).rows)) == (2, 1)


async def test_every_question_and_report_is_answered_the_same_and_signed_here(recorded, here, beside):
    for question in catalogue.every():
        if question.id == "AQ-24" or "registry" in question.parameters:
            continue  # reads of the log, which each asking adds to; and what is compared with a registry
        asked = (question, needed(question.description), ASKER, None)
        assert comparable(await beside.ask(*asked)) == comparable(await here.ask(*asked)), question.id
    for form in composing.every():
        if any("registry" in part.question.parameters for part in form.parts):
            continue
        asked = (form, needed(form.description), ASKER, None)
        assert comparable(await beside.compose(*asked)) == comparable(await here.compose(*asked)), form.name
    reads = await here.ask(catalogue.named("AQ-24"), {"limit": 1000}, ASKER, None)
    assert {row["by"] for row in reads.rows} == {"crm (k1)"}, "each reading is on record, whoever read"


async def test_faults_are_the_same(recorded, beside, superuser, fresh_dsn):
    with pytest.raises(InvalidParameterError, match="does not take 'colour'"):
        await beside.facets({"colour": "red"}, ASKER, None)
    installation = next(question for question in catalogue.every() if not question.is_of_tenants)
    with pytest.raises(TenantRefusedError):
        await beside.ask(installation, {}, ASKER, ("acme",))
    await superuser.execute(
        "SET session_replication_role = replica; DELETE FROM audit.record WHERE kind = 'outcome' AND exchange = 'x3'"
    )
    with pytest.raises(EvidenceDamagedError, match="nothing can be stated"):
        await beside.facets({}, ASKER, None)
    async with login(superuser, fresh_dsn) as dsn:
        refused = replace(beside, dsn=dsn).beside()
        with pytest.raises(ReaderRefusedError, match="may not act as proxy_reader"):
            await refused.facets({}, ASKER, None)
        await refused.apart.process.close()


async def test_one_process_answers_at_low_priority_and_in_the_session_of_this_one(recorded, beside):
    before = beginning()
    await asyncio.gather(*(beside.facets({}, ASKER, None) for _ in range(3)))
    [child] = [process for process in beginning() if process not in before]
    assert child.nice() >= 10
    assert os.getsid(child.pid) == os.getsid(0)
    assert not any("DATABASE_URL" in name or name.startswith("PROXY_") for name in child.environ())
    await beside.apart.process.close()
    assert not psutil.pid_exists(child.pid)


async def test_a_killed_process_fails_its_page_and_the_next_is_answered(recorded, beside, superuser):
    await beside.facets({}, ASKER, None)
    [child] = beginning()
    async with superuser.transaction():
        await superuser.execute("LOCK TABLE audit.record IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.ensure_future(beside.facets({}, ASKER, None))
        await asyncio.sleep(0.1)
        child.kill()
        with pytest.raises(AuditUnavailableError, match="ended early; try again"):
            await waiting
    assert (await beside.facets({}, ASKER, None)).exchanges == 3
    assert [process.pid for process in beginning()] != [child.pid]


async def test_a_page_that_is_left_ends_the_work_on_it(recorded, beside, superuser):
    blocked = "SELECT count(*) FROM pg_locks WHERE relation = 'audit.record'::regclass AND NOT granted"
    async with superuser.transaction():
        await superuser.execute("LOCK TABLE audit.record IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.ensure_future(beside.facets({}, ASKER, None))
        async with asyncio.timeout(30):
            while not await superuser.fetchval(blocked):
                await asyncio.sleep(0.02)
            waiting.cancel()
            while await superuser.fetchval(blocked):
                await asyncio.sleep(0.02)
    assert (await beside.facets({}, ASKER, None)).exchanges == 3


async def test_it_ends_with_the_process_that_serves_and_leaves_no_files(fresh_dsn, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(Path(apart.__file__).parents[2]), "TMPDIR": str(tmp_path)}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, fresh_dsn], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert worker.stdout is not None
    assert await asyncio.to_thread(worker.stdout.readline) == "answered\n"
    [child] = beginning(psutil.Process(worker.pid))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    await ended(child.pid)
    assert not [*tmp_path.iterdir()]
