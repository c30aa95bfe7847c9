"""Forms as documents: fields by name, as lists where a name is repeated or ends in ``[]``. Pure.

``application/x-www-form-urlencoded`` holds fields alone. In ``multipart/form-data`` the rest is opaque, and file names
are texts; it leaves under a boundary of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

from proxy.codecs import media, multipart
from proxy.codecs.bodies import FILES, Read
from proxy.codecs.multipart import Form, FormPart
from proxy.core.records import OpaquePart
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError

URLENCODED = "application/x-www-form-urlencoded"
_BOUNDARY = "boundary-of-this-form"
_LIST = "[]"
_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_UNKNOWN = "unknown"
#: The most fields of one form.
_MOST = 1_000

Pairs = Sequence[tuple[str, str]]


class UrlEncoded:
    """Implements ``BodyFormat``: pairs between ``&``, percent-encoded UTF-8 in which ``+`` is a space."""

    def read(self, incoming: Incoming) -> Read:
        if incoming.parameters.get("charset", "utf-8").lower() not in multipart.UNICODE:
            raise MalformedRequestError("the form is not in UTF-8")
        return Read(_gather(_pairs(incoming.body)))

    def write(self, incoming: Incoming, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[bytes, str]:
        if old == new:
            return incoming.body, URLENCODED
        pairs = _spread(_pairs(incoming.body), old, new)
        return "&".join(f"{quote_plus(name)}={quote_plus(text)}" for name, text in pairs).encode(), URLENCODED


@dataclass(frozen=True, slots=True)
class Multipart:
    """Implements ``BodyFormat``. ``files``: name of a field -> kind of its file; ``by_media``: else by its type."""

    files: Mapping[str, str] = field(default_factory=dict)
    by_media: bool = False

    def read(self, incoming: Incoming) -> Read:
        form = form_of(incoming)
        document = _gather((part.name, str(part.text)) for part in form.parts if part.is_field)
        named = [{part.name: part.filename or ""} for part in form.parts if not part.is_field]
        opaque = (self._opaque(part) for part in form.parts if not part.is_field)
        return Read({FILES: named, **document} if named else document, tuple(dict.fromkeys(opaque)))

    def write(
        self, incoming: Incoming, old: Mapping[str, Any], new: Mapping[str, Any], file: bytes | None = None
    ) -> tuple[bytes, str]:
        """Return the form with changed fields and file names, in order; ``file`` is the new content of every file."""
        boundary = _BOUNDARY
        while boundary.encode() in incoming.body or boundary.encode() in (file or b""):
            boundary += "-"
        parts = _change_parts(form_of(incoming), old, new)
        if file is not None:
            parts = (part if part.is_field else part.changed(content=file) for part in parts)
        return multipart.write(Form(boundary, tuple(parts))), f"{multipart.MEDIA}; boundary={boundary}"

    def _opaque(self, part: FormPart) -> OpaquePart:
        kind = self.files.get(part.name, media.kind(part.media) if self.by_media else _UNKNOWN)
        return OpaquePart(part.name if part.name in self.files else "*", kind, kind)


def form_of(incoming: Incoming) -> Form:
    """Return the form of a request.

    Raises:
        MalformedRequestError: it is not a form, or is ambiguous.

    """
    parameters = "".join(f'; {name}="{value}"' for name, value in incoming.parameters.items())
    try:
        return multipart.read(incoming.media + parameters, incoming.body)
    except ValueError as error:
        raise MalformedRequestError(str(error)) from error


def _pairs(body: bytes) -> Pairs:
    pieces = [piece for piece in body.split(b"&") if piece]
    if len(pieces) > _MOST:
        raise MalformedRequestError(f"the form has more than {_MOST} fields")
    pairs = []
    for piece in pieces:
        name, _, value = piece.partition(b"=")
        pairs.append((_unquoted(name), _unquoted(value)))
    return pairs


def _unquoted(piece: bytes) -> str:
    if _BAD_PERCENT.search(piece):
        raise MalformedRequestError("the form is badly percent-encoded")
    try:
        return unquote_to_bytes(piece.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise MalformedRequestError("a field of the form is not in UTF-8") from None


def _gather(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the fields of a form as a document."""
    fields = list(pairs)
    counts: dict[str, int] = {}
    for name, _ in fields:
        counts[name] = counts.get(name, 0) + 1
    document: dict[str, Any] = {}
    for name, text in fields:
        if name == FILES:
            raise MalformedRequestError("a field of the form has a reserved name")
        if name.endswith(_LIST) or counts[name] > 1:
            document.setdefault(name, []).append(text)
        else:
            document[name] = text
    return document


def _spread(pairs: Pairs, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the fields with their new names and texts, in order, and the model if the form named none."""
    renamed = dict(zip(old, new, strict=False))
    texts = {name: iter(value if isinstance(value, list) else [value]) for name, value in new.items()}
    for name, _ in pairs:
        yield renamed[name], str(next(texts[renamed[name]]))
    for name in list(new)[len(renamed) :]:
        yield name, str(new[name])


def _change_parts(form: Form, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[FormPart]:
    """Yield the parts with their new names and texts, in order, and the model if the form named none."""
    places = dict(zip(old, new, strict=False))
    files = iter(new[places[FILES]] if FILES in old else ())
    pairs = [(part.name, str(part.text)) for part in form.parts if part.is_field]
    spread = _spread(pairs, old, new)
    for part in form.parts:
        if part.is_field:
            name, text = next(spread)
            yield _change_part(part, name, content=text)
        else:
            [(name, filename)] = next(files).items()
            yield _change_part(part, name, filename=filename)
    for name, text in spread:
        yield FormPart(name, None, "text/plain", text.encode())


def _change_part(part: FormPart, name: str, content: str | None = None, filename: str | None = None) -> FormPart:
    same = name == part.name and (part.text == content if part.is_field else (part.filename or "") == filename)
    if same:
        return part
    text = content.encode() if content is not None else None
    return part.changed(name=name, content=text, filename=filename if part.filename is not None else None)
