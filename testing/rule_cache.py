"""What takes seconds to compile, kept between runs: the rules of secrets. The product checks what it finds there."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from proxy.runtime import private


def folder() -> Path:
    """Return the folder of this account, its own alone."""
    return private.folder(Path(tempfile.gettempdir(), f"compliance-proxy-compiled-{os.getuid()}"))


def give(cache: Path) -> None:
    """Put everything that is kept into the cache of an installation."""
    _copy(folder(), private.folder(cache))


def keep(cache: Path) -> None:
    """Keep what an installation has compiled."""
    if cache.is_dir():
        _copy(cache, folder())


def _copy(source: Path, target: Path) -> None:
    for path in source.iterdir():
        if path.is_file() and not (target / path.name).exists():
            with tempfile.NamedTemporaryFile(dir=target, delete=False) as made:  # whole or not at all
                shutil.copyfile(path, made.name)
            Path(made.name).rename(target / path.name)
