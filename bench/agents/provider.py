"""The provider: answers as the scripted model would, remembers what it received, and counts cached tokens as a provider does.

A relay stands before the proxy and remembers what programs sent and got back. Both are part of the bench's process.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
from aiohttp import web

from bench.agents.dialects import Dialect, Usage, dialect_of
from bench.agents.script import Step, next_action

_MOST = 128 << 20
#: Where the same model answers as a server in the region.
REGION = "/region"
_TOKEN = 4  # bytes of a token, about
_HOP = {"host", "connection", "keep-alive", "transfer-encoding", "content-length", "upgrade", "te", "trailer"}


@dataclass(slots=True)
class Record:
    """A request, and what was answered: seconds until the first byte and until the end."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    status: int = 0
    reply_headers: Mapping[str, str] = field(default_factory=dict)
    reply: str = ""
    first_s: float = 0.0
    whole_s: float = 0.0
    usage: Usage | None = None

    @property
    def stayed(self) -> bool:
        """Whether it stayed in the region, as the program's side or the provider's sees it."""
        target = self.reply_headers.get("x-compliance-target", "")
        return self.path.startswith(REGION) or target.startswith(("local/", "region/"))

    @property
    def asks_model(self) -> bool:
        return (
            self.method == "POST"
            and isinstance(self.body, dict)
            and dialect_of(self.path.removeprefix(REGION)) is not None
        )


class Provider:
    """``steps``: the script in force; ``folder``: where the program works."""

    def __init__(self) -> None:
        self.steps: Sequence[Step] = ()
        self.folder = ""
        self.records: list[Record] = []
        self._prefixes: list[list[str]] = []
        self._number = 0

    def begin(self, steps: Sequence[Step], folder: str) -> None:
        """Take up another script, with an empty cache."""
        self.steps, self.folder = steps, folder
        self.records, self._prefixes = [], []

    async def serve(self, request: web.Request) -> web.StreamResponse:
        record = await _received(request)
        self.records.append(record)
        dialect = dialect_of(request.path.removeprefix(REGION)) if request.method == "POST" else None
        if dialect is None or not isinstance(record.body, dict):
            return _other(request, record)
        self._number += 1
        record.usage = self._usage(dialect, record.body)
        history = dialect.history(record.body)
        action = next_action(history, self.steps, self.folder)
        reply = dialect.reply(record.body, action, self._number, record.usage)
        if not (record.body.get("stream") or "stream" in request.path):
            return web.json_response(reply)
        return await _streamed(request, dialect, record.body, reply)

    def _usage(self, dialect: Dialect, body: Mapping[str, Any]) -> Usage:
        """Count the request's tokens, and those of the longest prefix of whole parts that an earlier request had."""
        parts = [json.dumps(part, ensure_ascii=False) for part in dialect.prefix(body)]
        cached = max((_common(parts, earlier) for earlier in self._prefixes), default=0)
        self._prefixes.append(parts)
        return Usage(sum(map(len, parts)) // _TOKEN, cached // _TOKEN)


def _common(parts: Sequence[str], earlier: Sequence[str]) -> int:
    length = 0
    for part, other in zip(parts, earlier, strict=False):
        if part != other:
            break
        length += len(part)
    return length


async def _streamed(
    request: web.Request, dialect: Dialect, body: Mapping[str, Any], reply: dict[str, Any]
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "text/event-stream", "cache-control": "no-cache"})
    await response.prepare(request)
    with suppress(ConnectionError):  # some programs hang up as soon as they have what they want
        for event, document in dialect.events(body, reply):
            head = f"event: {event}\n" if event else ""
            await response.write(f"{head}data: {json.dumps(document)}\n\n".encode())
        await response.write(dialect.ending.encode())
        await response.write_eof()
    return response


def _other(request: web.Request, record: Record) -> web.Response:
    if request.path.endswith("/count_tokens"):
        return web.json_response({"input_tokens": len(json.dumps(record.body)) // _TOKEN})
    if request.path.endswith(":countTokens"):
        return web.json_response({"totalTokens": len(json.dumps(record.body)) // _TOKEN})
    if request.path.endswith("/models"):
        models = [{"id": name, "object": "model", "created": 1, "owned_by": "bench"} for name in ("gpt-5", "claude")]
        return web.json_response({"object": "list", "data": models})
    return web.json_response({"error": {"message": "no such path", "type": "not_found"}}, status=404)


async def _received(request: web.Request) -> Record:
    raw = await request.read()
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = raw.decode(errors="replace")
    return Record(request.method, request.path, dict(request.headers), body)


class Relay:
    """Forwards as it comes, and remembers both sides."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.records: list[Record] = []

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=None)
        self._session = aiohttp.ClientSession(auto_decompress=False, timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        record = await _received(request)
        self.records.append(record)
        started = time.monotonic()
        headers = [
            (name, value) for name, value in request.headers.items() if name.lower() not in _HOP | {"accept-encoding"}
        ]
        data, skipped = await request.read(), ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
        call = self._session.request(
            request.method, self.target + request.raw_path, data=data, headers=headers, skip_auto_headers=skipped
        )
        async with call as reply:
            record.status, record.reply_headers = reply.status, dict(reply.headers)
            kept = {name: value for name, value in reply.headers.items() if name.lower() not in _HOP}
            response = web.StreamResponse(status=reply.status, headers=kept)
            await response.prepare(request)
            received = bytearray()
            with suppress(ConnectionError):
                async for piece in reply.content.iter_any():
                    record.first_s = record.first_s or time.monotonic() - started
                    received += piece
                    await response.write(piece)
                await response.write_eof()
        record.whole_s, record.reply = time.monotonic() - started, received.decode(errors="replace")
        return response


@asynccontextmanager
async def listening(server: Provider | Relay, port: int = 0) -> AsyncIterator[str]:
    """Serve until the block ends; give the address."""
    app = web.Application(client_max_size=_MOST)
    app.router.add_route("*", "/{path:.*}", server.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
