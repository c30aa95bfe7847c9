"""The formats of the stream: one module for each, found by itself. A module has ``FORMATS``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from proxy.reports.siem.form import EntryFormat


@cache
def known() -> Mapping[str, EntryFormat]:
    """Return every format by its name."""
    names = sorted(one.name for one in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {one.name: one for module in modules for one in module.FORMATS}
