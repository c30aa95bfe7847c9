"""The fifteen-minute guide as its reader follows it: every command of the page, in its order, against a new stack."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from proxy.resources import shipped
from tests.integration.embedded.stack import CommandLine

pytestmark = [pytest.mark.stack, pytest.mark.slow]
GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "roll-out-a-policy.md"
START = "PROXY_SHADOW_DIR=$PWD/overlay compliance-proxy run"
MARK = "### "
NEEDED = ("curl", "openssl")


def commands():
    """The page's commands, those of more than one line joined."""
    blocks = re.findall(r"(?:^ {4}.*\n)+", GUIDE.read_text(), re.MULTILINE)
    lines = [line[4:] for block in blocks for line in block.splitlines()]
    return re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()


def script(url):
    """One shell that runs them all, stops at the first that fails, and says before each which it is."""
    given = [line.replace("http://127.0.0.1:8080", url) for line in commands() if line != START]
    return "\n".join(f"echo {MARK!r}{number}\n{line}" for number, line in enumerate(given)), given


@pytest.fixture
def reader(tmp_path):
    """A folder with the library in it, and a stack that runs as the page says: with the overlay as its candidate."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"the guide uses {' and '.join(missing)}, not here")
    work = tmp_path / "work"
    shutil.copytree(shipped("policies"), work / "policies")
    line = CommandLine(
        tmp_path / ".local/state/compliance-proxy",
        HOME=str(tmp_path),
        COLUMNS="200",
        PROXY_SHADOW_DIR=str(work / "overlay"),
    )
    line.environment["PATH"] = f"{Path(sys.executable).parent}:{line.environment['PATH']}"
    yield line, work
    if line.process is not None:
        line.stop()


def said(output, given):
    """What each command printed, by command."""
    parts = re.split(rf"^{MARK}(\d+)\n", output, flags=re.MULTILINE)[1:]
    return {given[int(number)]: text for number, text in zip(parts[::2], parts[1::2], strict=True)}


def test_every_command_of_the_guide(reader):
    line, work = reader
    assert commands().count(START) == 1
    scaffold = commands()[0]
    subprocess.run(["bash", "-c", scaffold], cwd=work, env=line.environment, check=True)
    line.start()
    shell, given = script(line.stack.proxy_url)
    assert given[0] == scaffold
    shell = shell.replace(scaffold, "true", 1)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", shell],
        cwd=work, env=line.environment, capture_output=True, text=True, timeout=170, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    shown = said(done.stdout, given)

    def output(begin):
        return "".join(text for command, text in shown.items() if command.startswith(begin))

    assert "3 of 3 tests pass" in output("compliance-proxy policy test")
    assert "2 of 2 decisions change" in output("compliance-proxy policy shadow")  # of the request and of its reply
    assert "org.no_streams" in output("compliance-proxy policy explain")
    assert "NO_STREAMS" in output("compliance-proxy policy eval")
    assert "1 of 1 decisions change" in output("compliance-proxy policy replay --candidate policies --overlay")
    assert "every worker runs it" in output("compliance-proxy policy activate")
    assert "pin_local" in output("compliance-proxy audit show")
    assert "signed with the key" in output("compliance-proxy policy verify")
    assert "recorded requests" in output("compliance-proxy policy what-if")
