"""The oversight commands on a real database: what a request left open is closed by name, and once."""

from __future__ import annotations

import asyncio
import json

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.runtime.clock import SystemClock
from testing import evidence


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
    assert command("oversight", "close", "x1", "--finding", "overridden", "--note", "wrong order") == "x1: overridden"
    assert "nothing is open" in command("oversight", "close", "x1", "--finding", "accepted", status=1)
    assert command("oversight", "list", "--json") == ""
    assert json.loads(command("audit", "ask", "AQ-02", "--json"))["rows"] == []
    assert command("audit", "ask", "disclosures") == "no rows"
