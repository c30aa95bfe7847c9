"""A detector that would take texts in the clear from another machine does not start."""

from __future__ import annotations

import pytest
import typer

from proxy.cli import detector


def test_off_this_machine_it_needs_certificates(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PROXY_STATE_DIR", str(tmp_path))
    with pytest.raises(typer.Exit) as ended:
        detector.command(host="0.0.0.0", port=None, workers=None)
    assert ended.value.exit_code == 2
    assert "PROXY_DETECTOR_CERTIFICATE" in capsys.readouterr().err
