"""Content parts that hold a file: ``{"type": "file", "file": {"file_data": "data:...", "filename": ...}}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from proxy.core.documents import KIND
from proxy.core.records import Payload, TextSpan

#: Files of one request that are read; further ones stay unread.
MOST = 20
#: The media type of a file that says none.
UNTOLD = "application/octet-stream"
#: From the part to its data and its name.
DATA, _NAME = "/file/file_data", "/file/filename"
_CUT_NOTE = "\n[The rest of this file was not read.]"
_URI = re.compile(r"\s*data:(?P<media>[\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+=[^;,]*)*;base64,", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")
#: Kinds of media that hold no text to extract.
_PICTURES = ("image/", "audio/", "video/", "font/", "model/")
#: Endings by which plain text is known where the media type says nothing.
_TEXT = frozenset("txt csv tsv md rst log json jsonl xml html htm yaml yml eml ics sql".split())


class Held(NamedTuple):
    """The file of a content part: its media type, "" for unknown, and its bytes in base64."""

    media: str
    data: str


def held(part: Any) -> Held | None:
    """Return the file of a part whose text may be extracted; None for a reference, a picture or another shape."""
    if not isinstance(part, dict) or part.get("type") != "file" or not part.keys() <= {"type", "file"}:
        return None
    file = part.get("file")
    if not isinstance(file, dict) or not file.keys() <= {"file_data", "filename"}:
        return None
    data, name = file.get("file_data"), file.get("filename", "")
    if not isinstance(data, str) or not isinstance(name, str):
        return None
    uri = _URI.match(data)
    bare = data[uri.end() :] if uri else data
    media = ((uri["media"] or "") if uri else "").lower()
    if not _BASE64.fullmatch(bare) or media.startswith(_PICTURES):
        return None
    if media in {"", UNTOLD} and name.rpartition(".")[2].lower() in _TEXT:
        media = "text/plain"
    return Held(media, bare)


def replaced(payload: Payload, texts: Mapping[int, str]) -> dict[str, Any]:
    """Return new values by address: a text for a text, a text part for a file whose text is sent in its place."""
    changes: dict[str, Any] = {payload.spans[index].pointer: text for index, text in texts.items()}
    if not payload.documents:
        return changes
    cut = {document.pointer for document in payload.documents if document.outcome == "cut"}
    names = {span.pointer: span.text for span in payload.spans if span.pointer.endswith(_NAME)}
    for index in texts:
        span = payload.spans[index]
        if span.kind == KIND:
            changes[span.pointer] = _part(span, changes, names, cut=span.pointer in cut)
    return changes


def _part(span: TextSpan, changes: Mapping[str, Any], names: Mapping[str, str], *, cut: bool) -> dict[str, str]:
    address = span.pointer + _NAME
    name = changes.get(address, names.get(address, "file"))
    return {"type": "text", "text": f"[{name}]\n{changes[span.pointer]}{_CUT_NOTE if cut else ''}"}
