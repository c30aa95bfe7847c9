"""Runs a module of this program in a process of its own that is killed with its caller and confines itself.

A confined process has a low priority, limits of processor time, memory and file size, dumps no core, and ends with
the process that started it. What it starts inherits that. A companion serves for as long as its caller does.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import proxy
from proxy.runtime.environment import environment
from proxy.runtime.process import sighup_blocked

_CHUNK = 1 << 16
_NICE = 10
_CPU_S = 1800
_MEMORY = 6 << 30  # address space; the policy engine reserves 1.5 GiB before it uses any
_FILE = 1 << 30
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)
#: What a process that reads the database gets of the environment, with all that PostgreSQL's clients read.
_FOR_DATABASE = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR")


class TooLongError(Exception):
    """The child printed more than was allowed."""


async def answered(
    module: str, request: bytes, environment: Mapping[str, str], *, longest: int, passed: tuple[int, ...] = ()
) -> bytes:
    """Return what a module prints for what it is given on standard input, b"" if it died. Cancellation kills it.

    ``longest``: bytes. ``passed``: descriptors that it inherits.

    Raises:
        TooLongError: it printed more.

    """
    return await asked(await started(module, environment, passed=passed), request, longest)


async def started(
    module: str, environment: Mapping[str, str], *arguments: str, passed: tuple[int, ...] = ()
) -> asyncio.subprocess.Process:
    """Start a module, which waits for its request."""
    variables = {**environment, "PYTHONPATH": str(Path(proxy.__file__).parents[1])}
    with sighup_blocked():
        return await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", module, *arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=variables, cwd="/", start_new_session=True, pass_fds=passed,
        )  # fmt: skip


def for_database() -> dict[str, str]:
    """Return the environment of a process that reads the database; no setting of the product is in it."""
    return {name: value for name, value in environment().items() if name in _FOR_DATABASE or name.startswith("PG")}


async def companion(
    module: str, environment: Mapping[str, str]
) -> tuple[asyncio.subprocess.Process, asyncio.StreamReader, asyncio.StreamWriter]:
    """Start a module that talks with this process over a socket, its standard input, and ends when that is closed.

    It stays in the session of this process: Linux weighs priorities within a session alone (``sched_autogroup``).
    """
    variables = {**environment, "PYTHONPATH": str(Path(proxy.__file__).parents[1])}
    ours, theirs = socket.socketpair()
    try:
        with theirs, sighup_blocked():
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", module, stdin=theirs.fileno(), stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL, env=variables, cwd="/",
            )  # fmt: skip
        reader, writer = await asyncio.open_connection(sock=ours)
    except BaseException:
        ours.close()
        raise
    return process, reader, writer


async def asked(process: asyncio.subprocess.Process, request: bytes, longest: int) -> bytes:
    """Return what a started module prints for its request; as ``answered``. It has ended then."""
    try:
        assert process.stdin is not None  # noqa: S101 - pipes were requested
        assert process.stdout is not None  # noqa: S101
        with contextlib.suppress(ConnectionError):  # it has died: it printed nothing
            process.stdin.write(request)
            process.stdin.write_eof()
        return await _read(process.stdout, longest)
    finally:
        await ended(process)


async def ended(process: asyncio.subprocess.Process) -> None:
    """Kill a module and what it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _read(stream: asyncio.StreamReader, longest: int) -> bytes:
    parts, size = [], 0
    while chunk := await stream.read(_CHUNK):
        size += len(chunk)
        if size > longest:
            raise TooLongError
        parts.append(chunk)
    return b"".join(parts)


def give_way() -> None:
    """Have this process wait for others, be the first that is killed where memory runs out, and dump no core."""
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def confine(memory: int = _MEMORY) -> None:
    """Set the limits of this process; ``memory``: bytes of address space."""
    give_way()
    for kind, limit in (
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, _FILE),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (allowed, allowed))
    end_with_parent()


def end_with_parent() -> None:
    """Have this process killed when its parent ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
