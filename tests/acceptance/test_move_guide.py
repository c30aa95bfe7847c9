"""The move of a route to another model and back: every command of the page, in its order."""

from __future__ import annotations

import json
import shutil

import pytest

from proxy.runtime.resources import shipped
from tests.acceptance import guide

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(600)]
PAGE = "move-to-another-model.md"
START = "compliance-proxy run"


@pytest.fixture
def reader(tmp_path):
    """A folder with the shipped configuration, and a stack with the registry in its database."""
    guide.needs("curl", "sed")
    work = tmp_path / "work"
    shutil.copytree(shipped("config"), work / "config")
    line = guide.stack(tmp_path, PROXY_REGISTRY="database", PROXY_CONFIG_DIR=str(work / "own"))
    yield line, work
    if line.process is not None:
        line.stop()


def served(text):
    """How many requests each target served."""
    return {target: int(number) for number, target in (row.split() for row in text.strip().splitlines())}


def test_every_command_of_the_walk(reader):
    line, work = reader
    commands = guide.commands(PAGE)
    start = commands.index(START)
    before = guide.steps([command for command in commands[:start] if not command.startswith("export ")], work, line)
    assert "no problems" in before[-1][1]
    line.start()
    steps = guide.steps([one.replace(guide.URL, line.stack.proxy_url) for one in commands[start + 1 :]], work, line)

    first, halves, promoted, returned = (served(text) for command, text in steps if command.startswith("ask "))
    assert first == {"standin/eu": 5}
    assert halves.keys() == {"standin/eu", "local/eu"}
    assert min(halves.values()) > 20
    assert (promoted, returned) == ({"local/eu": 5}, {"standin/eu": 5})
    shown = dict(steps)
    compared = shown["compliance-proxy routes compare assistant"]
    assert [measure for measure in ("errors", "refusals", "latency", "tokens") if measure not in compared] == []
    assert "canary" in compared
    lists = [text for command, text in steps if command == "compliance-proxy routes list"]
    assert "local/eu 50 %" not in lists[0]
    assert "local/eu 50 %" in lists[1]
    assert [row for row in lists[2].splitlines() if row.startswith("assistant")] == [
        row for row in lists[1].splitlines() if row.startswith("assistant")
    ]
    assert "as good, and in the region" in shown["compliance-proxy registry history"]
    events = line.run("audit", "events", "--name", "registry_changed", "--json").stdout.splitlines()
    assert [json.loads(event)["facts"].get("command") for event in events].count("routes return") == 2
