"""An API whose requests are forms with files (``multipart/form-data``), from its tables. Pure.

A form is read as a document: its fields by their names, lists where a name is repeated or ends in ``[]``. What else it
holds is opaque; the names of files are texts. It leaves under a boundary of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from proxy.codecs import beside, multipart, request
from proxy.codecs import reply as replies
from proxy.codecs.api import TableApi
from proxy.codecs.base import FilterFactory
from proxy.codecs.multipart import Form, Part
from proxy.core.records import OpaquePart, Payload
from proxy.core.wire import Incoming, Wire
from proxy.errors import MalformedRequestError

#: Under this key stand the names of the files; a field that is called so is refused.
_FILES = "@files"
_BOUNDARY = "boundary-of-this-form"
_LIST = "[]"
#: How a field says yes and no; readers differ in what else they take for either.
_SAID = {"": False, "false": False, "0": False, "true": True, "1": True}
_UNKNOWN = "unknown"


@dataclass(slots=True, eq=False)
class FormApi(TableApi):
    """Implements ``Api``. ``plain``: a whole reply may be a text without any form."""

    files: Mapping[str, str] = field(default_factory=dict)  # name of a field -> kind of its file; else it is unknown
    plain: bool = False

    def decode(self, incoming: Incoming) -> Payload:
        """Read a request.

        Raises:
            MalformedRequestError, PayloadTooLargeError: it is no form, or none of this API.

        """
        form = _form(incoming)
        document = _document(form)
        self.check(document)
        payload = request.decode(document, self.request, self.operation, incoming.variables.get("model", ""))
        stream = _SAID.get(str(document.get("stream", "")).lower())
        if stream is None:
            raise MalformedRequestError("'stream' must be 'true' or 'false', once")
        if stream and self.framing is None:
            raise MalformedRequestError("this path does not stream")
        opaque = tuple(dict.fromkeys((*payload.opaque, *self._opaque(form))))
        payload = replace(payload, stream=stream, opaque=opaque, opaque_otherwise=opaque, unread=self.unread)
        return beside.read(payload, incoming, self.own)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the request, addressed to the target's own model."""
        body = payload.incoming.body
        boundary = _BOUNDARY
        while boundary.encode() in body:
            boundary += "-"
        form = _form(payload.incoming)
        new = orjson.loads(request.encode(payload, texts, model, self.request))
        changed = tuple(_changed(form, payload.document, new))
        written = multipart.write(Form(boundary, changed))
        return Wire(self.address.path, written, media=f"{multipart.MEDIA}; boundary={boundary}")

    def written(self, wire: Wire) -> list[str]:
        """Return every text of a written request."""
        boundary = wire.media.rpartition("=")[2]
        document = _document(_form(Incoming(wire.body, media=multipart.MEDIA, parameters={"boundary": boundary})))
        return request.written(orjson.dumps(document), self.request)

    def texts(self, reply: bytes) -> list[str]:
        """Return every text of a whole reply.

        Raises:
            ValueError: it is none of this API.

        """
        try:
            return replies.texts(reply, self.reply)
        except ValueError:
            if not self.plain or not reply:
                raise
            return [reply.decode()]

    def rewrite(self, reply: bytes, make_filter: FilterFactory) -> bytes:
        """Return a whole reply with every text filtered."""
        try:
            return replies.rewrite(reply, make_filter, self.reply)
        except ValueError:
            return replies.whole(make_filter, self.reply)(reply.decode(), "").encode()

    def _opaque(self, form: Form) -> Iterator[OpaquePart]:
        for part in form.parts:
            if not part.is_field:
                kind = self.files.get(part.name, _UNKNOWN)
                yield OpaquePart(part.name if part.name in self.files else "*", kind, kind)


def _form(incoming: Incoming) -> Form:
    parameters = "".join(f'; {name}="{value}"' for name, value in incoming.parameters.items())
    try:
        return multipart.read(incoming.media + parameters, incoming.body)
    except ValueError as error:
        raise MalformedRequestError(str(error)) from error


def _document(form: Form) -> dict[str, Any]:
    """Return the fields of a form, with the names of its files."""
    made: dict[str, Any] = {}
    names = [part.name for part in form.parts if part.is_field]
    for part in form.parts:
        if part.name == _FILES:
            raise MalformedRequestError("a field of the form has a name that is not its own")
        if not part.is_field:
            made.setdefault(_FILES, []).append({part.name: part.filename or ""})
        elif _repeats(part.name, names):
            made.setdefault(part.name, []).append(part.text)
        else:
            made[part.name] = part.text
    return made


def _repeats(name: str, names: list[str]) -> bool:
    return name.endswith(_LIST) or names.count(name) > 1


def _changed(form: Form, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the parts with their new names and texts, in order, and the model where the form named none."""
    renamed = dict(zip(old, new, strict=False))
    texts = {name: iter(value if isinstance(value, list) else [value]) for name, value in new.items()}
    for part in form.parts:
        if part.is_field:
            name = renamed[part.name]
            yield _part(part, name, content=str(next(texts[name])))
        else:
            [(name, filename)] = next(texts[renamed[_FILES]]).items()
            yield _part(part, name, filename=filename)
    for name in list(new)[len(renamed) :]:
        yield Part(name, None, "text/plain", str(new[name]).encode())


def _part(part: Part, name: str, content: str | None = None, filename: str | None = None) -> Part:
    same = name == part.name and (part.text == content if part.is_field else (part.filename or "") == filename)
    if same:
        return part
    text = content.encode() if content is not None else None
    return part.changed(name=name, content=text, filename=filename if part.filename is not None else None)


#: What a form may come as.
MEDIA = frozenset({multipart.MEDIA})
#: Media types of whole replies that are texts without a form.
PLAIN = frozenset({"text/plain", "text/vtt", "application/x-subrip"})
