"""Child processes that prove a policy: run to their end or killed, never waited for without limit."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

_RUNNING: set[subprocess.Popen[bytes]] = set()


def said(command: Sequence[str], longest_s: float, asked: bytes = b"") -> bytes:
    """Run a child to its end with ``asked`` on its standard input; return what it printed.

    Raises:
        subprocess.SubprocessError: it ran longer than ``longest_s``, and was killed.

    """
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        _RUNNING.add(process)
        try:
            printed, _ = process.communicate(asked, timeout=longest_s)
        finally:
            _RUNNING.discard(process)
            process.kill()
    return printed


def interrupt() -> None:
    """End the children that run in this process's threads: nobody should wait for them to stop."""
    for process in tuple(_RUNNING):
        process.kill()
