"""Where a deployment's own classes come from: entry points of installed packages, and files in a folder.

A file is named by its stem and provides every class that it defines itself. Nothing is imported before ``load``, so
that versions can be reported without running any of it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from proxy.core.findings import DetectorVersion
from proxy.detection.pool.forked import PLUGINS
from proxy.errors import ConfigurationError
from proxy.runtime.environment import environment

OPERATORS: Final = "operators"
RECOGNIZERS: Final = "recognizers"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_GROUP: Final = "compliance_proxy."


@dataclass(frozen=True, slots=True)
class Source:
    """One entry point or file. ``load`` imports it and returns its objects: classes, or factories of instances."""

    name: str
    version: str
    digest: str
    load: Callable[[], list[Any]]


def folder() -> Path | None:
    """Return the folder from the environment, None without one."""
    path = environment().get(PLUGINS, "")
    return Path(path) if path else None


def sources(kind: str, where: Path | None) -> list[Source]:
    """Return the sources of a kind (``operators``, ``recognizers``), by name.

    Raises:
        ConfigurationError: the folder does not exist, or a name is invalid or ambiguous.

    """
    listed = [*map(_installed, entry_points(group=_GROUP + kind)), *_files(kind, where)]
    names = [source.name for source in listed]
    for name in names:
        if _NAME.fullmatch(name) is None:
            raise ConfigurationError(f"{kind}: {name!r}: a name in small letters, digits and _ is required")
        if names.count(name) > 1:
            raise ConfigurationError(f"{kind}: {name} is there twice")
    return sorted(listed, key=lambda source: source.name)


def versions(kind: str, where: Path | None) -> tuple[DetectorVersion, ...]:
    """Return the version of each, without importing it; as ``sources``."""
    return tuple(
        DetectorVersion(f"{kind[:-1]}:{source.name}", source.version, source.digest) for source in sources(kind, where)
    )


def _installed(point: EntryPoint) -> Source:
    version = f"{point.dist.name} {point.dist.version}" if point.dist is not None else "unknown"
    return Source(point.name, version, hashlib.sha256(point.value.encode()).hexdigest(), lambda: [point.load()])


def _files(kind: str, where: Path | None) -> Iterator[Source]:
    if where is None:
        return
    if not where.is_dir():
        raise ConfigurationError(f"{PLUGINS}: {where} is not a folder")
    for path in sorted((where / kind).glob("*.py")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        yield Source(path.stem, digest[:12], digest, partial(_defined, kind, path))


def _module(kind: str, path: Path) -> ModuleType:
    name = f"compliance_proxy_{kind}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{kind}: {path.name} cannot be imported")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _defined(kind: str, path: Path) -> list[Any]:
    module = _module(kind, path)
    classes = [member for member in vars(module).values() if inspect.isclass(member)]
    return [candidate for candidate in classes if candidate.__module__ == module.__name__]
