"""A corrected finding becomes an entry of ``lists.yaml``, whether a command or a person on the console corrects it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from proxy.catalog import lists
from proxy.catalog.lists import ListEntry
from proxy.core.keyring import Keyring
from proxy.detection import correction as corrections
from proxy.detection.correction import Correction
from proxy.errors import ConfigurationError
from proxy.runtime.resources import shipped
from proxy.service import tenant_lists
from proxy.settings import Settings

#: The audit event of a correction, recorded before the list is written.
EVENT = "detection_list_changed"


def lists_path(settings: Settings) -> Path:
    """Return the file of the installation's lists.

    Raises:
        ConfigurationError: it is part of this program, and must not be changed.

    """
    if settings.config_dir.resolve() == shipped("config").resolve():
        raise ConfigurationError(
            "the shipped configuration must not be changed: set PROXY_CONFIG_DIR to a copy of it, or use --lists FILE"
        )
    return tenant_lists.path(settings)


def entry(text: str, correction: Correction, keys: Keyring, note: str) -> ListEntry:
    """Return the entry of a correction.

    Raises:
        CorrectionRefusedError: it would not have its effect.

    """
    term = corrections.entry(text, correction, tenant_lists.key(keys))
    return ListEntry(**asdict(term), note=note, key=keys.key_id if term.digest else "")


def facts(correction: Correction, entry: ListEntry, by: str) -> dict[str, Any]:
    """Return what is recorded: who changed which list for which type; never the value."""
    return {
        "by": by,
        "list": entry.list,
        "type": correction.span.entity_type,
        "form": "digest" if entry.digest else "clear",
        "forced": entry.forced,
        "context": bool(entry.near),
    }


def add(where: Path, entry: ListEntry, entities: Mapping[str, Any]) -> bool:
    """Append an entry to the file, and return whether it was not in it yet. Blocks, while another appends too.

    Raises:
        ConfigurationError: the file is invalid, its form does not allow appending an entry, or it cannot be written.

    """
    try:
        folder = os.open(where.parent, os.O_RDONLY)
    except OSError as error:
        raise ConfigurationError(f"{where} cannot be written") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        before = where.read_text(encoding="utf-8") if where.exists() else ""
        after = _appended(before, entry, entities)
        if after != before:
            _replace(where, after)
    finally:
        os.close(folder)
    return after != before


def _appended(before: str, entry: ListEntry, entities: Mapping[str, Any]) -> str:
    entries = lists.parsed(before, entities)
    if any(existing.model_copy(update={"note": entry.note}) == entry for existing in entries):
        return before
    after = lists.appended(before, entry)
    try:
        added = lists.parsed(after, entities)
    except ConfigurationError:
        added = ()
    if added != (*entries, entry):
        raise ConfigurationError(
            "no entry can be appended to the lists: the file must have 'lists:' and one entry per line"
        )
    return after


def _replace(where: Path, text: str) -> None:
    temporary = where.with_name(f".{where.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(where)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ConfigurationError(f"{where} cannot be written") from error
