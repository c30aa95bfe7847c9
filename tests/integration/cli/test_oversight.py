"""The oversight commands on a real database: what a request left open is closed by name, and once."""

from __future__ import annotations

import asyncio
import base64
import json
import os

import pytest

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.runtime.clock import SystemClock
from testing import commands, evidence


@pytest.fixture
def command(fresh_dsn, tmp_path):
    def run(*words: str, status: int = 0) -> str:
        environment = dict(os.environ) | {
            "DATABASE_URL": fresh_dsn, "PROXY_SECRET_KEY": base64.b64encode(b"k" * 32).decode(),
            "PROXY_STATE_DIR": "/nonexistent", "COLUMNS": "300",
            "PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path)),
        }  # fmt: skip
        done = commands.run(*words, environment=environment)
        assert done.returncode == status, done.stderr
        return done.stdout if status == 0 else done.stderr

    return run


def opened(dsn, exchange):
    async def write():
        log = PostgresAuditLog(dsn, fresh_writer_id("test"), evidence.KEYRING, SystemClock(), signing=evidence.SIGNING)
        await log.start()
        facts = {"exchange": exchange, "obligations": [{"id": "o", "type": "human_oversight", "params": {}}]}
        await log.event_durable("oversight_required", facts, tenant="acme", activity="hiring", service="bot")
        await log.close()

    asyncio.run(write())


def test_an_item_is_listed_closed_and_gone(command, fresh_dsn):
    opened(fresh_dsn, "x1")
    [item] = [json.loads(line) for line in command("oversight", "list", "--json").splitlines()]
    assert (item["exchange"], item["activity"], item["obliged"]) == ("x1", "hiring", ["human_oversight"])
    assert "human_oversight" in command("oversight", "list", "--tenant", "acme")
    assert command("oversight", "close", "x1", "--finding", "overridden", "--note", "wrong order").strip() == "x1: overridden"  # fmt: skip
    assert "nothing is open" in command("oversight", "close", "x1", "--finding", "accepted", status=1)
    assert command("oversight", "list", "--json").strip() == ""
    assert json.loads(command("audit", "ask", "AQ-02", "--json"))["rows"] == []
    assert command("audit", "ask", "disclosures") == "no rows\n"
