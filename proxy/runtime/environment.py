"""This process's environment, for code that runs without the settings; imports little."""

from __future__ import annotations

import ctypes
import os
from collections.abc import MutableMapping


def environment() -> MutableMapping[str, str]:
    """Return this process's environment, for starting children."""
    return os.environ


def overwrite(name: str) -> None:
    """Overwrite a variable's value in memory, where the kernel exposes it: unsetenv(3) only removes the reference."""
    try:
        place = ctypes.POINTER(ctypes.c_void_p).in_dll(ctypes.CDLL(None), "environ")
    except (AttributeError, OSError, ValueError):  # no such symbol on this system, and no /proc either
        return
    prefix = f"{name}=".encode()
    index = 0
    while address := place[index]:
        entry = ctypes.string_at(address)
        if entry.startswith(prefix):
            ctypes.memset(address + len(prefix), ord("-"), len(entry) - len(prefix))
        index += 1
