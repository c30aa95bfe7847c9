"""Installs the programs from npm and PyPI, pinned, into a folder outside the repository (1.6 GB in all)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.agents.programs import Program

HERE = Path(__file__).parent
DEFAULT = Path.home() / ".cache" / "compliance-proxy-agents"
_RECORD = "installed.txt"
#: Packages whose own install step puts a binary of the same registry into place.
_LINKING = ("@anthropic-ai/claude-code", "opencode-ai")


def pins() -> dict[str, str]:
    """Return package -> pinned release."""
    node = json.loads((HERE / "package.json").read_text())["dependencies"]
    python = dict(line.split("==") for line in (HERE / "requirements.txt").read_text().split() if "==" in line)
    return node | python


def installed(programs: Sequence[Program], folder: Path) -> tuple[list[Program], dict[str, str]]:
    """Install what is missing; return the programs that can be started, and why others cannot, by name."""
    problems = {"node": _node(folder), "aider": _python(folder)}
    usable, skipped = [], {}
    for program in programs:
        problem = problems[program.executable.partition("/")[0]]
        if (folder / program.executable).exists():
            usable.append(program)
        else:
            skipped[program.name] = problem or f"{program.executable} is missing after the installation"
    return usable, skipped


def _node(folder: Path) -> str:
    """Install with npm where the pins have changed; return what went wrong."""
    place, wanted = folder / "node", (HERE / "package.json").read_text()
    record = place / _RECORD
    if record.exists() and record.read_text() == wanted:
        return ""
    print(f"installing {', '.join(json.loads(wanted)['dependencies'])} into {place} (a minute or two)", flush=True)
    place.mkdir(parents=True, exist_ok=True)
    (place / "package.json").write_text(wanted)
    quiet = ("--silent", "--no-audit", "--no-fund")
    problem = _ran(["npm", "install", *quiet, "--ignore-scripts"], place) or _ran(
        ["npm", "rebuild", *quiet, *_LINKING], place
    )
    if not problem:
        record.write_text(wanted)
    return problem


def _python(folder: Path) -> str:
    place, wanted = folder / "aider", (HERE / "requirements.txt").read_text()
    record = place / _RECORD
    if record.exists() and record.read_text() == wanted:
        return ""
    print(f"installing {wanted.strip()} into {place} (a minute or two)", flush=True)
    problem = _ran([sys.executable, "-m", "venv", place], HERE) or _ran(
        [place / "bin" / "python", "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], HERE
    )
    if not problem:
        record.write_text(wanted)
    return problem


def _ran(command: Sequence[object], folder: Path) -> str:
    """Run a command; return the end of what it printed if it failed."""
    try:
        done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        return f"{command[0]}: {error.strerror}"
    return "" if done.returncode == 0 else f"{command[0]} failed: {(done.stderr or done.stdout)[-200:].strip()}"
