"""A target's stream within its limits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from proxy.codecs.base import FilterFactory, StreamRewriter
from proxy.core.replies.position import Position
from proxy.core.targets.stream_limits import StreamLimits, StreamMeter
from proxy.errors import StreamLimitError, UpstreamCutError, UpstreamError
from proxy.runtime.steps import pause

#: Bytes of a stream that are filtered before other tasks get their turn.
_PIECE = 16 << 10
#: How long to wait for what follows the end of a stream, seconds.
_TRAILER_S = 0.02


async def limited(chunks: AsyncIterator[bytes], limits: StreamLimits) -> AsyncIterator[bytes]:
    """Yield the chunks, taking turns with other tasks.

    The consumer's own time is not silence, but counts for the whole.

    Raises:
        StreamLimitError: the stream is too long, too large or silent for too long.

    """
    now = asyncio.get_running_loop().time
    meter, end, silence = StreamMeter(limits), now() + limits.seconds, 0.0
    while True:
        waiting_since = now()
        quiet = waiting_since + limits.silence_s - silence
        chunk = await _next(chunks, min(end, quiet), "seconds" if end < quiet else "silence")
        if chunk is None:
            return
        silence = 0.0 if meter.count(chunk) else silence + now() - waiting_since
        if exceeded := meter.exceeded():
            raise StreamLimitError.at(exceeded)
        for start in range(0, len(chunk), _PIECE):
            await pause()
            yield chunk if len(chunk) <= _PIECE else chunk[start : start + _PIECE]


async def ended_by_limits(chunks: AsyncIterator[bytes], limits: StreamLimits) -> AsyncIterator[bytes]:
    """Yield ``b""`` at once, then the chunks of an endless stream, which its limits end without an error."""
    yield b""
    with contextlib.suppress(StreamLimitError):
        async for chunk in limited(chunks, limits):
            yield chunk


async def trailing(chunks: AsyncIterator[bytes]) -> list[bytes]:
    """Return what follows the end of a stream; a target that then keeps the connection open or drops it is fine."""
    found: list[bytes] = []
    with contextlib.suppress(TimeoutError, UpstreamError):
        async with asyncio.timeout(_TRAILER_S):
            async for chunk in chunks:
                found.append(chunk)  # noqa: PERF401 - what arrives before the timeout counts
    return found


async def _next(chunks: AsyncIterator[bytes], until: float, limit: str) -> bytes | None:
    waiting = asyncio.timeout_at(until)
    try:
        async with waiting:
            return await anext(chunks, None)
    except TimeoutError as error:
        if waiting.expired():
            raise StreamLimitError.at(limit) from error
        raise


class Collected:
    """A ``TextFilter`` that collects a text instead of changing it."""

    def __init__(self) -> None:
        self.text = ""

    def feed(self, text: str) -> str:
        """Collect it."""
        self.text += text
        return text

    def flush(self) -> str:
        """Return nothing."""
        return ""


def texts_of(rewriting: Callable[[FilterFactory], StreamRewriter], chunks: Sequence[bytes]) -> list[str]:
    """Return the texts of a whole stream."""
    collected: list[Collected] = []

    def make(_position: Position) -> Collected:
        collected.append(Collected())
        return collected[-1]

    rewriter = rewriting(make)
    for chunk in chunks:
        rewriter.feed(chunk)
    return [filter_.text for filter_ in collected]


def finished(rewriter: StreamRewriter) -> bytes:
    """Return what a rewriter has held back.

    Raises:
        UpstreamCutError: the stream is incomplete.

    """
    try:
        return rewriter.finish()
    except ValueError as error:
        raise UpstreamCutError from error


async def replayed(chunks: Sequence[bytes]) -> AsyncIterator[bytes]:
    """Yield the chunks again."""
    for chunk in chunks:
        yield chunk
