"""The data files beside the modules here, read while these are imported."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any


def document(name: str) -> dict[str, Any]:
    """Return the TOML file at a path below this package.

    Raises:
        ValueError: it is not valid TOML.

    """
    return tomllib.loads((resources.files(__package__) / name).read_text(encoding="utf-8"))
