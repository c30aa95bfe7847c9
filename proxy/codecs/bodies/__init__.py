"""Bodies of requests as documents, by media type: anything is walked like JSON, and written back in its own form.

A value that is not an object stands under ``BODY`` of the document. Anything but text is opaque and leaves unchanged.
An unchanged form or text leaves byte for byte; JSON is serialized anew: what was read is what leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from proxy.codecs import media, numbers, request
from proxy.codecs.multipart import UNICODE
from proxy.core.records import OpaquePart
from proxy.core.wire import JSON, Incoming
from proxy.errors import MalformedRequestError

#: Keys of a body that is not an object, and of a form's list of file names. Members of these names are refused.
BODY, FILES = "@body", "@files"


@dataclass(frozen=True, slots=True)
class Read:
    """A body as read."""

    document: dict[str, Any]
    opaque: tuple[OpaquePart, ...] = ()


class BodyFormat(Protocol):
    """Reads and writes the bodies of one media type."""

    def read(self, incoming: Incoming) -> Read:
        """Return the contents of a request's body.

        Raises:
            MalformedRequestError: it is not what its media type says, or is ambiguous.

        """
        ...

    def write(self, incoming: Incoming, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[bytes, str]:
        """Return the body of a changed document, and its media type; ``old`` is the document that was read."""
        ...


def text_of(body: bytes) -> str | None:
    """Return bytes as UTF-8 text, None if they are not."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


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
