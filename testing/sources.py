"""The syntax tree of Python sources of this repository."""

from __future__ import annotations

import ast
import gc
from pathlib import Path


def parsed(path: Path) -> ast.Module:
    """Parse a source while nothing is collected.

    A finalizer that fails has its traceback formatted, which parses as well, and CPython 3.11 cannot do so within
    another parse: "AST constructor recursion depth mismatch".
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    finally:
        if enabled:
            gc.enable()
