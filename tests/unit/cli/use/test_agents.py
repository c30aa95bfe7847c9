from __future__ import annotations

from pathlib import Path

import pytest

from proxy.cli.use.agents import AGENTS, ProxyAccess

HOME = Path("/home/somebody")


@pytest.mark.parametrize("subscribed", [False, True])
@pytest.mark.parametrize("name", sorted(AGENTS))
def test_address_and_key_are_everywhere_in_place(name, subscribed):
    agent, proxy = AGENTS[name], ProxyAccess("http://proxy", "cp_x", subscribed)
    values = [*agent.exported(proxy).values()]
    values += [value for file in agent.files for value in file.filled(proxy).values()]
    shown = str(values)
    assert "http://proxy" in shown
    assert "cp_x" in shown
    assert "{root}" not in shown
    assert "{key}" not in shown


def test_a_folder_of_the_agents_own_is_respected(monkeypatch):
    (file,) = AGENTS["codex"].files
    assert file.where(HOME) == HOME / ".codex" / "config.toml"
    monkeypatch.setenv("CODEX_HOME", "/srv/codex")
    assert file.where(HOME) == Path("/srv/codex/config.toml")
