"""The fifteen-minute guide as its reader follows it: every command of the page, in its order, against a new stack."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from proxy.runtime.resources import shipped
from tests.acceptance import guide

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(600)]
PAGE = "roll-out-a-policy.md"
START = "PROXY_SHADOW_DIR=$PWD/overlay compliance-proxy run"


@pytest.fixture
def reader(tmp_path):
    """A folder with the library in it, and a stack that runs as the page says: with the overlay as its candidate."""
    guide.needs("curl", "openssl")
    work = tmp_path / "work"
    shutil.copytree(shipped("policies"), work / "policies")
    line = guide.stack(tmp_path, PROXY_SHADOW_DIR=str(work / "overlay"))
    yield line, work
    if line.process is not None:
        line.stop()


def test_every_command_of_the_guide(reader):
    line, work = reader
    given = guide.commands(PAGE)
    assert given.count(START) == 1
    subprocess.run(["bash", "-c", given[0]], cwd=work, env=line.environment, check=True)
    line.start()
    rest = [one.replace(guide.URL, line.stack.proxy_url) for one in given[1:] if one != START]
    shown = guide.followed(rest, work, line)

    def output(begin):
        return guide.output(shown, begin)

    assert "3 of 3 tests pass" in output("compliance-proxy policy test")
    assert "1 of 1 decisions change" in output("compliance-proxy policy shadow")
    assert "org.no_streams" in output("compliance-proxy policy explain")
    assert "NO_STREAMS" in output("compliance-proxy policy eval")
    assert "1 of 1 decisions change" in output("compliance-proxy policy replay --candidate policies --overlay")
    assert "every worker runs it" in output("compliance-proxy policy activate")
    assert "pin_local" in output("compliance-proxy audit show")
    assert "signed with the key" in output("compliance-proxy policy verify")
    assert "recorded requests" in output("compliance-proxy policy what-if")
