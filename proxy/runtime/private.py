"""Folders and files that nobody but their owner may enter or read, however wide the process's umask is."""

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
    """Make a folder of the owner's alone, and close one that others may enter; return it.

    Raises:
        ConfigurationError: it is a folder that all share, as /tmp is.
        OSError: it cannot be made, or belongs to somebody else.

    """
    path.mkdir(parents=True, exist_ok=True, mode=FOLDER)
    mode = path.stat().st_mode
    if mode & stat.S_ISVTX:
        raise ConfigurationError(f"{path} is shared by all users; name a folder of its own with PROXY_STATE_DIR")
    if mode & _OTHERS:
        path.chmod(FOLDER)
    return path


def folder_if_possible(path: Path) -> Path | None:
    """Make or close a folder as ``folder`` does; None where that cannot be done, for what can do without it."""
    try:
        return folder(path)
    except (ConfigurationError, OSError):
        return None


def close(path: Path) -> None:
    """Take a file or folder, where there is one, from everybody but its owner."""
    if not path.is_symlink() and path.exists() and path.stat().st_mode & _OTHERS:
        path.chmod(FOLDER if path.is_dir() else FILE)


def opened(path: Path, mode: Literal["ab", "wb", "xb"]) -> IO[bytes]:
    """Open a file to write; one that is made is its owner's alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | _FLAGS[mode], FILE), mode)


def write(path: Path, data: bytes) -> None:
    """Replace a file at once or not at all.

    It is its owner's alone, unless others may enter its folder: what lies there is meant for them too, as a bundle for
    an engine that another user runs.
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
