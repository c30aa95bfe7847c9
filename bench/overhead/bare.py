"""The yardstick: a pass-through proxy of nothing but aiohttp's server and client. ``python -m bench.overhead.bare PORT URL``"""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import uvloop
from aiohttp import web

_DROPPED = {"host", "content-length", "transfer-encoding", "connection"}


def application(upstream: str, session: aiohttp.ClientSession) -> web.Application:
    async def forward(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _DROPPED]
        async with session.post(upstream + request.raw_path, data=body, headers=headers) as reply:
            media = reply.headers.get("Content-Type", "")
            if "Content-Length" in reply.headers:
                return web.Response(status=reply.status, body=await reply.read(), headers={"Content-Type": media})
            out = web.StreamResponse(status=reply.status, headers={"Content-Type": media})
            await out.prepare(request)
            async for chunk in reply.content.iter_any():
                await out.write(chunk)
            await out.write_eof()
            return out

    app = web.Application(client_max_size=1 << 26)
    app.router.add_post("/{anything:.*}", forward)
    return app


async def main(port: int, upstream: str) -> None:
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
    async with aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept-Encoding", "Accept"),
    ) as session:
        runner = web.AppRunner(application(upstream, session), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
