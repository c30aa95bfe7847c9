"""Runs one command of the product in a process of its own, with a private folder, a deadline and little else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import proxy
from proxy.keys.master_key import handed
from proxy.runtime import hangup
from proxy.web.api.commands import PolicyCommand
from proxy.web.api.faults import CommandFailedError, DeadlineError

_LONGEST = 32 << 20  # of what a command prints, bytes
_CHUNK = 1 << 16
_PREFIX = "compliance-proxy-admin-"


@dataclass(frozen=True, slots=True)
class Children:
    """How commands are run: their environment, and what reading records or activating adds to it."""

    environment: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    deadline_s: float = 600.0
    master_key: str = field(default="", repr=False)  # goes with the secrets, through a pipe


@dataclass(frozen=True, slots=True)
class Ended:
    """Exit status and output; the private folder's path is taken out of both streams."""

    status: int
    out: bytes
    err: bytes


async def run(plan: PolicyCommand, children: Children) -> Ended:
    """Run a command to its end; whoever is cancelled while waiting takes the command along.

    Raises:
        DeadlineError: it took too long and was killed.
        CommandFailedError: it printed too much or was killed.

    """
    async with _private_folder(plan.files, plan.folders) as folder:
        try:
            async with asyncio.timeout(children.deadline_s):
                ended = await _ended(plan, folder, children)
        except TimeoutError as error:
            raise DeadlineError(f"the command did not end within {children.deadline_s:.0f} s") from error
        if ended.status < 0:
            raise CommandFailedError(f"the command was ended by signal {-ended.status}")
        place = f"{folder}/".encode()
        return Ended(ended.status, ended.out.replace(place, b""), ended.err.replace(place, b""))


async def _ended(plan: PolicyCommand, folder: Path, children: Children) -> Ended:
    given = {**children.environment, **(children.secrets if plan.needs_secrets else {})}
    with hangup.sighup_blocked(), _handed(plan, children) as (key, passed):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "proxy.web.api.confined", "policy", *plan.argv(folder),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**given, **key, "PYTHONPATH": str(Path(proxy.__file__).parents[1]), "TMPDIR": str(folder)}, cwd="/",
            start_new_session=True, pass_fds=passed,
        )  # fmt: skip
    try:
        assert process.stdout is not None  # noqa: S101 - both are pipes
        assert process.stderr is not None  # noqa: S101
        async with asyncio.TaskGroup() as tasks:
            out = tasks.create_task(_read(process.stdout))
            err = tasks.create_task(_read(process.stderr))
        status = await process.wait()
    except* CommandFailedError:
        raise CommandFailedError("the command printed more than can be answered") from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    return Ended(status, out.result(), err.result())


def _handed(
    plan: PolicyCommand, children: Children
) -> contextlib.AbstractContextManager[tuple[Mapping[str, str], tuple[int, ...]]]:
    if plan.needs_secrets and children.master_key:
        return handed(children.master_key)
    return contextlib.nullcontext(({}, ()))


async def _read(stream: asyncio.StreamReader) -> bytes:
    parts, size = [], 0
    while chunk := await stream.read(_CHUNK):
        size += len(chunk)
        if size > _LONGEST:
            raise CommandFailedError
        parts.append(chunk)
    return b"".join(parts)


@asynccontextmanager
async def _private_folder(files: Mapping[str, bytes], folders: tuple[str, ...]) -> AsyncIterator[Path]:
    """Write the files below a folder that only this account can read, and remove it whatever happens."""
    root = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        await asyncio.to_thread(_write, root, files, folders)
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _write(root: Path, files: Mapping[str, bytes], folders: tuple[str, ...]) -> None:
    for name in folders:
        (root / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as out:
            out.write(content)
