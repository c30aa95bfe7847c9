"""The guide of declared routes as its reader follows it: a service of one's own, routed, redacted and restored."""

from __future__ import annotations

import re
import shutil
import subprocess

import orjson
import pytest

from proxy.embedded.probes import free_ports
from proxy.runtime.resources import shipped
from tests.acceptance import guide

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(600)]
PAGE = "declare-a-route.md"
START = "compliance-proxy run"
SERVICE = "python3 service.py"
TEXT = "Dear Anna Schmidt, your IBAN is DE89 3704 0044 0532 0130 00."


@pytest.fixture
def reader(tmp_path):
    """A folder with the shipped configuration, and the commands of the page with a free port for the service."""
    guide.needs("curl", "sed", "python3")
    work = tmp_path / "work"
    shutil.copytree(shipped("config"), work / "config")
    line, (port,) = guide.stack(tmp_path), free_ports(1)
    given = [one.replace("8099", str(port)) for one in guide.commands(PAGE)]
    [service] = [one for one in given if one.startswith(SERVICE)]
    before, after = given[: given.index(START)], given[given.index(START) + 1 :]
    before.remove(service)
    shown = guide.followed(before, work, line)
    running = subprocess.Popen(service.removesuffix(" &").split(), cwd=work)
    line.environment["PROXY_CONFIG_DIR"] = str(work / "own")
    yield line, work, shown, after
    running.kill()
    running.wait()
    if line.process is not None:
        line.stop()


def test_every_command_of_the_guide(reader):
    line, work, before, after = reader
    assert "1 API: no problems" in guide.output(before, "compliance-proxy apis check")
    assert "/translate/{model}" in guide.output(before, "compliance-proxy apis list")
    assert "no problems" in guide.output(before, "compliance-proxy registry check")
    line.start()
    shown = guide.followed([one.replace(guide.URL, line.stack.proxy_url) for one in after], work, line)

    lines = [orjson.loads(one) for one in guide.output(shown, "curl -sN").splitlines()]
    assert "".join(one["translation"] for one in lines) == f"[de] {TEXT}"
    assert lines[-1]["done"] is True

    received = guide.output(shown, "cat received.txt")
    assert received.startswith("/v1/translate ")
    assert not [value for value in ("Anna", "Schmidt", "DE89", "0532") if value in received]
    assert re.search(r"text=Dear \S+.* your IBAN is \S+", received)

    refused = [orjson.loads(text) for command, text in shown.items() if command.startswith("curl -s ")]
    assert [one["code"] for one in refused] == ["unsupported_media_type", "unsupported_dialect"]
    assert "translator/eu" in guide.output(shown, "compliance-proxy audit list")
    assert "org.translate" in guide.output(shown, "compliance-proxy audit events")
