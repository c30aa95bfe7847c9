"""How far one request walks through the code: a gauge of how much a reader must follow to know what happens to it.

Run: python -m bench.walk. A chat completion of 2 KB is sent over a socket to the web application, which sends it to a model
server on another socket; policy, detection, vault and audit log are stand-ins in memory. Counted is the third request, when
what is made once is made.

A stay is a function of the product that is handed the request as a whole, in whichever form it has by then (``FORMS``).
Functions that are handed only a part of it (a text, a header, a list of findings) are not counted: a reader may trust their
names. A room is a file with a stay. Lambdas and comprehensions belong to the function around them.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from aiohttp import web

from bench.calls import BODY, PRODUCT, REPLY, RepeatingPdp
from proxy.core.records import Outbound
from proxy.exchange.delivery import Delivery
from proxy.exchange.request import AddressedRequest, ClientRequest
from proxy.schemes.scheme import PreparedRequest
from proxy.upstreams.client import HttpUpstreams, TargetLimits
from proxy.upstreams.credentials import Credentials
from testing.fakes import FixedClock, Stage, catalog, target
from testing.serving import serving

#: What the request is, from the socket to the target and back.
FORMS = (web.Request, ClientRequest, AddressedRequest, Outbound, PreparedRequest, Delivery)
_REQUESTS = 3


class Stay(NamedTuple):
    """A function on the way, by its file in the product."""

    room: str
    function: str


def walk() -> tuple[Stay, ...]:
    """Return the stays of a request in the order in which it comes to them."""
    stays: dict[Stay, None] = {}

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event != "call" or code.co_name.startswith("<") or not code.co_filename.startswith(f"{PRODUCT}/"):
            return
        parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        if any(isinstance(frame.f_locals.get(name), FORMS) for name in parameters):
            stays[Stay(str(Path(code.co_filename).relative_to(PRODUCT)), code.co_qualname)] = None

    async def serve() -> None:
        async with _target() as address, _upstreams() as upstreams:
            upstreams.targets = {"a": target("a", base_url=address)}
            stage = Stage(pdp=RepeatingPdp(), upstreams=upstreams, catalog=catalog(*upstreams.targets.values()))
            async with serving(stage) as running:
                for number in range(_REQUESTS):
                    sys.setprofile(note if number == _REQUESTS - 1 else None)
                    try:
                        async with running.post(BODY) as reply:
                            assert reply.status == 200, await reply.text()
                            await reply.read()
                    finally:
                        sys.setprofile(None)

    asyncio.run(serve())
    return tuple(stays)


@asynccontextmanager
async def _upstreams() -> AsyncIterator[HttpUpstreams]:
    upstreams = HttpUpstreams(Credentials(lambda _: None), TargetLimits(), FixedClock())
    await upstreams.start()
    try:
        yield upstreams
    finally:
        await upstreams.close()


@asynccontextmanager
async def _target() -> AsyncIterator[str]:
    """Serve one reply to every request; yield the address."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=REPLY, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


def main() -> None:
    """Print the way, and how long it is."""
    stays = walk()
    for number, stay in enumerate(stays, 1):
        print(f"{number:3d} {stay.room:24s} {stay.function}")
    rooms = Counter(stay.room for stay in stays)
    packages = {Path(room).parent for room in rooms}
    print(f"{len(stays)} stays in {len(rooms)} files of {len(packages)} packages")


if __name__ == "__main__":
    main()
