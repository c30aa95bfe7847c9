"""Bundles that trial decisions have proved in this process, for the installations of its other tests: 2 s of CPU each.

Each process proves every bundle itself, once: nothing is kept between runs, for the code that proves may have changed.
"""

from __future__ import annotations

from pathlib import Path

from proxy.policy.activation import gate
from proxy.policy.activation.activation import BundlePaths

_PROVED: dict[str, None] = {}


def _memo(state_dir: Path) -> Path:
    return BundlePaths(state_dir / "bundle.tar.gz", state_dir).memo


def give(state_dir: Path) -> None:
    """Have what was proved here count for an installation."""
    for mark in _PROVED:
        gate.remember(_memo(state_dir), mark)


def keep(state_dir: Path) -> None:
    """Note which bundles an installation has proved; no trees, which are checked and tested anew."""
    proved = _memo(state_dir).read_text().split()[1:] if _memo(state_dir).is_file() else ()
    _PROVED.update(dict.fromkeys(mark for mark in proved if "@" in mark and not mark.endswith("@tests")))
