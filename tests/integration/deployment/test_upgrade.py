"""The drill of docs/how-to/upgrade.md: a later schema under two serving processes of this release, under load, and back."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter

import asyncpg
import psutil
import pytest

from proxy.errors import ConfigurationError
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing.processes import children, command_line
from testing.stack import CommandLine

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.heavy, pytest.mark.timeout(400)]
#: What a later release may do within a minor version: it adds.
LATER = """
ALTER TABLE registry.replica ADD COLUMN later text;
ALTER TABLE vault.pseudonym ADD COLUMN later text;
CREATE TABLE registry.later (name text PRIMARY KEY);
"""
BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Thank Annelise Zimmermann for her order."}]}


class Load:
    """Callers that ask without a pause, each in a thread; ``answers`` counts by status, ``exchanges`` are those of 200."""

    def __init__(self, url, key, callers=3):
        self.url, self.key, self.stopping = f"{url}/v1/chat/completions", key, threading.Event()
        self.answers, self.exchanges = Counter(), set()
        self._threads = [threading.Thread(target=self._asking) for _ in range(callers)]
        for thread in self._threads:
            thread.start()

    def _asking(self):
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        while not self.stopping.is_set():
            asked = urllib.request.Request(self.url, json.dumps(BODY).encode(), headers)
            try:
                with urllib.request.urlopen(asked, timeout=60) as reply:
                    self.answers[reply.status] += 1
                    self.exchanges.add(reply.headers["x-compliance-exchange"])
            except urllib.error.HTTPError as error:
                self.answers[error.code] += 1
            except OSError as error:
                self.answers[type(error).__name__] += 1

    def grown(self, by=15):
        """Wait until so many more were answered."""
        wanted, until = len(self.exchanges) + by, time.monotonic() + 120
        while len(self.exchanges) < wanted:
            assert time.monotonic() < until, self.answers
            time.sleep(0.05)

    def stop(self):
        self.stopping.set()
        for thread in self._threads:
            thread.join()


async def ends(dsn):
    """How many decisions and outcomes each exchange has."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            "SELECT exchange, count(*) AS n FROM audit.record WHERE kind IN ('decision', 'outcome') GROUP BY exchange"
        )
    finally:
        await connection.close()
    return {row["exchange"]: row["n"] for row in rows}


def listening(line):
    """How many sockets listen on the product's port."""
    port = int(line.stack.proxy_url.rpartition(":")[2])
    sockets = psutil.net_connections("tcp4")
    return sum(socket.status == psutil.CONN_LISTEN and socket.laddr.port == port for socket in sockets)


def workers(line):
    return [pid for pid in children(line.stack.pids["proxy"]) if b"serve" in command_line(pid)]


def test_a_later_schema_under_serving_processes_loses_nothing_and_this_release_goes_on(tmp_path):
    folder = shutil.copytree(shipped("migrations"), tmp_path / "migrations")
    (folder / "0002_later.sql").write_text(LATER)
    line = CommandLine(tmp_path / "state", PROXY_WORKERS="2")
    line.start()
    try:
        until = time.monotonic() + 120
        while listening(line) < 2:
            assert time.monotonic() < until, line.output
            time.sleep(0.1)
        load = Load(line.stack.proxy_url, line.key)
        try:
            load.grown()
            assert asyncio.run(migrate(line.stack.database_url, folder)) == ("0002_later.sql",)
            load.grown()
            os.kill(workers(line)[0], signal.SIGTERM)  # a process of this release begins anew on the later schema
            load.grown()
        finally:
            load.stop()
        assert set(load.answers) == {200}, load.answers
        with pytest.raises(ConfigurationError, match=r"does not know: 0002_later\.sql"):
            asyncio.run(migrate(line.stack.database_url, shipped("migrations")))
        until, unended = time.monotonic() + 30, set(load.exchanges)  # an outcome is recorded after the reply
        while unended and time.monotonic() < until:
            recorded = asyncio.run(ends(line.stack.database_url))
            unended = {exchange for exchange in load.exchanges if recorded.get(exchange) != 2}
            time.sleep(0.2)
        assert unended == set()
        verified = line.run("audit", "verify").stdout
        assert "table registry.later is not the release's" in verified
        assert "what was signed is unchanged" in verified
    finally:
        line.stop()
