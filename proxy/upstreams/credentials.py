"""The credentials of targets, from the environment or from files, by the names that the catalog gives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from proxy.core.targets.access import is_file_name
from proxy.core.targets.registered import Target
from proxy.errors import TargetCredentialError

_LARGEST = 64 << 10


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: tuple[int, int, int]
    secret: SecretStr


class Credentials:
    """Reads secrets; a file is read again when it has changed, as a secrets manager or an orchestrator changes it.

    Files lie in one folder of the installation, and the catalog names them in it: whoever edits the catalog can send
    a target no other file of this machine.
    """

    def __init__(self, environment: Callable[[str], SecretStr | None], folder: Path | None = None) -> None:
        self._environment = environment
        self._folder = folder
        self._kept: dict[str, _Kept] = {}

    def of(self, target: Target) -> SecretStr | None:
        """Return the target's secret, or None where it has none.

        Raises:
            TargetCredentialError: its file is not there or cannot be read; the message holds neither path nor content.

        """
        if not target.access.credential_file:
            return self._environment(target.access.credential) if target.access.credential else None
        try:
            return self._read(target.access.credential_file)
        except (OSError, ValueError) as error:
            raise TargetCredentialError(f"the credential file of target {target.id} cannot be read") from error

    def path(self, name: str) -> Path:
        """Return where a file lies that the catalog names.

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
        told = path.stat()
        stamp = (told.st_mtime_ns, told.st_size, told.st_ino)
        kept = self._kept.get(name)
        if kept is None or kept.stamp != stamp:
            if told.st_size > _LARGEST:
                raise ValueError("too large for a credential")
            text = path.read_text(encoding="utf-8").strip()
            if not text:
                raise ValueError("empty")
            kept = self._kept[name] = _Kept(stamp, SecretStr(text))
        return kept.secret
