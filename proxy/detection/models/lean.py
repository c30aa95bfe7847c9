"""Skips an unused part of torch's import, a quarter of its time.

``torch._meta_registrations`` registers shape functions of meta tensors, for compiling and exporting models; kernels do
not use it. It is skipped only in releases for which that was tested.
"""

from __future__ import annotations

import importlib.metadata
import sys
from types import ModuleType

_UNUSED = "torch._meta_registrations"
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
