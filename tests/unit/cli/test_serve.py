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


def test_every_setting_that_is_missing_is_named(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PROXY_")}
    environment |= {"PROXY_STATE_DIR": str(tmp_path), "DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}
    ended = commands.run("serve", environment=environment, timeout=60)
    assert ended.returncode == 2
    assert "DATABASE_URL" not in ended.stderr
    for setting in ("OPA_URL", "PROXY_SECRET_KEY", "PROXY_AUDIT_SIGNING_KEY"):
        assert f"set {setting}" in ended.stderr
