"""What a dialect must do: read requests, write them back changed, rewrite replies, render errors. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from proxy.core.records import Payload


class TextFilter(Protocol):
    """A transducer over one text of a reply: the output of all feeds and the flush is the filtered whole."""

    def feed(self, text: str) -> str:
        """Return what can be said already."""
        ...

    def flush(self) -> str:
        """Return what was held back; the text is complete."""
        ...


#: Makes the filter of one text of the reply. The argument says whether the text is JSON inside a JSON string.
FilterFactory = Callable[[bool], TextFilter]


class StreamRewriter(Protocol):
    """Rewrites a streamed reply, event by event, for every chunking of its bytes."""

    complete: bool  # the dialect's own end marker was seen

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes that may go to the client.

        Raises:
            ValueError: the stream is not what the dialect says.

        """
        ...


class Codec(Protocol):
    """One API of one provider dialect."""

    name: str
    path: str  # the path at the target, below its base URL

    def decode(self, body: bytes) -> Payload:
        """Read a request.

        Raises:
            MalformedRequestError: not JSON, or not a request of this dialect.

        """
        ...

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> bytes:
        """Write the request with new text for some spans, addressed to the target's own model name."""
        ...

    def written(self, body: bytes) -> list[str]:
        """Return every text, key and number of a written request that is not the dialect's own."""
        ...

    def accompanied(self, body: bytes, statement: str) -> bytes | None:
        """Return a written request with a statement to its recipient; None where the dialect has no place for one."""
        ...

    def texts(self, reply: bytes) -> list[str]:
        """Return the texts a whole reply holds, for scanning.

        Raises:
            ValueError: the reply is not what the dialect says.

        """
        ...

    def rewrite(self, reply: bytes, make_filter: FilterFactory) -> bytes:
        """Return a whole reply with every text filtered."""
        ...

    def stream(self, make_filter: FilterFactory | None) -> StreamRewriter:
        """Return a rewriter for one streamed reply; without a factory the bytes pass unchanged."""
        ...

    def error(self, status: int, code: str, message: str, request_id: str) -> bytes:
        """Render an error body in the dialect's own shape."""
        ...

    def error_event(self, code: str, message: str, request_id: str) -> bytes:
        """Render an error inside a stream that has begun."""
        ...
