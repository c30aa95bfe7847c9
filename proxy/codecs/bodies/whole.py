"""Bodies in one piece as documents: JSON of any kind, text, and anything else. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.codecs import media, numbers, request
from proxy.codecs.bodies import BODY, FILES, Read, text_of
from proxy.codecs.multipart import UNICODE
from proxy.core.records import OpaquePart
from proxy.core.wire import JSON, Incoming
from proxy.errors import MalformedRequestError

#: The place of a body that is opaque as a whole.
_PLACE = "body"


class Json:
    """Implements ``BodyFormat``: any JSON value."""

    def read(self, incoming: Incoming) -> Read:
        value = request.load(incoming.body)
        if not isinstance(value, dict):
            return Read({BODY: value})
        if not value.keys().isdisjoint({BODY, FILES}):
            raise MalformedRequestError("a member of the body has a reserved name")
        return Read(value)

    def write(self, incoming: Incoming, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[bytes, str]:
        return numbers.dumps(new[BODY] if BODY in old else new), incoming.media or JSON


class TextBody:
    """Implements ``BodyFormat``: UTF-8 text. If it is JSON, it is walked like a string that is."""

    def read(self, incoming: Incoming) -> Read:
        text = text_of(incoming.body)
        if text is None or incoming.parameters.get("charset", "utf-8").lower() not in UNICODE:
            raise MalformedRequestError("the body is not text in UTF-8")
        return Read({BODY: text})

    def write(self, incoming: Incoming, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[bytes, str]:
        charset = "; charset=utf-8" if "charset" in incoming.parameters else ""
        body = incoming.body if new == old else str(new[BODY]).encode()
        return body, (incoming.media or media.UNSPECIFIED) + charset


class Raw:
    """Implements ``BodyFormat``: unread bytes, which leave unchanged."""

    def read(self, incoming: Incoming) -> Read:
        kind = media.kind(incoming.media)
        return Read({}, (OpaquePart(_PLACE, media.policy_media(incoming.media or media.UNSPECIFIED), kind),))

    def write(self, incoming: Incoming, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[bytes, str]:
        del old, new
        return incoming.body, incoming.media or media.UNSPECIFIED


class Unspecified:
    """Implements ``BodyFormat`` for unspecified media types: UTF-8 text if it is that, else bytes."""

    def read(self, incoming: Incoming) -> Read:
        return (Raw() if text_of(incoming.body) is None else TextBody()).read(incoming)

    def write(self, incoming: Incoming, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[bytes, str]:
        return (TextBody() if BODY in old else Raw()).write(incoming, old, new)
