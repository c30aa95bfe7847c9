"""From the settings to the tenants' lists in force: which file, which key; at start, on reload, in commands."""

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
    """Return where the lists lie."""
    return settings.config_dir / files.NAME


def key(keyring: Keyring) -> bytes:
    """Return the key of the lists' digests."""
    return keyring.derive(_PURPOSE)


def keys(keyring: Keyring) -> tuple[bytes, ...]:
    """Return the keys under which digests may have been made, the one in use first."""
    return tuple(key(one) for one in keyring.every)


def read(where: Path, types: Collection[str], secret: bytes, *former: bytes) -> dict[str, ListFilter]:
    """Return the filters by tenant; digests are made with ``secret`` or one of ``former``. Blocks.

    Raises:
        ConfigurationError: the file is wrong.

    """
    return compiled((entry_of(one) for one in files.read(where, types)), secret, *former)


def of(settings: Settings, catalog: Catalog, keyring: Keyring) -> dict[str, ListFilter]:
    """Return the filters in force by tenant. Blocks.

    Raises:
        ConfigurationError: the file is wrong.

    """
    return read(path(settings), catalog.entity_kinds, *keys(keyring))


def filter_for(
    where: Path, types: Collection[str], secret: bytes, tenant: str, former: Sequence[bytes] = ()
) -> ListFilter | None:
    """Return the filter that applies to one tenant.

    Raises:
        ConfigurationError: the file is wrong.

    """
    return filter_of(read(where, types, secret, *former), tenant)


def keyed(where: Path, types: Collection[str]) -> bool:
    """Return whether the file holds digests, so that nothing of it applies without the key.

    Raises:
        ConfigurationError: the file is wrong.

    """
    return any(one.digest for one in files.read(where, types))


def entry_of(one: files.ListEntry) -> ListedTerm:
    """Return an entry as detection uses it."""
    return ListedTerm(one.tenant, one.list, one.type, one.value, one.digest, one.words, one.near, one.forced)
