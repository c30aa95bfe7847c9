"""``lists.yaml``: the tenants' allow and deny lists, one entry per line, so that entries can be appended.

The file is optional. No message ever quotes one of its values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from proxy.catalog import documents
from proxy.catalog.law import Strict
from proxy.errors import ConfigurationError

NAME = "lists.yaml"
_HEAD = """\
# Allow and deny lists of the tenants: values that are never personal to them, and values that always are. An entry
# holds its value in clear or as a keyed digest; see docs/how-to/correct-a-finding.md. Read at start and on SIGHUP.

lists:
"""
_WORDED = re.compile(r"[^\W_]")


class ListEntry(Strict):
    """One entry; ``words`` is the number of words in the value of a deny digest.

    ``key`` is the id of the digest's master key; empty for digests from before there were ids.
    """

    tenant: Annotated[str, Field(min_length=1)]
    list: Literal["allow", "deny"]
    type: str = ""
    value: str = ""
    digest: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = ""
    key: Annotated[str, Field(pattern=r"^(k-[0-9a-f]{8})?$")] = ""
    words: Annotated[int, Field(ge=0, le=8)] = 0
    near: str = ""
    forced: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if bool(self.value) == bool(self.digest):
            raise ValueError("an entry has either a value or a digest")
        if self.value and not _WORDED.search(self.value):
            raise ValueError("a value needs at least one letter or digit")
        if self.list == "deny" and (not self.type or self.forced):
            raise ValueError("deny entry: `type` is required and `forced` is not allowed")
        if (self.list == "deny" and bool(self.digest)) != bool(self.words):
            raise ValueError("'words' belongs to the digest of a deny entry")
        return self


class Lists(Strict):
    """The whole file."""

    lists: list[ListEntry] = Field(default_factory=list)


def read(path: Path, types: Collection[str]) -> tuple[ListEntry, ...]:
    """Return the entries of a file, none if it does not exist; ``types`` are the known entity types.

    Raises:
        ConfigurationError: it is not valid; the message names the entry by its number.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read ({type(error).__name__})") from None
    return parsed(text, types, path.name)


def parsed(text: str, types: Collection[str], name: str = NAME) -> tuple[ListEntry, ...]:
    """Return the entries of a file's text.

    Raises:
        ConfigurationError: as ``read``.

    """
    entries = _valid(_plain(text, name), name).lists
    for number, entry in enumerate(entries, 1):
        if entry.type and entry.type not in types:
            raise ConfigurationError(f"{name}: entry {number}: there is no entity type of this name")
    return tuple(entries)


def appended(text: str, entry: ListEntry) -> str:
    """Return a file's text with one more entry at its end."""
    row = json.dumps(entry.model_dump(exclude_defaults=True), ensure_ascii=False)
    return f"{(text if text.strip() else _HEAD).rstrip()}\n  - {row}\n"


def _plain(text: str, name: str) -> Any:
    try:
        plain = documents.value(text)
    except ConfigurationError:
        raise ConfigurationError(f"{name} is not valid YAML") from None  # the library's message quotes the file
    return {} if plain is None or plain == {"lists": None} else plain


def _valid(plain: Any, name: str) -> Lists:
    try:
        return Lists.model_validate(plain)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = [f"entry {part + 1}" if isinstance(part, int) else str(part) for part in first["loc"]]
        raise ConfigurationError(f"{name}: {': '.join([*where, first['msg']])}") from None
