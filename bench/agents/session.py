"""One program at work on one scenario: straight at the provider, or through the proxy."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.agents.programs import FOREIGN, Program
from bench.agents.provider import Provider, Record
from bench.agents.scenarios import Scenario
from proxy.cli.use import files
from proxy.cli.use.agents import AGENTS, ProxyAccess

_GIT = "git init -q . && git add -A && git -c user.name=dev -c user.email=dev@example.com commit -qm start"
_UNCOMPARED = (".git", ".aider", "opencode.json", ".qwen", ".gemini")


@dataclass(frozen=True, slots=True)
class Session:
    """What came of it. ``sent`` is what left the program, ``received`` what the provider got; ``files`` as they are after it."""

    code: int | None  # None: it did not end in time
    output: str
    seconds: float
    files: Mapping[str, str]
    sent: Sequence[Record]
    received: Sequence[Record]

    @property
    def refused(self) -> list[Record]:
        return [record for record in self.sent if record.asks_model and record.status >= 400 and not _is_later(record)]

    @property
    def repeated(self) -> int:
        """How many requests the proxy asked to have again, which programs do by themselves."""
        return sum(record.asks_model and _is_later(record) for record in self.sent)


def _is_later(record: Record) -> bool:
    return record.status in {429, 503}


@dataclass(frozen=True, slots=True)
class Work:
    """Who does what, and where. ``installed``: the folder of the programs, ``patience_s``: how long a run may take."""

    program: Program
    scenario: Scenario
    installed: Path
    place: Path
    provider: Provider
    patience_s: float


async def run(work: Work, address: str, key: str, sent: list[Record]) -> Session:
    """Run a program in a fresh home on a freshly laid folder, at the same path each time; ``sent`` collects at a relay."""
    program, scenario, place, provider = work.program, work.scenario, work.place, work.provider
    folder, home = place / "work" / scenario.name, place / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    scenario.lay(folder)
    await (await asyncio.create_subprocess_shell(_GIT, cwd=folder)).wait()
    files.write(AGENTS[program.agent or program.name], home, ProxyAccess(address, key))
    environment = _environment(home, folder) | dict(program.environment or {})
    provider.begin(scenario.steps, str(folder))
    sent.clear()
    command = [str(work.installed / program.executable), *program.command(scenario.question, list(scenario.files))]
    started = time.monotonic()
    code, output = await _ended(command, folder, environment, work.patience_s)
    seconds = time.monotonic() - started
    return Session(code, output, seconds, files_in(folder), list(sent) or provider.records, provider.records)


async def _ended(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], patience_s: float
) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    output = bytearray()

    async def read() -> None:
        while piece := await process.stdout.read(1 << 16):
            output.extend(piece)
        await process.wait()

    try:
        async with asyncio.timeout(patience_s):
            await read()
        return process.returncode, output.decode(errors="replace")
    except TimeoutError:
        return None, output.decode(errors="replace")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _environment(home: Path, folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    below = {f"XDG_{name}_HOME": str(home / f".{name.lower()}") for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    return kept | below | {"HOME": str(home), "PWD": str(folder), "CI": "1", "NO_COLOR": "1", "TERM": "dumb"}


def files_in(folder: Path) -> dict[str, str]:
    return {
        name: path.read_text(errors="replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not (name := path.relative_to(folder).as_posix()).startswith(_UNCOMPARED)
        and "__pycache__" not in name
    }
