"""A newcomer with the page, an empty folder and a PostgreSQL: every command, in its order."""

from __future__ import annotations

import asyncio

import pytest

from proxy.embedded.postgres import EmbeddedPostgres
from tests.acceptance import guide

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(600)]
PAGE = "../tutorial/from-an-empty-folder.md"
START = "compliance-proxy run"


@pytest.fixture
def database(tmp_path):
    """The reader's own server."""
    server, loop = EmbeddedPostgres(tmp_path / "server"), asyncio.new_event_loop()
    loop.run_until_complete(server.start())
    yield server.dsn
    loop.run_until_complete(server.stop())
    loop.close()


def test_every_command_of_the_page(tmp_path, database):
    guide.needs("curl")
    line = guide.stack(tmp_path, DATABASE_URL=database)
    (tmp_path / "work").mkdir()
    commands = guide.commands(PAGE)
    line.start()
    try:
        rest = commands[commands.index(START) + 1 :]
        steps = guide.steps([one.replace(guide.URL, line.stack.proxy_url) for one in rest], tmp_path / "work", line)
    finally:
        line.stop()
    first, second = (text.split() for command, text in steps if command.startswith('chat "'))
    assert first == ["200", "redact_and_forward", "standin/eu"]
    assert second == ["200", "pin_local", "local/eu"]
    shown = dict(steps)
    assert "pin_local" in shown["compliance-proxy audit list --limit 2"]
    assert guide.output(shown, "compliance-proxy top")
    (served, *ok), *refused = [row.split() for row in guide.output(shown, "for number").splitlines() if row]
    assert ok == ["200", "redact_and_forward", "standin/eu"]
    assert int(served) + sum(int(row[0]) for row in refused) == 121
    assert refused
    assert all(row[1] == "429" and 0 < int(row[-1]) <= 60 for row in refused)
    assert "trial" in shown["compliance-proxy usage"]
