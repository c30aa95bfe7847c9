"""Imports a library without a package that it would load where installed, but that is not used here."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import cast


@contextlib.contextmanager
def left_out(name: str) -> Iterator[None]:
    """Have what is imported meanwhile take a package as not installed, unless it is imported already."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = cast("ModuleType", None)  # the import system's own way to say so
    try:
        yield
    finally:
        del sys.modules[name]
