"""Content parts: what they are, what they hold and refer to, what they ask for beside being content. Pure.

``PartTable`` is a dialect's table of them. What it does not name gets the safe reading: a part of an unknown type is
opaque, an unknown member of a part is a feature, an address anywhere in a part that is not text would be fetched.
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
#: The media by which policy knows what is sealed or a reference: no target has to take more for them.
_NO_INPUT = frozenset({SEALED, "reference"})
_DATA = re.compile(r"\s*data:[^,]{0,300},", re.IGNORECASE)
#: What any reader might take for an address: a scheme, two slashes where it is not base64 that begins with them, or a
#: scheme behind characters that are not seen.
_ADDRESS = re.compile(
    r"\s*+(?:[a-z][a-z0-9+.-]{1,20}:|[/\\]{2}(?![A-Za-z0-9+/\s]*+={0,2}+\s*+\Z)|[^\s:]{0,64}://\S*+\s*+\Z)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FileMembers:
    """Where a part holds the bytes of a file or picture. Paths are without lists, from the part.

    ``reads``: the part may be replaced by their text, since all it says beside is under ``data``, ``media``, ``name``
    and ``beside``. A part with any other member, or another value, keeps its bytes unread.
    """

    data: str  # base64, or a data URL where ``media`` is ""
    media: str = ""  # the member that names their media type
    name: str = ""  # the member that names the file
    beside: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # other members, and the values they may have
    carried: frozenset[str] = frozenset()  # those of ``beside`` that a text part can have too
    reads: bool = True
    types: Mapping[str, str] = field(default_factory=dict)  # media types of the dialect's own words for them

    def media_of(self, part: Any) -> Any:
        """Return the media type that a part says its bytes are of, in whatever it says it, None where it says none."""
        media_type = places.one(part, self.media)
        return self.types.get(media_type.lower(), media_type) if isinstance(media_type, str) else media_type


@dataclass(frozen=True, slots=True)
class PartType:
    """One type of content part.

    ``kind`` is text (all that its reader sees is in strings that are scanned), image, audio, video, file, sealed (its
    maker has signed or encrypted it: nothing in it is read or changed), reference (it names what the target keeps) or
    unknown. ``sealed`` and ``inside`` are paths from the part: what is sealed in it, where further parts stand.
    """

    kind: str
    members: Members | None = None
    held: FileMembers | None = None
    sealed: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    by: str = ""  # the member that tells ``variants`` apart: by its word, or by the one member that it has itself
    variants: Mapping[str, PartType] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartTable:
    """A dialect's content parts, and where they stand in a request."""

    places: tuple[str, ...] = ()  # "messages[*].content[*]"
    kinds: Mapping[str, PartType] = field(default_factory=dict)  # by the value of the discriminator
    discriminator: str = "type"  # "": the one member of the part that ``kinds`` names
    text: Mapping[str, str] = field(default_factory=dict)  # a text part's members beside the text: {"type": "text"}
    text_member: str = "text"
    references: frozenset[str] = frozenset()  # members by which a part of any type names what the target keeps
    words: frozenset[str] = frozenset()  # members that are no addresses: words of the dialect, text that is read
    recordings: tuple[str, ...] = ()  # places outside content where the recording of an earlier reply is named
    pictures: tuple[str, ...] = ()  # places outside content where pictures stand, as base64 or addresses
    linked: tuple[str, ...] = ()  # further places whose addresses would be fetched


class FoundPart(NamedTuple):
    """One content part of a request. ``listed``: it is an element of a list, so that it can be replaced."""

    pointer: str
    path: str
    value: Any
    part: PartType
    listed: bool

    @property
    def is_text(self) -> bool:
        """Whether all that a target reads of it is in strings that are scanned."""
        return self.part.kind == TEXT

    @property
    def input(self) -> str:
        """The kind of content that a target has to take for it."""
        return "" if self.part.kind in _NO_INPUT else self.part.kind


_STRING = PartType(TEXT)
_STRANGE = PartType(UNKNOWN)


def found(document: Mapping[str, Any], table: PartTable) -> tuple[FoundPart, ...]:
    """Return all content parts, those inside others after these."""
    return tuple(part for path in table.places for part in _found(document, path, "", path, table))


def _found(node: Any, path: str, address: str, shown: str, table: PartTable) -> Iterator[FoundPart]:
    for place in places.at(node, path, address):
        part = FoundPart(place.pointer, shown, place.node, _part(place.node, table), place.listed)
        yield part
        for inner in part.part.inside:
            yield from _found(part.value, inner, part.pointer, f"{shown}.{places.plain(inner)}", table)


def _part(value: Any, table: PartTable) -> PartType:
    if isinstance(value, str):
        return _STRING
    part = table.kinds.get(_type(value, table), _STRANGE) if isinstance(value, dict) else _STRANGE
    if not part.variants:
        return part
    kind = places.one(value, part.by)
    if isinstance(kind, dict) and len(kind) == 1 and not table.discriminator:
        kind = next(iter(kind))
    return part.variants.get(kind, part) if isinstance(kind, str) else part


def _type(part: Mapping[str, Any], table: PartTable) -> str:
    if not table.discriminator:
        named = [key for key in part if key in table.kinds]
        return named[0] if len(named) == 1 else ""
    kind = part.get(table.discriminator)
    return kind if isinstance(kind, str) else ""


def requested_features(held: Sequence[FoundPart], table: PartTable) -> Iterator[str]:
    """Yield the features that content parts ask for: members that are not known, references to what is kept."""
    for part in held:
        if not isinstance(part.value, dict):
            continue
        place = part.path.replace("[*]", "")
        if part.part is _STRANGE:
            yield from (f"{place}.{key}" for key in _references(part.value, table))
        elif part.part.members is not None:
            yield from (f"{place}.{name}" for name in features(part.value, part.part.members))


def links(document: Mapping[str, Any], held: Sequence[FoundPart], table: PartTable) -> tuple[str, ...]:
    """Return every address that a target would fetch for a part, whatever member it stands under."""
    names = [link for part in held if not part.is_text for link in _links(part.value, "", table)]
    for place in _beside(document, (*table.pictures, *table.linked)):
        names += _links(place.node, "", table)
    return tuple(dict.fromkeys(names))


def outside_kinds(document: Mapping[str, Any], table: PartTable) -> Iterator[str]:
    """Yield the kinds of content that stand outside the parts: recordings, pictures that the target would fetch."""
    yield from ("audio" for place in _beside(document, table.recordings) if place.node)
    if any(True for place in _beside(document, table.pictures) for _ in _links(place.node, "", table)):
        yield IMAGE


def is_picture(keys: tuple[str | int, ...], table: PartTable) -> bool:
    """Whether a leaf stands where pictures stand outside the content."""
    return any(places.beyond(keys, path) for path in table.pictures)


def sealed(held: Sequence[FoundPart]) -> dict[str, str]:
    """Return the addresses of what must not be changed, nor anything below it, with their paths."""
    whole = {part.pointer: part.path for part in held if part.part.kind == SEALED}
    for part in held:
        for path in part.part.sealed:
            shown = f"{part.path}.{places.plain(path)}"
            whole.update((place.pointer, shown) for place in places.at(part.value, path, part.pointer) if place.node)
    return whole


def _beside(document: Mapping[str, Any], paths: Sequence[str]) -> Iterator[PlacedNode]:
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
