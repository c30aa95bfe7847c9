"""Content parts that hold a file or a picture.

``{"type": "file", "file": {"file_data": "data:...", "filename": ...}}`` and ``{"type": "image_url", "image_url":
{"url": "data:image/..."}}``. A picture at another URL is a reference: it is never fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from proxy.core.documents import KIND, PARTLY, is_picture
from proxy.core.records import Document, Payload, TextSpan

#: Files of one request that are read, and as many pictures; further ones stay unread.
MOST = 20
#: The media type of a file that says none.
UNTOLD = "application/octet-stream"
#: From the part to its data and its name.
_DATA, _URL, _NAME = "/file/file_data", "/image_url/url", "/file/filename"
_CUT_NOTE = "\n[The rest of this file was not read.]"
_PICTURE, _NO_TEXT = "Text in an image", "[No text was found in it.]"
_PICTURE_NOTE = "\n[Not all of this image was read.]"
_DETAILS = (None, "auto", "low", "high")
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
    """Return the file or picture of a part whose text may be extracted; None for a reference or another shape."""
    if not isinstance(part, dict):
        return None
    return _picture(part) if part.get("type") == "image_url" else _file(part)


def address(document: Document) -> str:
    """Return the pointer of the string that holds its bytes."""
    return document.pointer + (_URL if is_picture(document) else _DATA)


def _picture(part: Mapping[str, Any]) -> Held | None:
    """Return a picture that the part itself holds. Whether it is base64 is seen where it is opened."""
    image = part.get("image_url")
    if not part.keys() <= {"type", "image_url"} or not isinstance(image, dict) or not image.keys() <= {"url", "detail"}:
        return None
    url = image.get("url")
    uri = _URI.match(url) if isinstance(url, str) else None
    if not isinstance(url, str) or uri is None or image.get("detail") not in _DETAILS:
        return None
    media = (uri["media"] or "").lower()
    return Held(media, url[uri.end() :]) if media.startswith("image/") else None


def _file(part: Mapping[str, Any]) -> Held | None:
    if part.get("type") != "file" or not part.keys() <= {"type", "file"}:
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
    spans = payload.outgoing
    changes: dict[str, Any] = {spans[index].pointer: text for index, text in texts.items()}
    if not payload.documents:
        return changes
    documents = {document.pointer: document for document in payload.documents}
    names = {span.pointer: span.text for span in payload.spans if span.pointer.endswith(_NAME)}
    for index in texts:
        span = spans[index]
        if span.kind == KIND:
            changes[span.pointer] = _part(documents[span.pointer], span, changes, names)
    return changes


def _part(document: Document, span: TextSpan, changes: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    text, cut = changes[span.pointer], document.outcome in PARTLY
    if is_picture(document):
        return {"type": "text", "text": f"[{_PICTURE}]\n{text or _NO_TEXT}{_PICTURE_NOTE if cut else ''}"}
    place = span.pointer + _NAME
    name = changes.get(place, names.get(place, "file"))
    return {"type": "text", "text": f"[{name}]\n{text}{_CUT_NOTE if cut else ''}"}
