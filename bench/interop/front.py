"""A stand-in of ours before another server: ``python -m bench.interop.front PORT UPSTREAM``.

It answers what the third party's stand-in has no right answer for (``answers.py``), forwards everything else byte for
byte as it comes, and writes down every request: path, headers and body at ``/__aimock/journal``. Before a real server
it only writes down and forwards. Nothing here knows the proxy.
"""

from __future__ import annotations

import sys
from typing import Any

import aiohttp
from aiohttp import web

from bench.interop.answers import answered

JOURNAL = "/__aimock/journal"
_HOP = {"host", "connection", "keep-alive", "transfer-encoding", "content-length", "upgrade", "te", "trailer"}
_MOST = 64 << 20


class Front:
    """What came, and where the rest goes."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.journal: list[dict[str, Any]] = []

    async def received(self, _: web.Request) -> web.Response:
        return web.json_response(self.journal)

    async def served(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.journal.append(
            {
                "method": request.method,
                "path": request.raw_path,
                "headers": dict(request.headers),
                "body": body.decode(errors="replace"),
            }
        )
        own = answered(request.method, request.path, body)
        if own is not None:
            return web.Response(status=own.status, body=own.content, content_type=own.media, headers=own.headers)
        return await self.forwarded(request, body)

    async def forwarded(self, request: web.Request, body: bytes) -> web.StreamResponse:
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _HOP]
        session: aiohttp.ClientSession = request.app["session"]
        call = session.request(
            request.method,
            self.upstream + request.raw_path,
            data=body,
            headers=headers,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )
        async with call as reply:
            headers_of_reply = [(name, value) for name, value in reply.headers.items() if name.lower() not in _HOP]
            response = web.StreamResponse(status=reply.status, headers=dict(headers_of_reply))
            await response.prepare(request)
            async for piece in reply.content.iter_any():
                await response.write(piece)
            await response.write_eof()
            return response


async def application(upstream: str) -> web.Application:
    """Return the application; a session for all requests, which changes no body on its way."""
    front = Front(upstream)
    app = web.Application(client_max_size=_MOST)
    app["session"] = aiohttp.ClientSession(auto_decompress=False, timeout=aiohttp.ClientTimeout(total=None))
    app.router.add_get(JOURNAL, front.received)
    app.router.add_route("*", "/{path:.*}", front.served)
    return app


if __name__ == "__main__":
    web.run_app(application(sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]), print=None)
