"""Leaves out of torch, before it is imported, what no model here uses: a quarter of the time that its import takes.

``torch._meta_registrations`` teaches torch the shapes of tensors without contents, for compiling and exporting models.
Kernels that compute do not ask it. Left out only of releases of which that was tried.
"""

from __future__ import annotations

import importlib.metadata
import sys
from types import ModuleType

_UNUSED = "torch._meta_registrations"
_TRIED = ("2.13.",)


def leave_out() -> bool:
    """Leave it out; return whether it is. False: torch is imported already, is of another release, or is not here."""
    if "torch" in sys.modules or not _release().startswith(_TRIED):
        return False
    sys.modules.setdefault(_UNUSED, ModuleType(_UNUSED))
    return True


def _release() -> str:
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return ""
