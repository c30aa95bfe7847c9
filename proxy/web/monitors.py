"""The log of seals for monitors, at ``/audit/log/`` (C2SP tlog-tiles).

``checkpoint``, ``tile/<level>/<number>[.p/<width>]`` and ``tile/entries/<number>[.p/<width>]``.

Whoever reaches the port may read it, without a credential: it holds no record, monitors of C2SP send none, and caches
may keep what never changes. So it is switched off by default, and all callers together get so many answers a second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from proxy.audit.sealing import tiles
from proxy.audit.sealing.tiles import ENTRIES, Tile
from proxy.errors import AuditUnavailableError
from proxy.ports import Clock

PATTERN = "/audit/log/{path:.+}"
_PREFIX = "/audit/log/"
_CHECKPOINT = "checkpoint"
_NEVER_CHANGES = "public, max-age=31536000, immutable"
_CHANGES = "public, max-age=2"
_LARGE = 1024  # bytes from which compression leaves the event loop


class Published(Protocol):
    """The log; see ``proxy.audit.access.publishing.PublishedLog``."""

    async def checkpoint(self) -> str | None: ...

    async def tile(self, tile: Tile) -> bytes | None: ...


@dataclass(slots=True)
class RateLimit:
    """Answers for all callers of this process together: ``a_second``, and up to ``at_once`` after a pause."""

    clock: Clock
    a_second: float = 20.0
    at_once: float = 100.0
    left: float = 100.0
    at: float = -math.inf

    def take(self) -> bool:
        """Whether there is one for now; takes it."""
        now = self.clock.monotonic()
        self.left, self.at = min(self.at_once, self.left + (now - self.at) * self.a_second), now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(frozen=True, slots=True)
class Monitors:
    """Answers monitors."""

    log: Published
    limit: RateLimit

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one request."""
        path = request.rel_url.raw_path.removeprefix(_PREFIX)
        tile = tiles.parsed(path)
        if tile is None and path != _CHECKPOINT:
            return _refused(404, "the log has no such path")
        if not self.limit.take():
            return _refused(429, "too many requests")
        try:
            return await (self._checkpoint() if tile is None else self._tile(tile))
        except AuditUnavailableError:
            return _refused(503, "the log cannot be read")

    async def _checkpoint(self) -> web.Response:
        note = await self.log.checkpoint()
        if note is None:
            return _refused(404, "nothing is signed yet")
        return web.Response(text=note, headers={"Cache-Control": _CHANGES})

    async def _tile(self, tile: Tile) -> web.Response:
        content = await self.log.tile(tile)
        if content is None:
            return _refused(404, "no signed checkpoint covers this tile")
        headers = {"Cache-Control": _NEVER_CHANGES, "Content-Type": "application/octet-stream"}
        response = web.Response(body=content, headers=headers, zlib_executor_size=_LARGE)
        if tile.level == ENTRIES:  # hashes do not compress
            response.enable_compression()
        return response


def _refused(status: int, message: str) -> web.Response:
    retry = {"Retry-After": "1"} if status != 404 else {}  # noqa: PLR2004
    return web.Response(status=status, text=f"{message}\n", headers={"Cache-Control": "no-store", **retry})
