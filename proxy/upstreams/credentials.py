"""The credentials of targets, from the environment or from files, by the names in the catalog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from proxy.core.targets.access import is_file_name
from proxy.core.targets.registered import Target
from proxy.errors import TargetCredentialError

_LARGEST = 64 << 10
#: Identifies a file's version: modification time (ns), size, inode.
Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _CachedSecret:
    stamp: Stamp
    secret: SecretStr


class Credentials:
    """Reads secrets; a file is read again when it changes, as secrets managers and orchestrators change them.

    The files are in one folder of the installation and the catalog names them within it, so that whoever edits the
    catalog cannot send a target any other file of the machine.
    """

    def __init__(self, environment: Callable[[str], SecretStr | None], folder: Path | None = None) -> None:
        self._environment = environment
        self._folder = folder
        self._cached: dict[str, _CachedSecret] = {}

    def of(self, target: Target) -> SecretStr | None:
        """Return the target's secret, or None if it has none.

        Raises:
            TargetCredentialError: its file is missing or cannot be read; the message has neither path nor content.

        """
        if not target.access.credential_file:
            return self._environment(target.access.credential) if target.access.credential else None
        try:
            return self._read(target.access.credential_file)
        except (OSError, ValueError) as error:
            raise TargetCredentialError(f"the credential file of target {target.id} cannot be read") from error

    def path(self, name: str) -> Path:
        """Return the path of a file that the catalog names.

        Raises:
            ValueError: there is no folder, or the name leads out of it.

        """
        if self._folder is None:
            raise ValueError("PROXY_TARGET_FILES is not set")
        if not is_file_name(name):
            raise ValueError("not the name of a file")
        return self._folder / name

    def _read(self, name: str) -> SecretStr:
        path = self.path(name)
        current = stamp(path)
        cached = self._cached.get(name)
        if cached is None or cached.stamp != current:
            if current[1] > _LARGEST:
                raise ValueError("too large for a credential")
            text = path.read_text(encoding="utf-8").strip()
            if not text:
                raise ValueError("empty")
            cached = self._cached[name] = _CachedSecret(current, SecretStr(text))
        return cached.secret


def stamp(path: Path) -> Stamp:
    """Return the stamp of a file's current version."""
    status = path.stat()
    return (status.st_mtime_ns, status.st_size, status.st_ino)
