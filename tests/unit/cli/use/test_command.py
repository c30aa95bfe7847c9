from __future__ import annotations

import json

import pytest
from typer import Typer
from typer.testing import CliRunner

from proxy.cli.use import command
from proxy.cli.use.agents import AGENTS
from proxy.core.targets.clients import CLIENTS

GIVEN = ("--url", "http://proxy:8080/v1/", "--key", "cp_x")


@pytest.fixture
def used(tmp_path, monkeypatch):
    """Return what runs the command in a home folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PROXY_STATE_DIR", str(tmp_path / "state"))
    app = Typer()
    app.command()(command.command)
    return lambda *words: CliRunner().invoke(app, words)


def test_every_program_with_features_of_its_own_can_be_pointed_here():
    assert set(CLIENTS) == set(AGENTS) - {"env"}


@pytest.mark.parametrize("agent", sorted(AGENTS))
def test_the_lines_have_address_and_key(used, agent):
    shown = used(agent, *GIVEN, "--no-check")
    assert shown.exit_code == 0
    assert "http://proxy:8080" in shown.stdout
    assert "/v1/v1" not in shown.stdout
    assert "cp_x" in shown.stdout


def test_settings_are_written_and_taken_back(used, tmp_path):
    written = used("claude-code", *GIVEN, "--no-check", "--write")
    settings = tmp_path / ".claude" / "settings.json"
    assert json.loads(settings.read_text())["env"]["ANTHROPIC_BASE_URL"] == "http://proxy:8080"
    assert str(settings) in written.stdout
    assert "cp_x" not in written.stdout
    assert used("claude-code", "--undo").exit_code == 0
    assert not settings.exists()
    assert "nothing was written" in used("claude-code", "--undo").stdout


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("vi", *GIVEN), 2, "unknown agent vi: choose one of claude-code"),
        (("env", *GIVEN, "--write"), 2, "env has no settings file"),
        (("aider", *GIVEN, "--subscription"), 2, "aider cannot send a key beside a token"),
        (("codex", "--key", "cp_x"), 2, "no proxy runs here"),
        (("codex", "--url", "http://proxy"), 2, "no key"),
        (("codex", "--url", "http://127.0.0.1:9", "--key", "cp_x", "--write"), 1, "no proxy answers at"),
    ],
)
def test_what_is_missing_is_said_and_nothing_written(used, tmp_path, words, status, message):
    result = used(*words)
    assert (result.exit_code, message in result.stderr) == (status, True)
    assert not (tmp_path / ".codex").exists()
