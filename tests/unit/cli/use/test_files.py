from __future__ import annotations

import json
import stat

import pytest

from proxy.cli.use import files
from proxy.cli.use.agents import AGENTS, ProxyAccess
from proxy.errors import ConfigurationError

ROOT, KEY = "http://127.0.0.1:8080", "cp_secret"
WRITTEN = {
    "claude-code": {".claude/settings.json": '{\n    "env": {"A": "b"},\n    "permissions": {"allow": ["Read"]}\n}'},
    "codex": {".codex/config.toml": '# mine\nmodel = "gpt-5"\n\n[mcp_servers.a]\ncommand = "x" # c\n'},
    "gemini-cli": {
        ".gemini/.env": "OTHER=1\n",
        ".gemini/settings.json": '{"security": {"auth": {"selectedType": "oauth"}}}',
    },
    "qwen-code": {".qwen/.env": "# none\n", ".qwen/settings.json": "{}"},
    "opencode": {".config/opencode/opencode.json": '{"provider": {"openai": {"options": {"timeout": 5}}}}'},
    "aider": {".aider.conf.yml": "model: gpt-5\nopenai-api-key: theirs\n"},
}
NAMES = sorted(WRITTEN)


def laid(home, texts):
    for name, text in texts.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def contents(home):
    return {path.relative_to(home).as_posix(): path.read_text() for path in home.rglob("*") if path.is_file()}


def test_every_agent_that_has_a_file_is_tried():
    assert {name for name, agent in AGENTS.items() if agent.files} == set(WRITTEN)


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_undo_leaves_every_byte_as_it_was(name, there, tmp_path):
    laid(tmp_path, WRITTEN[name] if there else {})
    before = contents(tmp_path)
    files.write(AGENTS[name], tmp_path, ProxyAccess(ROOT, "cp_first", subscribed=True))
    files.write(AGENTS[name], tmp_path, ProxyAccess(ROOT, KEY))  # again, with a new key
    holding = [path for path in tmp_path.rglob("*") if path.is_file() and KEY in path.read_text()]
    assert holding
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in holding)
    assert any(ROOT in text for text in contents(tmp_path).values())
    assert "cp_first" not in "".join(contents(tmp_path).values())
    files.undo(AGENTS[name], tmp_path)
    assert contents(tmp_path) == before
    assert files.undo(AGENTS[name], tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_what_changed_in_between_stays(name, tmp_path):
    laid(tmp_path, WRITTEN[name])
    (path, *_) = files.write(AGENTS[name], tmp_path, ProxyAccess(ROOT, KEY))
    if path.suffix == ".json":
        path.write_text(json.dumps({**json.loads(path.read_text()), "mine": "kept"}))
    else:
        sign = {".toml": ' = "kept"', ".yml": ": kept"}.get(path.suffix, "=kept")
        path.write_text(f"mine{sign}\n{path.read_text()}")
    files.undo(AGENTS[name], tmp_path)
    after = path.read_text()
    assert "kept" in after
    assert KEY not in after
    assert ROOT not in after


def test_nothing_is_written_where_one_file_cannot_be(tmp_path):
    laid(tmp_path, {".gemini/.env": "A=1\n", ".gemini/settings.json": "{} // mine"})
    before = contents(tmp_path)
    with pytest.raises(ConfigurationError, match=r"settings\.json: it is not plain JSON"):
        files.write(AGENTS["gemini-cli"], tmp_path, ProxyAccess(ROOT, KEY))
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["claude-code", "codex"])
def test_a_subscription_keeps_the_token_and_sends_the_key_beside_it(name, tmp_path):
    (path,) = files.write(AGENTS[name], tmp_path, ProxyAccess(ROOT, KEY, subscribed=True))
    text = path.read_text()
    assert "x-compliance-key" in text
    assert "AUTH_TOKEN" not in text
    assert "Bearer" not in text
    files.undo(AGENTS[name], tmp_path)
    assert contents(tmp_path) == {}


def test_a_link_stays_one(tmp_path):
    kept = tmp_path / "dotfiles" / "settings.json"
    laid(tmp_path, {"dotfiles/settings.json": "{}"})
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "settings.json").symlink_to(kept)
    files.write(AGENTS["claude-code"], tmp_path, ProxyAccess(ROOT, KEY))
    assert (tmp_path / ".claude" / "settings.json").is_symlink()
    assert KEY in kept.read_text()
