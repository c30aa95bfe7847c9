"""The OpenAI SDK for Node against the model server and the stand-in; the same script runs against any base URL."""

from __future__ import annotations

import subprocess

import pytest

from tests.node.sdk import exercise, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


@pytest.mark.parametrize(("server", "tools"), [("model_url", "optional"), ("provider_url", "required")])
def test_every_check_passes(server, tools, request):
    url = request.getfixturevalue(server)
    ended: subprocess.CompletedProcess[str] = exercise(f"{url}/v1", TOOLS=tools)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "4 passed, 0 failed" in ended.stdout
