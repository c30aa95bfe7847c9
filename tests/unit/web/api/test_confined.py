from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.heavy


def test_it_is_one_policy_command_in_json():
    asked = {"command": "verify", "parameters": {"path": "/nowhere.tar.gz"}, "actor": "crm (k1)"}
    ended = subprocess.run(
        [sys.executable, "-m", "proxy.web.api.confined"],
        input=json.dumps(asked), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0
    assert "nowhere" in json.loads(ended.stdout)["refused"]
