"""Finds the shipped policies, migrations and configuration: in the wheel, or in a source checkout."""

from __future__ import annotations

from pathlib import Path

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
