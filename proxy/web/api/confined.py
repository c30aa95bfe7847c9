"""``python -m proxy.web.api.confined``: one policy command (``proxy.cli.policy.child``), last in line for resources.

It ends with the worker that started it, dumps no core, and keeps within bounds of processor time, memory and file
size, because it evaluates Rego that somebody sent. The processes it starts for itself inherit all of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import runpy
import signal
import sys
from pathlib import Path

_NICE = 10
_CPU_S = 1800
_MEMORY = 6 << 30  # address space; the engine reserves 1.5 GiB before it uses any
_FILE = 1 << 30
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)


def confine() -> None:
    """Put the bounds on this process."""
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, _FILE),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (allowed, allowed))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    end_with_parent()


def end_with_parent() -> None:
    """Be killed when the process that started this one ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    confine()
    runpy.run_module("proxy.cli.policy.child", run_name="__main__")
elif __name__ == "__mp_main__":
    end_with_parent()
