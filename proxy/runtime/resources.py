"""Finds the shipped policies, migrations and configuration: in the wheel, or in a source checkout.

And libraries that only some formats need: an installation without them is told what to install.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any, Final

import yaml

from proxy.errors import ConfigurationError

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """Return a folder or file shipped with the product, such as ``policies`` or ``migrations``.

    Raises:
        FileNotFoundError: the installation is incomplete.

    """
    for root in (_PACKAGE / "share", _PACKAGE.parent):
        candidate = root / name
        if candidate.exists():
            return candidate
    raise FileNotFoundError(f"'{name}' is missing from this installation; reinstall compliance-proxy")


def listed(folder: Path, *suffixes: str) -> list[tuple[str, Path]]:
    """Return the files below a folder by their path in it, in order; nothing hidden."""
    paths = sorted(path for suffix in suffixes for path in folder.rglob(f"*{suffix}"))
    names = ((path.relative_to(folder), path) for path in paths)
    return [(name.as_posix(), path) for name, path in names if not any(part[0] == "." for part in name.parts)]


def document(path: Path) -> Any:
    """Return a shipped YAML file's content.

    Raises:
        OSError, yaml.YAMLError: it cannot be read.

    """
    return parsed(path.read_text(encoding="utf-8"))


def parsed(text: str) -> Any:
    """Return the content of a YAML text, read ten times as fast where libyaml is.

    Raises:
        yaml.YAMLError: it is none.

    """
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a SafeLoader


def library(name: str, extra: str) -> Any:
    """Return a module of an extra.

    Raises:
        ConfigurationError: the extra is not installed.

    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise _missing(name, extra) from error


def require(name: str, extra: str) -> None:
    """Check that a package of an extra is installed, without importing it.

    Raises:
        ConfigurationError: it is not.

    """
    if importlib.util.find_spec(name) is None:
        raise _missing(name, extra)


def _missing(name: str, extra: str) -> ConfigurationError:
    return ConfigurationError(f"this needs {name.partition('.')[0]}: pip install 'compliance-proxy[{extra}]'")
