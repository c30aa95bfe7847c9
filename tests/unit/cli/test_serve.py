"""A detector that would take texts in the clear from another machine does not start."""

from __future__ import annotations

import os

import pytest

from testing import commands

pytestmark = pytest.mark.heavy


def test_off_this_machine_it_needs_certificates(tmp_path):
    environment = {**os.environ, "PROXY_STATE_DIR": str(tmp_path)}
    ended = commands.run("detector", "--host", "0.0.0.0", environment=environment, timeout=60)
    assert ended.returncode == 2
    assert "PROXY_DETECTOR_CERTIFICATE" in ended.stderr
    assert "Traceback" not in ended.stderr
