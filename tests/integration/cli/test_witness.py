"""A witness as an operator runs it, and what it takes to believe it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from proxy.audit.sealing.cosignature import WitnessKey
from testing import commands, evidence


@pytest.fixture
def witness(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["audit", "witness", "--name", "witness.example", "--log", str(evidence.SIGNING.verifier)]
    words += ["--state", str(tmp_path / "witness"), "--listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "proxy", *words], stdout=subprocess.PIPE, text=True,
        env={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(20)
    process.stdout.close()


async def test_it_prints_what_the_setting_takes_cosigns_and_its_word_is_in_proofs(witness, fresh_dsn, tmp_path):
    from proxy.audit.writing.log import PostgresAuditLog
    from proxy.runtime.clock import SystemClock

    log = PostgresAuditLog(fresh_dsn, "w", evidence.KEYRING, SystemClock(), signing=evidence.SIGNING)
    await log.start()
    async with log.entry(evidence.exchange("x1")) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        entry.deny(evidence.DENIAL)
    await log.close()
    environment = dict(os.environ) | {
        "DATABASE_URL": fresh_dsn, "PROXY_STATE_DIR": str(tmp_path), "PROXY_AUDIT_ANCHOR": witness,
        "PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path)),
    }  # fmt: skip
    key = witness.partition("#")[2]
    assert WitnessKey.parse(key).name == "witness.example"

    def run(*words: str) -> tuple[int, str]:
        done = commands.run(*words, environment=environment)
        return done.returncode, done.stdout + done.stderr

    assert run("audit", "checkpoint") == (0, "checkpoint 3 is anchored in witness witness.example\n")
    status, text = run("audit", "verify")
    assert (status, "sound and witnessed" in text) == (0, True), text
    environment["PROXY_AUDIT_ANCHOR"] = "none"  # an auditor with the witness's key alone
    assert run("audit", "verify")[0] == 3
    assert run("audit", "verify", "--witness", key)[0] == 0
    assert run("audit", "verify", "--witness", "nobody")[0] == 2
    assert run("audit", "prove", "x1", "--out", str(tmp_path / "x1.json"))[0] == 0
    status, text = run("audit", "check", str(tmp_path / "x1.json"), "--witness", key)
    assert (status, "cosigned by witness.example at" in text) == (0, True), text
    other = str(evidence.SIGNING.verifier)
    assert run("audit", "check", str(tmp_path / "x1.json"), "--witness", other)[0] == 1
