from __future__ import annotations

import pytest
import typer

from proxy.cli import run
from proxy.embedded.supervisor import PartEvent


def test_missing_model_file_is_named(tmp_path, capsys):
    with pytest.raises(typer.Exit):
        run.command(model=tmp_path / "no.gguf", port=None, workers=None)
    assert "no.gguf" in capsys.readouterr().err


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
