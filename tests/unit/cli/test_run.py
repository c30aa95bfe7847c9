from __future__ import annotations

import os

import pytest

from proxy.cli import run
from proxy.embedded.supervisor import PartEvent
from testing import commands

pytestmark = pytest.mark.heavy


def test_missing_model_file_is_named(tmp_path):
    environment = {**os.environ, "PROXY_STATE_DIR": str(tmp_path / "state")}
    ended = commands.run("run", "--model", tmp_path / "no.gguf", environment=environment, timeout=60)
    assert ended.returncode == 2
    assert "no.gguf" in ended.stderr
    assert not (tmp_path / "state").exists()


def test_progress_is_one_line_an_event_without_a_terminal(capsys):
    progress = run.Progress(live=False)
    progress.start()
    for event in (PartEvent("db", "waiting"), PartEvent("db", "starting"), PartEvent("db", "failed", "because")):
        progress.report(event)
    progress.stop()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" s  ")[1].split() for line in lines] == [["db", "starting"], ["db", "failed", "because"]]


def test_progress_table_shows_the_latest_state_of_each_part():
    progress = run.Progress(live=True)
    for event in (PartEvent("db", "starting"), PartEvent("proxy", "waiting"), PartEvent("db", "up")):
        progress.report(event)
    assert progress._table().row_count == 2
