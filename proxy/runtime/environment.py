"""This process's environment, for code that runs without the settings; imports nothing."""

from __future__ import annotations

import os
from collections.abc import MutableMapping


def environment() -> MutableMapping[str, str]:
    """Return this process's environment, for starting children."""
    return os.environ
