"""A forked command is what ``python -m proxy`` would be: its words, status, streams, environment and folder."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from testing import commands


@pytest.mark.parametrize("words", [("--version",), ("audit", "--help"), ("audit", "nothing"), ("registry", "check")])
def test_it_ends_and_prints_as_a_process_of_its_own_does(tmp_path, words):
    environment = dict(os.environ) | {"PROXY_STATE_DIR": str(tmp_path), "COLUMNS": "100"}
    alone = subprocess.run(
        [sys.executable, "-m", "proxy", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    forked = commands.run(*words, environment=environment)
    assert (forked.returncode, forked.stdout, forked.stderr) == (alone.returncode, alone.stdout, alone.stderr)


def test_nothing_of_one_command_is_left_for_the_next(tmp_path):
    bad = commands.run("audit", "list", environment={"PROXY_STATE_DIR": str(tmp_path), "PROXY_LOG_LEVEL": "loud"})
    assert "PROXY_LOG_LEVEL" in bad.stderr
    after = commands.run("audit", "list", environment={"PROXY_STATE_DIR": str(tmp_path)})
    assert "PROXY_LOG_LEVEL" not in after.stderr
    assert "no database" in after.stderr


def test_its_folder_is_the_one_given(tmp_path):
    (tmp_path / "ours").mkdir()
    done = commands.run("policy", "scaffold", "no_nights", "--overlay", "ours", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "ours").rglob("no_nights.rego"))


def test_a_script_finds_the_program_with_its_streams_environment_folder_and_status(tmp_path):
    program = commands.program(tmp_path)
    script = (
        f"PROXY_LOG_LEVEL=loud {program.name} audit list; echo $?; {program.name} policy scaffold no_nights --overlay ."
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "PROXY_STATE_DIR": str(tmp_path)},
    )  # fmt: skip
    assert "PROXY_LOG_LEVEL" in done.stderr
    assert done.stdout.splitlines()[0] == "2"
    assert list(tmp_path.rglob("no_nights.rego"))
