from __future__ import annotations

import asyncio
from datetime import date

import pytest
import yaml

from proxy.catalog import documents
from proxy.embedded.example import world
from proxy.embedded.example.world import ExampleWorld
from proxy.embedded.parts import PartError
from proxy.settings import Settings


def test_days_count_from_today():
    assert (
        world.dated('{a: "@-1", b: "@+30", c: "x@y"}', date(2026, 3, 1))
        == '{a: "2026-02-28", b: "2026-03-31", c: "x@y"}'
    )


def test_it_has_an_installation_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    settings = ExampleWorld().settings(Settings())
    assert settings.state_dir == tmp_path / "compliance-proxy" / "demo"
    assert settings.registry == "database"
    read = documents.read(settings.config_dir)
    assert set(read.registry.tenants) == {"nordlicht", "polder", "aurelia"}
    assert "@" not in {text[0] for text in yaml.safe_load((settings.config_dir / "registry.yaml").read_text())}


def test_a_folder_that_is_configured_is_used(tmp_path):
    assert ExampleWorld().settings(Settings(state_dir=tmp_path)).state_dir == tmp_path


async def test_a_world_that_was_not_built_says_why():
    with pytest.raises(PartError, match="was not built"):
        await ExampleWorld().build({"PATH": "/usr/bin:/bin"}, "no key", (), lambda _: None)


async def test_lines_are_told_one_by_one():
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", "echo one; echo '{\"a\": 1}'; echo two", stdout=asyncio.subprocess.PIPE
    )
    told = []
    await world._relay_output(process, told.append)
    await process.wait()
    assert told == ["one", "two"]
