"""``audit stream`` and ``audit tail`` as an operator runs them."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from proxy.audit.records.record import link
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.policy.decision.document import input_document
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from testing import commands, evidence


@pytest.fixture
def environment(fresh_dsn, tmp_path):
    return dict(os.environ) | {
        "DATABASE_URL": fresh_dsn,
        "PROXY_STATE_DIR": str(tmp_path),
        "PROXY_AUDIT_ORIGIN": "a.example/1",
    }


@pytest.fixture
def command(environment):
    def run(*words, status=0):
        done = commands.run(*words, environment=environment)
        assert done.returncode == status, done.stderr
        return done.stdout, done.stderr

    return run


@pytest.fixture
async def log(fresh_dsn, started):
    signing, document = evidence.SIGNING, input_document
    log = await started(
        PostgresAuditLog(
            fresh_dsn, fresh_writer_id("test"), evidence.KEYRING, SystemClock(), document=document, signing=signing
        )
    )
    await evidence.serve(log, "x1")
    await log.event_durable("catalog_loaded", {"revision": "r1"})
    return log


async def test_drains_to_a_file_and_goes_on_there(command, log, tmp_path):
    sink = f"file:{tmp_path}/audit.jsonl"
    assert "6 records were sent" in command("audit", "stream", "--to", sink, "--once")[1]
    await log.event_durable("catalog_loaded", {"revision": "r2"})
    assert "1 records were sent" in command("audit", "stream", "--to", sink, "--once", "--purpose", "siem")[1]
    said = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_bytes().splitlines()]
    assert [one["log_seq"] for one in said] == [1, 2, 3, 4, 5, 6, 7]
    assert {one["log_origin"] for one in said} == {"a.example/1"}


async def test_an_entry_leads_to_the_proof_of_its_exchange(command, log):
    await Checkpointer.of(log, (), 1.0).once()
    out, _ = command("audit", "stream", "--to", "-", "--format", "ocsf", "--once", "--kind", "outcome")
    [event] = map(json.loads, out.splitlines())
    key = str(evidence.SIGNING.verifier)
    proof = json.loads(command("audit", "prove", event["metadata"]["correlation_uid"], "--key", key)[0])
    [proven] = [one for one in proof["records"] if f"{one['writer']}/{one['seq']}" == event["metadata"]["uid"]]
    assert link(base64.b64decode(proven["prev"]), proven["body"].encode()).hex() == event["unmapped"]["log_hash"]
    assert event["unmapped"]["log_leaf"] in {seal["leaf"] for seal in proof["seals"]}


async def test_tail_prints_a_line_for_each_record(command, log):
    out, _ = command("audit", "tail", "--from", "beginning", "--once", "--tenant", "acme")
    stated, decision, attempt, outcome = out.splitlines()
    assert "answer_stated  acme" in stated
    assert "informational  decision  acme  helpdesk  Request permitted to us-1.  x1" in decision
    assert "Request sent to us-1." in attempt
    assert outcome.endswith(f"({log.writer.writer}/5)")
    whole, _ = command("audit", "tail", "--from", "beginning", "--once", "--json", "--kind", "catalog_loaded")
    assert json.loads(whole)["record"]["facts"] == {"revision": "r1"}


async def test_a_reader_that_leaves_ends_the_command_without_a_word(environment, log):
    tail = [sys.executable, "-m", "proxy", "audit", "tail", "--from", "beginning", "--once"]
    process = subprocess.Popen(tail, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0


async def test_a_collector_that_is_away_ends_a_drain_with_a_word(command, log, tmp_path):
    _, error = command("audit", "stream", "--to", f"file:{tmp_path}/none/a", "--once", status=1)
    assert "the file cannot be written" in error


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--to", "http://siem.example/x"), "in the clear"),
        (("--to", "-", "--format", "xml"), "unknown stream format xml"),
    ],
)
async def test_what_is_no_stream_is_refused(command, log, words, why):
    assert why in command("audit", "stream", *words, status=2)[1]


async def test_two_processes_do_not_share_a_stream(command, log, tmp_path, fresh_dsn):
    from proxy.reports.siem import address
    from proxy.reports.siem.positions import StoredPositions

    sink = f"file:{tmp_path}/a"
    connection = await database.connect(fresh_dsn, database.READER)
    assert await StoredPositions(connection, address.parse(sink).name).take()
    assert "another process has this stream" in command("audit", "stream", "--to", sink, "--once", status=2)[1]
    await connection.close()


async def test_killed_in_the_middle_it_goes_on_and_nothing_is_left_out(environment, command, log, tmp_path, superuser):
    path = tmp_path / "audit.jsonl"
    words = [sys.executable, "-m", "proxy", "audit", "stream", "--to", f"file:{path}"]
    process = subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    number = 0
    while (not path.exists() or path.stat().st_size == 0) and time.monotonic() < deadline:
        await log.event_durable("catalog_loaded", {"revision": f"r{(number := number + 1)}"})
    for _ in range(50):
        await log.event_durable("catalog_loaded", {"revision": f"r{(number := number + 1)}"})
    process.send_signal(signal.SIGKILL)
    process.wait()
    await log.event_durable("catalog_loaded", {"revision": "last"})
    command("audit", "stream", "--to", f"file:{path}", "--once")
    said = [json.loads(line) for line in path.read_bytes().splitlines() if line.endswith(b"}")]
    stored = [row["seq"] for row in await superuser.fetch("SELECT seq FROM audit.record ORDER BY seq")]
    assert sorted({one["log_seq"] for one in said}) == stored
