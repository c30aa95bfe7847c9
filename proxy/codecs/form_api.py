"""An API whose requests are forms with files (``multipart/form-data``), described by tables. Pure.

``proxy.codecs.bodies.fields`` turns a form into a document.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from proxy.codecs import envelope, loose, multipart, request
from proxy.codecs import reply as replies
from proxy.codecs.api import TableApi
from proxy.codecs.bodies import BODY
from proxy.codecs.bodies.fields import Multipart
from proxy.core.records import CHANGED, Payload, Unchanged
from proxy.core.wire import Incoming, Wire
from proxy.errors import MalformedRequestError

#: Spellings of booleans in a field; readers disagree on any other.
_SAID = {"": False, "false": False, "0": False, "true": True, "1": True}


@dataclass(slots=True, eq=False)
class FormApi(TableApi):
    """Implements ``Api``. ``plain``: a whole reply may be plain text."""

    files: Mapping[str, str] = field(default_factory=dict)  # name of a field -> kind of its file; else unknown
    plain: bool = False

    def decode(self, incoming: Incoming) -> Payload:
        read = Multipart(self.files).read(incoming)
        self.check(read.document)
        if isinstance(read.document.get(self.request.model), list):  # also where the path names it
            raise MalformedRequestError(f"'{self.request.model}' must be there once")
        payload = request.decode(read.document, self.request, self.operation, incoming.variables.get("model", ""))
        stream = flag(read.document, "stream")
        if stream and self.framing is None:
            raise MalformedRequestError("this path does not stream")
        payload = replace(request.with_opaque(payload, read.opaque), stream=stream, unread=self.unread)
        return envelope.read(payload, incoming, self.dialect_values)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        new = request.rewrite(payload, texts, model, self.request)
        written, media = Multipart(self.files).write(payload.incoming, payload.document, new)
        return Wire(self.address.path, written, media=media)

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        return request.document_texts(Multipart().read(envelope.returned(wire)).document, self.request, unchanged)

    def with_statement(self, wire: Wire, statement: str) -> Wire | None:  # noqa: ARG002 - there is no place for one
        """Return None: a form has no place for a statement."""
        return None

    def parse_reply(self, reply: bytes) -> dict[str, Any]:
        """Return the document of a whole reply; plain text stands under ``BODY``, JSON of another API does not."""
        try:
            return replies.parse(reply, self.reply)
        except ValueError:
            if not self.plain or not reply or _is_json(reply):
                raise
            return {BODY: reply.decode()}

    def render_reply(self, document: dict[str, Any]) -> bytes:
        return document[BODY].encode() if BODY in document else TableApi.render_reply(self, document)


def _is_json(reply: bytes) -> bool:
    """Whether a reply is a JSON object or list."""
    with contextlib.suppress(ValueError):
        return isinstance(loose.loads(reply), dict | list)
    return False


def flag(document: Mapping[str, Any], name: str) -> bool:
    """Whether a member is true: as in JSON, or as a field of a form.

    Raises:
        MalformedRequestError: readers disagree on its value.

    """
    value = document.get(name) or ""
    flag_value = _SAID.get(str(value).lower())
    if flag_value is None:
        raise MalformedRequestError(f"'{name}' must be true or false, once")
    return flag_value


#: Media types of a form.
MEDIA = frozenset({multipart.MEDIA})
#: Media types of whole replies in plain text.
PLAIN = frozenset({"text/plain", "text/vtt", "application/x-subrip"})
