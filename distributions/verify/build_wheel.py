"""Adds what the verifier imports of the product to its wheel (``copying``)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))

from copying import PACKAGE, copy


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the copied modules."""

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Copy the modules and have them included."""
        built = Path(self.root, "build", PACKAGE)
        shutil.rmtree(built, ignore_errors=True)
        copy(built)
        build_data["force_include"][str(built)] = PACKAGE
