"""A caller takes the receipt of its own exchange, and a stranger checks it offline, with a script that knows nothing of ours."""

from __future__ import annotations

import asyncio
import json
import runpy
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from proxy.audit.access.receipts import ReceiptPendingError, Receipts
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.verification import proof, proof_check
from proxy.audit.verification.proof import ProofError
from testing import evidence

SCRIPT = Path(__file__).parents[4] / "docs" / "how-to" / "check_proof.py"
KEY = evidence.SIGNING.verifier
CALLER = (evidence.exchange("x1").principal.tenant, evidence.exchange("x1").principal.service)


@pytest.fixture
def receipts(fresh_dsn, log):
    return Receipts(fresh_dsn, KEY, log)


@pytest.fixture
async def given(fresh_dsn, log, serve, receipts):
    await serve(log, "x1")
    await log.event_durable("flush", {})
    with pytest.raises(ReceiptPendingError):
        await receipts.of("x1", *CALLER)
    await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    return orjson.loads(proof.written(await receipts.of("x1", *CALLER)))


async def test_a_stranger_checks_it_offline(given, tmp_path):
    file = tmp_path / "receipt.json"
    file.write_bytes(orjson.dumps(given))
    done = subprocess.run([sys.executable, SCRIPT, file, str(KEY)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "proven"), done.stdout
    [fact] = proof_check.check(proof.read(given), KEY).facts
    assert fact.columns["target"] == "x1"
    assert {"action", "at", "record", "revision"} <= fact.columns["decision"].keys()


async def test_it_names_the_records_and_nothing_of_their_content(given, superuser):
    event = next(one["body"] for one in given["records"] if "receipt_given" in one["body"])
    facts = json.loads(event)["facts"]
    rows = {
        row["kind"]: row
        for row in await superuser.fetch("SELECT kind, hash, body FROM audit.record WHERE exchange = 'x1'")
    }
    for kind in ("decision", "outcome"):
        assert facts[kind]["record"] == rows[kind]["hash"].hex()
    assert len(facts["salt"]) == 32
    assert not {"input", "inspection", "content", "caller", "subject_refs"} & set(str(facts).replace("'", " ").split())
    assert all(one["body"] == event or "writer_started" in one["body"] for one in given["records"])


@pytest.mark.parametrize("change", ["permit", "block", "salt"])
async def test_a_changed_receipt_is_refused(given, change):
    check = runpy.run_path(str(SCRIPT))["check"]
    for one in given["records"]:
        if "receipt_given" in one["body"]:
            one["body"] = one["body"].replace('"decision":{', f'"{change}":1,"decision":{{')
    with pytest.raises(SystemExit):
        check(given, [str(KEY)])
    with pytest.raises(ProofError):
        proof_check.check(proof.read(given), KEY)


async def test_it_is_given_to_its_own_service_alone_and_recorded_once(given, receipts, superuser):
    assert await receipts.of("x1", CALLER[0], "another") is None
    assert await receipts.of("x1", "another", CALLER[1]) is None
    assert await receipts.of("nothing", *CALLER) is None
    assert await superuser.fetchval("SELECT count(*) FROM audit.record WHERE action = 'receipt_given'") == 1


async def test_it_is_recorded_once_for_callers_at_once(fresh_dsn, log, serve, superuser):
    await serve(log, "x1")
    await log.event_durable("flush", {})
    processes = [Receipts(fresh_dsn, KEY, log) for _ in range(3)]
    answers = await asyncio.gather(*(one.of("x1", *CALLER) for one in (*processes, *processes)), return_exceptions=True)
    assert {type(one) for one in answers} == {ReceiptPendingError}
    assert await superuser.fetchval("SELECT count(*) FROM audit.record WHERE action = 'receipt_given'") == 1


async def test_a_request_that_asks_for_it_needs_no_call(fresh_dsn, log, serve, receipts):
    receipts.ask("x1", *CALLER)
    await serve(log, "x1")
    await log.event_durable("flush", {})
    while receipts._asked:
        await asyncio.sleep(0.05)
    await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    assert await receipts.of("x1", *CALLER)
    await receipts.close()
