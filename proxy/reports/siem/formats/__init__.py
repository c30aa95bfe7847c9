"""The formats of the stream: one module for each, found by itself. A module has ``FORMATS``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from proxy.reports.siem.form import EntryFormat


@cache
def by_name() -> Mapping[str, EntryFormat]:
    """Return every format by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {format_.name: format_ for module in modules for format_ in module.FORMATS}


def chosen(name: str, enterprise: int | None = None) -> EntryFormat:
    """Return a format, under an enterprise number (IANA) where it has one and one is given."""
    form = by_name()[name]
    return form if enterprise is None or form.numbered is None else form.numbered(enterprise)
