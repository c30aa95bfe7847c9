"""Folders and files that only their owner can enter or read, whatever the process's umask."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import IO, Literal

from proxy.errors import ConfigurationError

FOLDER, FILE = 0o700, 0o600
_OTHERS = 0o077
_FLAGS = {"ab": os.O_APPEND, "wb": os.O_TRUNC, "xb": os.O_EXCL}


def folder(path: Path) -> Path:
    """Create a folder for the owner alone, or restrict an existing one; return it.

    Raises:
        ConfigurationError: it is shared by all users, like /tmp.
        OSError: it cannot be created, or belongs to another user.

    """
    path.mkdir(parents=True, exist_ok=True, mode=FOLDER)
    mode = path.stat().st_mode
    if mode & stat.S_ISVTX:
        raise ConfigurationError(f"{path} is shared by all users; name a folder of its own with PROXY_STATE_DIR")
    if mode & _OTHERS:
        path.chmod(FOLDER)
    return path


def folder_if_possible(path: Path) -> Path | None:
    """Like ``folder``; None if that fails, for callers that can do without it."""
    try:
        return folder(path)
    except (ConfigurationError, OSError):
        return None


def close(path: Path) -> None:
    """Restrict an existing file or folder to its owner."""
    if not path.is_symlink() and path.exists() and path.stat().st_mode & _OTHERS:
        path.chmod(FOLDER if path.is_dir() else FILE)


def opened(path: Path, mode: Literal["ab", "wb", "xb"]) -> IO[bytes]:
    """Open a file for writing; a new one is for its owner alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | _FLAGS[mode], FILE), mode)


def write(path: Path, data: bytes) -> None:
    """Replace a file atomically.

    It is for its owner alone, unless others may enter its folder: its files are meant for them too, such as a bundle
    for an engine that runs as another user.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")  # several processes may write at once
    mode = FILE if not path.parent.stat().st_mode & _OTHERS else 0o644
    try:
        with opened(fresh, "xb") as out:
            out.write(data)
        if mode != FILE:
            fresh.chmod(mode)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
