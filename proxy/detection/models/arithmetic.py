"""One arithmetic everywhere: what numeric libraries would choose by the machine is chosen here.

One thread, and on x86 the instruction set that every server has had since 2013: exponentials and sums then come out
the same to the last bit on machines with and without AVX-512.
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Final

from proxy.runtime.environment import environment

_THREADS: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def variables() -> dict[str, str]:
    """Return the environment that numeric libraries read when they first compute."""
    return {**_THREADS, "ATEN_CPU_CAPABILITY": "avx2"} if _has_avx2() else _THREADS


def pin() -> None:
    """Set them for this process; those that somebody set stand. What has computed already goes on as it began."""
    held = environment()
    for name, value in variables().items():
        held.setdefault(name, value)


def _has_avx2() -> bool:
    if platform.machine() not in {"x86_64", "AMD64"}:
        return False
    try:
        return " avx2 " in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
