"""Bodies of requests as documents, by media type: whatever comes is walked like JSON, and is written back as it came.

What is no object has no members: it stands under ``BODY`` of the document. What is no text is opaque and leaves as it
came. A form or text that nobody changed leaves byte for byte; JSON is written anew: what was read is what leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from proxy.core.records import OpaquePart
from proxy.core.wire import Incoming

#: Under this key stands a body that is no object, or a form's list of file names. A member of these names is refused.
BODY, FILES = "@body", "@files"


@dataclass(frozen=True, slots=True)
class Read:
    """A body as it was read."""

    document: dict[str, Any]
    opaque: tuple[OpaquePart, ...] = ()


class BodyFormat(Protocol):
    """Reads and writes the bodies of one media type."""

    def read(self, incoming: Incoming) -> Read:
        """Return what a request's body holds.

        Raises:
            MalformedRequestError: it is not what its media type says, or readers would differ in what it says.

        """
        ...

    def write(self, incoming: Incoming, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[bytes, str]:
        """Return the body with a changed document, and its media type; ``old`` is the document that was read."""
        ...


def text_of(body: bytes) -> str | None:
    """Return bytes as the text that they are in UTF-8, None where they are none."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
