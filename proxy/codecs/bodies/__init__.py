"""Bodies of requests as documents, by media type: anything is walked like JSON, and written back in its own form.

A value that is not an object stands under ``BODY`` of the document. Anything but text is opaque and leaves unchanged.
An unchanged form or text leaves byte for byte; JSON is serialized anew: what was read is what leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from proxy.core.records import OpaquePart
from proxy.core.wire import Incoming

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
