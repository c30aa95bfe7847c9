"""From the settings to the tenants' allow and deny lists: file and key; at start, on reload, in commands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from proxy.catalog import lists as files
from proxy.core.keyring import Keyring
from proxy.core.targets.registered import Catalog
from proxy.detection.lists import ListedTerm, ListFilter, compiled, filter_of
from proxy.settings import Settings

_PURPOSE = "detection-lists"


def path(settings: Settings) -> Path:
    """Return the file of the lists."""
    return settings.config_dir / files.NAME


def key(keyring: Keyring) -> bytes:
    """Return the key of the lists' digests."""
    return keyring.derive(_PURPOSE)


def keys(keyring: Keyring) -> tuple[bytes, ...]:
    """Return the keys that digests may have been made with, the current one first."""
    return tuple(key(generation) for generation in keyring.every)


def read(where: Path, types: Collection[str], secret: bytes, *old_secrets: bytes) -> dict[str, ListFilter]:
    """Return the filters by tenant; digests were made with ``secret`` or one of ``former``. Blocks.

    Raises:
        ConfigurationError: the file is invalid.

    """
    return compiled((listed_term(entry) for entry in files.read(where, types)), secret, *old_secrets)


def of(settings: Settings, catalog: Catalog, keyring: Keyring) -> dict[str, ListFilter]:
    """Return the filters in force by tenant. Blocks.

    Raises:
        ConfigurationError: the file is invalid.

    """
    return read(path(settings), catalog.entity_kinds, *keys(keyring))


def filter_for(
    where: Path, types: Collection[str], secret: bytes, tenant: str, old_secrets: Sequence[bytes] = ()
) -> ListFilter | None:
    """Return the filter that applies to one tenant.

    Raises:
        ConfigurationError: the file is invalid.

    """
    return filter_of(read(where, types, secret, *old_secrets), tenant)


def keyed(where: Path, types: Collection[str]) -> bool:
    """Return whether the file contains digests, which only apply with the key.

    Raises:
        ConfigurationError: the file is invalid.

    """
    return any(entry.digest for entry in files.read(where, types))


def listed_term(entry: files.ListEntry) -> ListedTerm:
    """Return an entry in detection's terms."""
    return ListedTerm(
        entry.tenant, entry.list, entry.type, entry.value, entry.digest, entry.words, entry.near, entry.forced
    )
