"""Content parts: what they are, hold and refer to, and which features they request. Pure.

``PartTable`` is a dialect's table of them. Anything it does not name gets the safe reading: a part of an unknown type
is opaque, an unknown member of a part is a feature, an address in a part other than text counts as one to be fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from proxy.codecs import places
from proxy.codecs.members import Members, features
from proxy.codecs.places import PlacedNode
from proxy.core.decision.seals import SEALED

TEXT, IMAGE, UNKNOWN = "text", "image", "unknown"
#: Kinds that no target needs a capability for: sealed parts and references.
_NO_INPUT = frozenset({SEALED, "reference"})
_DATA = re.compile(r"\s*data:[^,]{0,300},", re.IGNORECASE)
#: What a reader might take for an address: a scheme, two slashes that do not begin base64, or a
#: scheme behind invisible characters.
_ADDRESS = re.compile(
    r"\s*+(?:[a-z][a-z0-9+.-]{1,20}:|[/\\]{2}(?![A-Za-z0-9+/\s]*+={0,2}+\s*+\Z)|[^\s:]{0,64}://\S*+\s*+\Z)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FileMembers:
    """Where a part holds the bytes of a file or picture. Paths are without lists, from the part.

    ``reads``: the part may be replaced by their text, since all it says stands under ``data``, ``media``, ``name`` and
    ``allowed``. A part with any other member, or another value, keeps its bytes unread.
    """

    data: str  # base64, or a data URL where ``media`` is ""
    media: str = ""  # the member that names their media type
    name: str = ""  # the member that names the file
    allowed: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # other members -> the values they may have
    carried: frozenset[str] = frozenset()  # those of ``allowed`` that a text part can have too
    reads: bool = True
    types: Mapping[str, str] = field(default_factory=dict)  # the dialect's own words -> media types

    def media_of(self, part: Any) -> Any:
        """Return the media type that a part gives for its bytes, whatever its type, None if it gives none."""
        media_type = places.node_at(part, self.media)
        return self.types.get(media_type.lower(), media_type) if isinstance(media_type, str) else media_type


@dataclass(frozen=True, slots=True)
class PartType:
    """One type of content part.

    ``kind`` is text (everything its reader sees is in strings that are scanned), image, audio, video, file, sealed
    (signed or encrypted by its maker: never read or changed), reference (names something the target keeps) or unknown.
    ``sealed`` and ``inside`` are paths from the part: to what is sealed in it, and to further parts.
    """

    kind: str
    members: Members | None = None
    file: FileMembers | None = None
    sealed: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    by: str = ""  # the member that selects a variant: by its value, or by its only member
    variants: Mapping[str, PartType] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartTable:
    """A dialect's content parts, and where they stand in a request."""

    places: tuple[str, ...] = ()  # "messages[*].content[*]"
    kinds: Mapping[str, PartType] = field(default_factory=dict)  # by the value of the discriminator
    discriminator: str = "type"  # "": the part's one member named in ``kinds``
    text: Mapping[str, str] = field(default_factory=dict)  # a text part's other members: {"type": "text"}
    text_member: str = "text"
    references: frozenset[str] = frozenset()  # members by which a part of any type names what the target keeps
    words: frozenset[str] = frozenset()  # members that are not addresses: words of the dialect, scanned text
    recordings: tuple[str, ...] = ()  # places outside content that name the recording of an earlier reply
    pictures: tuple[str, ...] = ()  # places outside content where pictures stand, as base64 or addresses
    linked: tuple[str, ...] = ()  # further places whose addresses would be fetched


class FoundPart(NamedTuple):
    """One content part of a request. ``listed``: it is an element of a list, so it can be replaced."""

    pointer: str
    path: str
    value: Any
    part: PartType
    listed: bool

    @property
    def is_text(self) -> bool:
        """Whether everything a target reads of it is in strings that are scanned."""
        return self.part.kind == TEXT

    @property
    def input(self) -> str:
        """The kind of content that a target has to accept for it."""
        return "" if self.part.kind in _NO_INPUT else self.part.kind


