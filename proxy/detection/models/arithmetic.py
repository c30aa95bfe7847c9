"""The same arithmetic on every machine: fixes what numeric libraries choose by the processor.

One thread, and on x86 the instruction set of every server since 2013: exponentials and sums are then bit-identical on
machines with and without AVX-512.
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Final

from proxy.runtime.environment import environment

_THREADS: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def variables() -> dict[str, str]:
    """Return the environment variables that numeric libraries read on first use."""
    return {**_THREADS, "ATEN_CPU_CAPABILITY": "avx2"} if _has_avx2() else _THREADS


def pin() -> None:
    """Set the unset ones in this process; libraries that have computed already are not affected."""
    variables_of_process = environment()
    for name, value in variables().items():
        variables_of_process.setdefault(name, value)


def _has_avx2() -> bool:
    if platform.machine() not in {"x86_64", "AMD64"}:
        return False
    try:
        return " avx2 " in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
