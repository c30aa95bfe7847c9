"""This process's environment, for what must be started or told without the settings: it imports nothing."""

from __future__ import annotations

import os
from collections.abc import MutableMapping


def environment() -> MutableMapping[str, str]:
    """Return this process's environment, for starting children."""
    return os.environ