_STRING = PartType(TEXT)
_STRANGE = PartType(UNKNOWN)


def find(document: Mapping[str, Any], table: PartTable) -> tuple[FoundPart, ...]:
    """Return all content parts, nested ones after those that hold them."""
    return tuple(part for path in table.places for part in _parts_at(document, path, "", path, table))


def _parts_at(node: Any, path: str, address: str, shown: str, table: PartTable) -> Iterator[FoundPart]:
    for placed in places.at(node, path, address):
        part = FoundPart(placed.pointer, shown, placed.node, _part(placed.node, table), placed.listed)
        yield part
        for inner in part.part.inside:
            yield from _parts_at(part.value, inner, part.pointer, f"{shown}.{places.plain(inner)}", table)


def _part(value: Any, table: PartTable) -> PartType:
    if isinstance(value, str):
        return _STRING
    part = table.kinds.get(_type(value, table), _STRANGE) if isinstance(value, dict) else _STRANGE
    if not part.variants:
        return part
    kind = places.node_at(value, part.by)
    if isinstance(kind, dict) and len(kind) == 1 and not table.discriminator:
        kind = next(iter(kind))
    return part.variants.get(kind, part) if isinstance(kind, str) else part


def _type(part: Mapping[str, Any], table: PartTable) -> str:
    if not table.discriminator:
        named = [key for key in part if key in table.kinds]
        return named[0] if len(named) == 1 else ""
    kind = part.get(table.discriminator)
    return kind if isinstance(kind, str) else ""


def requested_features(parts: Sequence[FoundPart], table: PartTable) -> Iterator[str]:
    """Yield the features that content parts request: unknown members, references to what is kept."""
    for part in parts:
        if not isinstance(part.value, dict):
            continue
        path = part.path.replace("[*]", "")
        if part.part is _STRANGE:
            yield from (f"{path}.{key}" for key in _references(part.value, table))
        elif part.part.members is not None:
            yield from (f"{path}.{name}" for name in features(part.value, part.part.members))


def links(document: Mapping[str, Any], parts: Sequence[FoundPart], table: PartTable) -> tuple[str, ...]:
    """Return every address that a target would fetch for a part, whatever member it stands under."""
    names = [link for part in parts if not part.is_text for link in _links(part.value, "", table)]
    for placed in _outside(document, (*table.pictures, *table.linked)):
        names += _links(placed.node, "", table)
    return tuple(dict.fromkeys(names))


def outside_kinds(document: Mapping[str, Any], table: PartTable) -> Iterator[str]:
    """Yield the kinds of content outside the parts: recordings, pictures that the target would fetch."""
    yield from ("audio" for placed in _outside(document, table.recordings) if placed.node)
    if any(True for placed in _outside(document, table.pictures) for _ in _links(placed.node, "", table)):
        yield IMAGE


def sealed(parts: Sequence[FoundPart]) -> dict[str, str]:
    """Return the addresses of what must not be changed, nor anything below it, with their paths."""
    whole = {part.pointer: part.path for part in parts if part.part.kind == SEALED}
    for part in parts:
        for path in part.part.sealed:
            shown = f"{part.path}.{places.plain(path)}"
            whole.update((placed.pointer, shown) for placed in places.at(part.value, path, part.pointer) if placed.node)
    return whole


def _outside(document: Mapping[str, Any], paths: Sequence[str]) -> Iterator[PlacedNode]:
    for path in paths:
        yield from places.at(document, path)


def _links(node: Any, key: str, table: PartTable) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _links(value, name, table)
    elif isinstance(node, list):
        for value in node:
            yield from _links(value, key, table)
    elif isinstance(node, str) and key not in table.words and not _DATA.match(node):
        named = key.lower().endswith(("url", "uri"))
        if (named and node) or _ADDRESS.match(node):
            yield node


def _references(node: Any, table: PartTable) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name in table.references:
                yield name
            yield from _references(value, table)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value, table)
