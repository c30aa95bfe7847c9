"""``compliance-proxy apis`` as an operator types it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from proxy.runtime.resources import shipped
from testing import commands

DECLARED = Path(__file__).parents[3] / "testing" / "dialects" / "apis.yaml"


@pytest.fixture
def command(tmp_path):
    def run(*words, **environment):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PROXY_")}
        given = {**kept, "PROXY_STATE_DIR": str(tmp_path), "COLUMNS": "200", **environment}
        return commands.run("apis", *words, environment=given)

    return run


def test_what_is_declared_is_listed(command):
    listed = json.loads(command("list", "--json", PROXY_APIS_FILE=str(DECLARED)).stdout)
    assert {one["name"] for one in listed["apis"]} >= {"org.translate", "org.ask", "org.note"}
    assert "/translate/{model}/{target}" in command("list", PROXY_APIS_FILE=str(DECLARED)).stdout
    assert "no API is declared" in command("list").stdout


def test_what_is_right_is_said_with_its_revision_and_what_nobody_speaks(command):
    done = command("check", str(DECLARED))
    assert (done.returncode, "7 APIs: no problems" in done.stdout) == (0, True)
    assert "no target speaks org.ask" in done.stderr


def test_what_targets_speak_and_nobody_declares_is_said(command, tmp_path):
    config = tmp_path / "config"
    shutil.copytree(shipped("config"), config)
    endpoints = config / "endpoints.yaml"
    endpoints.write_text(
        endpoints.read_text().replace(
            "dialects: [openai, openai_responses, openai_responses_tokens, openai_responses_compact]",
            "dialects: [org.sing]",
            1,
        )
    )
    done = command("check", PROXY_CONFIG_DIR=str(config))
    assert (done.returncode, "a target speaks org.sing, which is not declared" in done.stderr) == (0, True)


def test_what_is_wrong_is_one_sentence_with_the_place_and_the_line(command, tmp_path):
    wrong = tmp_path / "apis.yaml"
    wrong.write_text(DECLARED.read_text().replace("framing: sse", "framing: soap", 1))
    line = 1 + wrong.read_text().splitlines().index("      framing: soap")
    done = command("check", str(wrong))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("apis.yaml: apis.ask.stream.framing: Input should be ")
    assert done.stderr.endswith(f"(line {line})\n")
    assert "missing" in command("check", str(tmp_path / "nowhere.yaml")).stderr
