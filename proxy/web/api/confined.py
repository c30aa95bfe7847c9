"""``python -m proxy.web.api.confined``: runs one policy command (``proxy.cli.policy.child``) at the lowest priority.

Because it evaluates Rego from a caller, it ends with the worker that started it, dumps no core, and has limits of
processor time, memory and file size. The processes it starts inherit them.
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
    """Set the limits of this process."""
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    for kind, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, _FILE),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (allowed, allowed))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    end_with_parent()


def end_with_parent() -> None:
    """Have this process killed when its parent ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    confine()
    runpy.run_module("proxy.cli.policy.child", run_name="__main__")
elif __name__ == "__mp_main__":
    end_with_parent()
