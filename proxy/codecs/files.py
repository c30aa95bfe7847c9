"""Content parts that hold a file or picture whose text may be read; ``FileMembers`` says where its bytes are.

A file or picture at an address is a reference: it is never fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.codecs import base64_text, parts, places
from proxy.codecs import media as media_types
from proxy.codecs.media import UNSPECIFIED
from proxy.codecs.parts import IMAGE, FileMembers, FoundPart, PartTable
from proxy.core.documents import KIND, PARTLY, is_picture
from proxy.core.records import Document, OpaquePart, Payload, TextSpan

#: Files of one request that are read, and as many pictures; the rest stays unread.
MOST = 20
_CUT_NOTE = "\n[The rest of this file was not read.]"
_PICTURE, _NO_TEXT = "Text in an image", "[No text was found in it.]"
_PICTURE_NOTE = "\n[Not all of this image was read.]"
_URI = re.compile(r"\s*data:(?P<media>[\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+=[^;,]*)*;base64,", re.IGNORECASE)
#: Kinds of media without text to extract.
_PICTURES = ("image/", "audio/", "video/", "font/", "model/")
#: Extensions of plain text files, where the media type says nothing.
_TEXT = frozenset("txt csv tsv md rst log json jsonl xml html htm yaml yml eml ics sql".split())


def documents(parts: Sequence[FoundPart], table: PartTable) -> dict[str, Document]:
    """Return the files and pictures whose text may be read, by the address of their bytes, files first.

    They are opaque parts until they have been read.
    """
    files: dict[str, Document] = {}
    pictures: dict[str, Document] = {}
    for part in parts:
        document = _document(part, table) if part.listed else None
        if document is not None and part.part.file is not None:
            kind = pictures if part.part.kind == IMAGE else files
            if len(kind) < MOST:
                kind[part.pointer + places.address(part.part.file.data)] = document
    return files | pictures


def _document(part: FoundPart, table: PartTable) -> Document | None:
    where = part.part.file
    if (
        where is None
        or not where.reads
        or not isinstance(part.value, dict)
        or not _says_no_more(part.value, where, table)
    ):
        return None
    data = places.node_at(part.value, where.data)
    uri = _URI.match(data) if isinstance(data, str) and not where.media else None
    if not isinstance(data, str) or (part.part.kind == IMAGE and not where.media and uri is None):
        return None
    bare = base64_text.standard(data[uri.end() :] if uri else data)
    media_type = (uri["media"] or "") if uri else where.media_of(part.value) if where.media else ""
    media = _media(part, where, bare, media_type.lower()) if isinstance(media_type, str) else None
    if media is None:
        return None
    kind = part.part.kind
    unread = media_types.policy_media(media or UNSPECIFIED)
    data_at = part.pointer + places.address(where.data)
    opaque = OpaquePart(f"{part.path}.{where.data}", unread, pointer=data_at)
    return Document(
        part.pointer, part.path, media, bare, (OpaquePart(part.path, kind, kind, pointer=part.pointer), opaque)
    )


def _media(part: FoundPart, where: FileMembers, bare: str, media: str) -> str | None:
    """Return the media type of a file, "" if unknown; None for bytes that are not read as this kind of part.

    Whether a picture is valid base64 is checked where it is opened.
    """
    if part.part.kind == IMAGE:
        return media if media.startswith("image/") else None
    name = (places.node_at(part.value, where.name) if where.name else None) or ""
    if not isinstance(name, str) or not base64_text.is_base64(bare) or media.startswith(_PICTURES):
        return None
    plain = media in {"", UNSPECIFIED} and name.rpartition(".")[2].lower() in _TEXT
    return "text/plain" if plain else media


def _says_no_more(value: Mapping[str, Any], where: FileMembers, table: PartTable) -> bool:
    """Whether a part has no members besides those that may accompany its text."""
    allowed = {where.data, where.media, where.name, table.discriminator, *where.allowed}
    return all(_is_own(path, member, allowed, where) for path, member in _members(value, "", allowed))


def _is_own(path: str, value_at: Any, allowed: set[str], where: FileMembers) -> bool:
    if path in {where.data, where.media, where.name}:
        return isinstance(value_at, str)
    return path in allowed and (path not in where.allowed or value_at in where.allowed[path])


def _members(value: Mapping[str, Any], path: str, allowed: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield the members of a part by their paths, descending into objects that an own path leads through."""
    for key, member in value.items():
        member_path = f"{path}.{key}" if path else key
        if isinstance(member, dict) and any(own_path.startswith(f"{member_path}.") for own_path in allowed):
            yield from _members(member, member_path, allowed)
        else:
            yield member_path, member


def replacements(payload: Payload, texts: Mapping[int, str], table: PartTable) -> dict[str, Any]:
    """Return new values by address: a text for a text, a text part for a file whose text is sent instead."""
    spans = payload.outgoing
    changes: dict[str, Any] = {spans[index].pointer: text for index, text in texts.items()}
    read = {spans[index].pointer: spans[index] for index in texts if spans[index].kind == KIND}
    if not read:
        return changes
    outcomes = {document.pointer: document for document in payload.documents}
    texts_by_pointer = {span.pointer: span.text for span in payload.spans if span.kind != KIND}
    for part in parts.find(payload.document, table):
        if part.pointer in read and part.part.file is not None:
            name = _name(part, part.part.file, texts_by_pointer | changes)
            text = _text(outcomes[part.pointer], read[part.pointer], changes, name)
            carried = {key: value for key, value in part.value.items() if key in part.part.file.carried}
            changes[part.pointer] = {**table.text, table.text_member: text, **carried}
    return changes


def _name(part: FoundPart, where: FileMembers, texts: Mapping[str, Any]) -> str:
    return str(texts.get(part.pointer + places.address(where.name), "file")) if where.name else "file"


def _text(document: Document, span: TextSpan, changes: Mapping[str, Any], name: str) -> str:
    text, cut = changes[span.pointer], document.outcome in PARTLY
    if is_picture(document):
        return f"[{_PICTURE}]\n{text or _NO_TEXT}{_PICTURE_NOTE if cut else ''}"
    return f"[{name}]\n{text}{_CUT_NOTE if cut else ''}"
