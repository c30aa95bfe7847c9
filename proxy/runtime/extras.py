"""Libraries that only some formats need: an installation without them is told what to install."""

from __future__ import annotations

import importlib
from typing import Any

from proxy.errors import ConfigurationError


def library(name: str, extra: str) -> Any:
    """Return a module of an extra.

    Raises:
        ConfigurationError: the extra is not installed.

    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise ConfigurationError(f"this needs {package}: pip install 'compliance-proxy[{extra}]'") from error
