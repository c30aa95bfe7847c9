"""Child processes that prove a policy: they end within a limit or are killed."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from proxy.policy.engine.launch import IN_ENVIRONMENT

_RUNNING: set[subprocess.Popen[bytes]] = set()


def output(command: Sequence[str], timeout_s: float, stdin: bytes = b"") -> bytes:
    """Run a child to its end, in the engine's environment, and return its standard output.

    Raises:
        subprocess.SubprocessError: it ran longer than the timeout and was killed.

    """
    pipe = subprocess.PIPE
    with subprocess.Popen([*IN_ENVIRONMENT, *command], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        _RUNNING.add(process)
        try:
            stdout, _ = process.communicate(stdin, timeout=timeout_s)
        finally:
            _RUNNING.discard(process)
            process.kill()
    return stdout


def interrupt() -> None:
    """Kill the children of this process's threads, so that a shutdown need not wait for them."""
    for process in tuple(_RUNNING):
        process.kill()
