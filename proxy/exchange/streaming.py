"""A target's event stream within its limits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from proxy.codecs.base import FilterFactory, StreamRewriter
from proxy.core.targets.stream_limits import StreamLimits, StreamMeter
from proxy.errors import StreamLimitError, UpstreamCutError, UpstreamError
from proxy.runtime.steps import pause

#: Bytes of a stream that are filtered before others get their turn.
_PIECE = 16 << 10
#: How long what follows the end of a stream is waited for, seconds.
_TRAILER_S = 0.02


async def limited(chunks: AsyncIterator[bytes], limits: StreamLimits) -> AsyncIterator[bytes]:
    """Yield the chunks, in turns with what others have to do.

    The time that whoever takes them needs is no silence, and counts for the whole.

    Raises:
        StreamLimitError: the stream goes on for too long, is too much, or says nothing.

    """
    now = asyncio.get_running_loop().time
    meter, end, silence = StreamMeter(limits), now() + limits.seconds, 0.0
    while True:
        asked = now()
        quiet = asked + limits.silence_s - silence
        chunk = await _next(chunks, min(end, quiet), "seconds" if end < quiet else "silence")
        if chunk is None:
            return
        silence = 0.0 if meter.count(chunk) else silence + now() - asked
        if exceeded := meter.exceeded():
            raise StreamLimitError.at(exceeded)
        for start in range(0, len(chunk), _PIECE):
            await pause()
            yield chunk if len(chunk) <= _PIECE else chunk[start : start + _PIECE]


async def ended_by_limits(chunks: AsyncIterator[bytes], limits: StreamLimits) -> AsyncIterator[bytes]:
    """Yield nothing at once, then the chunks of a stream that only its limits end, as ``limited`` does."""
    yield b""
    with contextlib.suppress(StreamLimitError):
        async for chunk in limited(chunks, limits):
            yield chunk


async def trailing(chunks: AsyncIterator[bytes]) -> list[bytes]:
    """Return what follows the end of a stream: a target that keeps the connection open or breaks off has said all."""
    found: list[bytes] = []
    with contextlib.suppress(TimeoutError, UpstreamError):
        async with asyncio.timeout(_TRAILER_S):
            async for chunk in chunks:
                found.append(chunk)  # noqa: PERF401 - what came before the time is up is kept
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
    """A ``TextFilter`` that keeps a text instead of changing it."""

    def __init__(self) -> None:
        self.text = ""

    def feed(self, text: str) -> str:
        """Keep it."""
        self.text += text
        return text

    def flush(self) -> str:
        """Return nothing."""
        return ""


def texts_of(rewriting: Callable[[FilterFactory], StreamRewriter], chunks: Sequence[bytes]) -> list[str]:
    """Return the texts of a whole stream."""
    collected: list[Collected] = []

    def make(_inside_json: bool) -> Collected:
        collected.append(Collected())
        return collected[-1]

    rewriter = rewriting(make)
    for chunk in chunks:
        rewriter.feed(chunk)
    return [one.text for one in collected]


def finished(rewriter: StreamRewriter) -> bytes:
    """Return what a rewriter held back.

    Raises:
        UpstreamCutError: the stream does not end here.

    """
    try:
        return rewriter.finish()
    except ValueError as error:
        raise UpstreamCutError from error


async def replayed(chunks: Sequence[bytes]) -> AsyncIterator[bytes]:
    """Yield chunks again."""
    for chunk in chunks:
        yield chunk
