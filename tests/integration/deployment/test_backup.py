"""The drill of docs/how-to/back-up-and-restore.md: a new server and an empty state folder, with the database's dump and the keys."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
import urllib.request

import pytest

from proxy.embedded.postgres import EmbeddedPostgres
from testing.stack import CommandLine

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.heavy, pytest.mark.timeout(400)]
NAME = "Annelise Zimmermann"


class Database:
    """A server in a folder, and its tools."""

    def __init__(self, folder):
        self.server, self._loop = EmbeddedPostgres(folder), asyncio.new_event_loop()
        self._loop.run_until_complete(self.server.start())

    def stop(self):
        self._loop.run_until_complete(self.server.stop())
        self._loop.close()

    def tool(self, name, *words, status=0):
        command = [str(self.server._places.binaries / name), *map(str, words)]
        done = subprocess.run(command, capture_output=True, cwd="/", text=True, check=False)
        assert status is None or done.returncode == status, done.stderr
        return done


def said(line, key):
    """Ask in one conversation; return the exchange and what the provider got."""
    body = {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": f"Thank {NAME} (a.zimmermann@example.com) for her order."}],
    }
    asked = urllib.request.Request(
        f"{line.stack.proxy_url}/v1/chat/completions", json.dumps(body).encode(),
        {"authorization": f"Bearer {key}", "content-type": "application/json", "x-compliance-conversation": "c1"},
    )  # fmt: skip
    with urllib.request.urlopen(asked, timeout=60) as reply:
        exchange, text = reply.headers["x-compliance-exchange"], json.load(reply)["choices"][0]["message"]["content"]
    assert NAME in text
    with urllib.request.urlopen(f"{line.stack.provider_url}/_llmock/requests", timeout=10) as reply:
        received = json.load(reply)["requests"][-1]["body"]["messages"][0]["content"]
    assert NAME not in received
    return exchange, received


def anchored(line, exchange):
    """Wait until a signed note covers an exchange."""
    until = time.monotonic() + 60
    while (done := line.run("audit", "prove", exchange)).returncode != 0:
        assert time.monotonic() < until, done.stderr
        time.sleep(1)


@pytest.fixture
def database(tmp_path):
    made = Database(tmp_path / "server")
    yield made
    made.stop()


def backed_up(tmp_path, database):
    """Run an installation, back it up, lose it; return a key, an exchange and what the provider got in it."""
    line = CommandLine(tmp_path / "lost")
    line.start()
    try:
        key, url = line.key, line.stack.database_url
        exchange, received = said(line, key)
        anchored(line, exchange)
        database.tool(
            "pg_dumpall", "--globals-only", "--no-role-passwords", f"--dbname={url}", f"--file={tmp_path / 'roles.sql'}"
        )
        database.tool("pg_dump", "--format=custom", f"--dbname={url}", f"--file={tmp_path / 'proxy.dump'}")
        (tmp_path / "state").mkdir(mode=0o700)
        for name in ("secret.key", "audit-signing.pem", "audit.anchor"):
            shutil.copy2(line.state_dir / name, tmp_path / "state" / name)
    finally:
        line.stop()
    shutil.rmtree(line.state_dir)
    return key, exchange, received


def restored(tmp_path, database, name):
    """Restore the dump as a database; return its address."""
    url = database.server.dsn_of(name)
    database.tool("pg_restore", "--exit-on-error", f"--dbname={url}", tmp_path / "proxy.dump")
    return url


def test_a_restored_installation_goes_on_as_the_one_that_was_lost(tmp_path, database):
    key, exchange, before = backed_up(tmp_path, database)
    admin = f"--dbname={database.server.dsn_of('postgres')}"
    database.tool("psql", admin, f"--file={tmp_path / 'roles.sql'}", status=None)
    line = CommandLine(tmp_path / "state", DATABASE_URL=restored(tmp_path, database, "proxy"))
    anchor = line.state_dir / "audit.anchor"
    assert "up to date" in line.run("migrate").stdout
    verified = line.run("audit", "verify", "--anchor", str(anchor))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    line.start()
    try:
        later, after = said(line, key)
        assert after == before  # the vault's pseudonyms of the conversation, by the same key of the proxy
        assert exchange in line.run("audit", "show", exchange, "--json").stdout
        anchored(line, later)
    finally:
        line.stop()

    database.tool("psql", admin, "--command=CREATE DATABASE older")
    late = CommandLine(line.state_dir, DATABASE_URL=restored(tmp_path, database, "older"))
    lost = late.run("audit", "verify")  # the anchor saw more than the dump has
    assert lost.returncode == 1, lost.stdout
    anchor.rename(anchor.with_suffix(".lost"))
    assert late.run("audit", "verify").returncode == 3  # sound, and nobody outside has seen it
