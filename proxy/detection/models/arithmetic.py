"""The same arithmetic on every machine: fixes what numeric libraries choose by the processor.

One thread, and on x86 the instruction set of every server since 2013: exponentials and sums are then bit-identical on
machines with and without AVX-512. And an unused part of torch's import is skipped, a quarter of its time.
"""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from pathlib import Path
from types import ModuleType
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


#: Registers shape functions of meta tensors, for compiling and exporting models; kernels do not use it.
_UNUSED = "torch._meta_registrations"
#: Releases for which skipping it was tested.
_TRIED = ("2.13.",)


def skip_meta_registrations() -> bool:
    """Skip it; return False where torch is imported already, of another release, or absent."""
    if "torch" in sys.modules or not _release().startswith(_TRIED):
        return False
    sys.modules.setdefault(_UNUSED, ModuleType(_UNUSED))
    return True


def _release() -> str:
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return ""
