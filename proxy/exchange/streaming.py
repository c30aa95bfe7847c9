"""A target's stream within its limits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

from proxy.codecs.base import StreamRewriter
from proxy.codecs.framing import CountedFrames
from proxy.codecs.framing.plain import PlainText
from proxy.core.replies.position import Position, ReplyText
from proxy.core.targets.attempts import StreamLimits
from proxy.errors import StreamLimitError, UpstreamCutError, UpstreamError
from proxy.exchange.deadline import REPLY, Deadline
from proxy.runtime.offload import run_in_thread_if_large
from proxy.runtime.steps import pause

#: Bytes of a stream that are filtered before other tasks get their turn, and how many of them at once in place.
_PIECE, _HERE = 16 << 10, 1 << 10
#: How long to wait for what follows the end of a stream, seconds.
_TRAILER_S = 0.02


class Limited:
    """A target's stream within its limits: yields its bytes in pieces, taking turns with other tasks.

    The consumer parses a piece and calls ``check`` before it passes anything on. Silence is the time that was waited
    since bytes came that were no keep-alive. An ``endless`` stream yields ``b""`` at once, and its limits end it
    without an error.
    """

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        limits: StreamLimits,
        frames: CountedFrames | None = None,  # None: nothing is parsed
        *,
        endless: bool = False,
    ) -> None:
        self._chunks, self._limits, self._endless = chunks, limits, endless
        self._frames = frames or CountedFrames(PlainText().parser())
        self._size = 0

    @property
    def events(self) -> int:
        """The events that were parsed so far."""
        return self._frames.events

    def check(self) -> None:
        """Check what was parsed.

        Raises:
            StreamLimitError: there are too many bytes or events, or keep-alives in a row.

        """
        if not self._endless:
            self._check()

    def _check(self) -> None:
        exceeded = self._limits.exceeded(self._size, self._frames.events, self._frames.blank)
        if exceeded:
            raise StreamLimitError.at(exceeded)

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces; raises as ``check``, and where the stream lasts or is silent for too long."""
        return self._without_end() if self._endless else self._pieces()

    async def _without_end(self) -> AsyncIterator[bytes]:
        yield b""
        with contextlib.suppress(StreamLimitError):
            async for piece in self._pieces():
                yield piece

    async def _pieces(self) -> AsyncIterator[bytes]:
        now, limits, frames = asyncio.get_running_loop().time, self._limits, self._frames
        end, silence = now() + limits.seconds, 0.0
        while True:
            waiting_since = now()
            quiet = waiting_since + limits.silence_s - silence
            chunk = await _next(self._chunks, min(end, quiet), "seconds" if end < quiet else "silence")
            self._size += len(chunk or b"")
            self._check()
            if chunk is None:
                return
            silence += now() - waiting_since
            events, blank = frames.events, frames.blank
            for start in range(0, len(chunk), _PIECE):
                await pause()
                yield chunk if len(chunk) <= _PIECE else chunk[start : start + _PIECE]
            if frames.events > events or (chunk and frames.blank == blank):
                silence = 0.0


async def trailing(chunks: AsyncIterator[bytes]) -> list[bytes]:
    """Return what follows the end of a stream; a target that then keeps the connection open or drops it is fine."""
    pieces: list[bytes] = []
    with contextlib.suppress(TimeoutError, UpstreamError):
        async with asyncio.timeout(_TRAILER_S):
            async for chunk in chunks:
                pieces.append(chunk)  # noqa: PERF401 - what arrives before the timeout counts
    return pieces


async def _next(chunks: AsyncIterator[bytes], until: float, limit: str) -> bytes | None:
    waiting = asyncio.timeout_at(until)
    try:
        async with waiting:
            return await anext(chunks, None)
    except TimeoutError as error:
        if waiting.expired():
            raise StreamLimitError.at(limit) from error
        raise


class Rewriting:
    """Feeds a rewriter: a few events in place, in a thread what may take longer (unless ``at_once``: everything).

    ``seconds`` are for one piece: the last one of a long event, or of a text that is held back, is much work.
    """

    def __init__(self, rewriter: StreamRewriter, seconds: float, *, at_once: bool = True) -> None:
        self.rewriter = rewriter
        self._seconds = seconds
        self._here = _HERE if at_once else 0
        self._pending = 0  # bytes since it last returned any
        self._fed = 0

    async def feed(self, piece: bytes) -> bytes:
        """Return the bytes that may go to the client; errors as the rewriter's.

        Raises:
            ReplyTimeoutError, ThreadsBusyError: it takes too long.

        """
        self._pending += len(piece)
        self._fed += len(piece)
        if self._pending <= self._here:
            ready = self.rewriter.feed(piece)
        else:
            ready = await self._run(self._pending, partial(self.rewriter.feed, piece))
        if ready:
            self._pending = 0
        return ready

    async def finish(self) -> bytes:
        """Return what was held back.

        Raises:
            UpstreamCutError: the stream is incomplete.
            ReplyTimeoutError, ThreadsBusyError: it takes too long.

        """
        try:
            return await self._run(self._fed, self.rewriter.finish)
        except ValueError as error:
            raise UpstreamCutError from error

    async def _run(self, size: int, work: Callable[[], bytes]) -> bytes:
        if size <= self._here:
            return work()
        async with Deadline(self._seconds, REPLY):
            return await run_in_thread_if_large(size, work, 0)


class Collected:
    """A ``TextFilter`` that collects a text instead of changing it."""

    __slots__ = ("pieces",)

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def feed(self, text: str) -> str:
        """Collect it."""
        self.pieces.append(text)
        return text

    def flush(self) -> str:
        """Return nothing."""
        return ""


class TextCollector:
    """Collects the texts of a stream: a ``FilterFactory`` whose filters change nothing."""

    def __init__(self) -> None:
        self._collected: list[tuple[Collected, Position]] = []

    def __call__(self, position: Position) -> Collected:
        self._collected.append((Collected(), position))
        return self._collected[-1][0]

    @property
    def texts(self) -> list[ReplyText]:
        """The texts so far."""
        return [ReplyText("".join(text.pieces), position) for text, position in self._collected]


async def replayed(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    """Yield the pieces again, joined to larger ones."""
    whole = b"".join(pieces)
    for start in range(0, len(whole), _PIECE):
        yield whole[start : start + _PIECE]
