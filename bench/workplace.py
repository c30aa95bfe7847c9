"""Where a bench works: a folder that goes with it, or one that is kept."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def workplace(name: str, keep: Path | None) -> Iterator[Path]:
    """Give the folder to ``keep``, or a new one that is removed afterwards."""
    place = keep or Path(tempfile.mkdtemp(prefix=f"compliance-proxy-{name}-"))
    try:
        yield place
    finally:
        if keep is None:
            shutil.rmtree(place, ignore_errors=True)
