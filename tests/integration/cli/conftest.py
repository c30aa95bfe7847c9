"""Commands as an operator runs them, on an installation with a database of its own."""

from __future__ import annotations

import base64
import os

import pytest

from testing import commands, evidence


@pytest.fixture
def command(fresh_dsn, tmp_path):
    """Run ``GROUP WORDS``; return what it says, which is on standard error where it fails."""

    def run(*words: str, group: str = "", status: int = 0, as_user: str = "") -> str:
        environment = dict(os.environ) | {
            "DATABASE_URL": fresh_dsn, "PROXY_SECRET_KEY": base64.b64encode(b"k" * 32).decode(),
            "PROXY_STATE_DIR": "/nonexistent", "COLUMNS": "300",
            "PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path)),
        }  # fmt: skip
        done = commands.run(*filter(None, (group, *words)), environment=environment, as_user=as_user)
        assert done.returncode == status, done.stderr
        return (done.stderr if status else done.stdout).strip()

    return run
