"""A page of ``docs/how-to`` as its reader follows it: the commands of its blocks, in order, in one shell."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from testing import commands as forked
from testing.stack import CommandLine

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
MARK = "### "
URL = "http://127.0.0.1:8080"


def commands(page: str) -> list[str]:
    """The page's commands, those of more than one line whole."""
    text = "\n".join(re.findall(r"^```sh\n(.*?)^```$", (HOW_TO / page).read_text(), re.MULTILINE | re.DOTALL))
    lines = iter(re.sub(r"\\\n\s*", "", text).splitlines())
    made = []
    for line in lines:
        here = re.search(r"<<'(\w+)'$", line)
        while here is not None and line.splitlines()[-1] != here[1]:
            line += f"\n{next(lines)}"  # noqa: PLW2901 - the rest of the command
        made.append(line)
    return [line for line in made if line]


def needs(*programs: str) -> None:
    """Skip the test where a program is missing that the page uses."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"the guide uses {' and '.join(missing)}, not here")


def stack(folder: Path, **environment: str) -> CommandLine:
    """The reader's machine: the commands of this build on the path, the state in the reader's home."""
    line = CommandLine(folder / ".local/state/compliance-proxy", HOME=str(folder), COLUMNS="200", **environment)
    (folder / "bin").mkdir()
    forked.program(folder / "bin")
    line.environment["PATH"] = f"{folder / 'bin'}:{Path(sys.executable).parent}:{line.environment['PATH']}"
    return line


def followed(given: list[str], work: Path, line: CommandLine) -> dict[str, str]:
    """Run commands in one shell that stops at the first that fails; return what each printed, by command."""
    return dict(steps(given, work, line))


def steps(given: list[str], work: Path, line: CommandLine) -> list[tuple[str, str]]:
    """Run commands as ``followed`` does; return each with what it printed, also those that are repeated."""
    shell = "\n".join(f"printf '\\n{MARK}{number}\\n'\n{command}" for number, command in enumerate(given))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", shell],
        cwd=work, env=line.environment, capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    parts = re.split(rf"\n{MARK}(\d+)\n", done.stdout)[1:]
    return [(given[int(number)], text) for number, text in zip(parts[::2], parts[1::2], strict=True)]


def output(shown: dict[str, str], begin: str) -> str:
    """What the commands printed that begin so."""
    return "".join(text for command, text in shown.items() if command.startswith(begin))
