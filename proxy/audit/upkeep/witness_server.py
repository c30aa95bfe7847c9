"""A witness for a second site: cosigns the notes of the logs it knows while they only grow (C2SP tlog-witness).

What it cosigned last of a log stands at ``<SHA-256 of the log's origin in hex>/checkpoint``, so that nobody who follows
the log can be told less.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from proxy.audit.sealing import witnessing
from proxy.audit.sealing.cosignature import Cosigner
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.witnessing import Reply, origin_hash
from proxy.ports import Clock
from proxy.runtime import private

_LONGEST = 65_536
_CONFLICT = 409


class WitnessServer:
    """Keeps the last note of each log in a file of its folder, durably, before it answers."""

    def __init__(self, folder: Path, keys: Sequence[VerifierKey], cosigner: Cosigner, clock: Clock) -> None:
        self._folder, self._keys, self._cosigner, self._clock = folder, keys, cosigner, clock
        self._one_at_a_time = asyncio.Lock()

    def application(self) -> web.Application:
        """Return the application to be served."""
        app = web.Application(client_max_size=_LONGEST)
        app.router.add_post("/add-checkpoint", self._add)
        app.router.add_get("/{log:[0-9a-f]{64}}/checkpoint", self._show)
        return app

    async def _add(self, request: web.Request) -> web.Response:
        body = (await request.read()).decode(errors="replace")
        async with self._one_at_a_time:
            reply = await asyncio.to_thread(self.answer, body)
        kind = witnessing.MEDIA_SIZE if reply.status == _CONFLICT else "text/plain"
        return web.Response(status=reply.status, text=reply.text, content_type=kind)

    async def _show(self, request: web.Request) -> web.Response:
        shown = await asyncio.to_thread(self.shown, request.match_info["log"])
        if shown is None:
            return web.Response(status=404, text="no note of this log was cosigned\n")
        return web.Response(text=shown, headers={"Cache-Control": "no-store"})

    def shown(self, log: str) -> str | None:
        """Return the note that was cosigned last of the log with this hash of its origin, None where none was."""
        kept = self._folder / f"{log}.note"
        note = kept.read_text(encoding="utf-8") if kept.exists() else ""
        return note if self._cosigner.key.seen_at(note) is not None else None

    def answer(self, body: str) -> Reply:
        """Answer one request, one after the other, and keep what the witness knows from then on."""
        kept = self._kept(body.partition("\n\n")[2].partition("\n")[0])
        previous = kept.read_text(encoding="utf-8") if kept.exists() else None
        reply = witnessing.answered(body, previous, self._keys, self._cosigner, int(self._clock.now()))
        if reply.last_note is not None and reply.last_note != previous:
            _keep(kept, reply.last_note.encode())
        return reply

    def _kept(self, origin: str) -> Path:
        return self._folder / f"{origin_hash(origin)}.note"


def _keep(path: Path, note: bytes) -> None:
    """Replace a note, durably: a witness that forgot what it saw would cosign another log."""
    fresh = path.with_suffix(".new")
    with private.opened(fresh, "wb") as out:
        out.write(note)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
