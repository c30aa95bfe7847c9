"""Bundles that trial decisions have proved in this process, for the installations of its other tests: 2 s of CPU each.

Each process proves every bundle itself, once: nothing is kept between runs, for the code that proves may have changed.
"""

from __future__ import annotations

from pathlib import Path

from proxy.policy.activation import gate
from proxy.policy.activation.activation import BundlePaths

_PROVED: dict[str, None] = {}


def _memo(bundle: Path) -> Path:
    return BundlePaths(bundle, bundle.parent).memo


def give(bundle: Path) -> None:
    """Have what was proved here count where the bundle is at this path."""
    for mark in _PROVED:
        gate.remember(_memo(bundle), mark)


def keep(bundle: Path) -> None:
    """Note which bundles were proved at this path; no trees, which are checked and tested anew."""
    proved = _memo(bundle).read_text().split()[1:] if _memo(bundle).is_file() else ()
    _PROVED.update(dict.fromkeys(mark for mark in proved if "@" in mark and not mark.endswith("@tests")))
