"""Targets that keep what they receive and behave as badly as told: ``python -m bench.hostile.provider PORT``.

One plain HTTP/1.1 server plays every target: ``/TARGET/v1/...``. What it does is said by the requested model's name
(``do-NAME``, see ``behaviours``); anything else is repeated back, by ``echo-500`` as an error with that status. ``/local/``
answers 500 to pictures, as a text-only model server does. ``GET /journal?from=N`` returns what arrived, ``POST /say/NAME``
sets the text of model ``do-say-NAME``. ``/hang`` never answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.hostile import behaviours
from bench.hostile.echo import said
from bench.hostile.wire import completion, head, stream_events, whole

_LARGEST = 1 << 27


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived, and when (Unix seconds)."""

    at: float
    target: str
    path: str
    headers: dict[str, str]
    body: str


class Provider:
    """The journal and the texts to be said."""

    def __init__(self) -> None:
        self.journal: list[Received] = []
        self.texts: dict[str, str] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests of one connection until it ends."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, OSError):
            while await self._one(reader, writer):
                pass
        with contextlib.suppress(OSError):
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        line, headers = await _head(reader)
        method, path, _ = line.split(" ", 2)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if method == "GET" or path.startswith("/say/"):
            writer.write(self._control(path, body))
            await writer.drain()
            return True
        if path == "/hang":
            await asyncio.Event().wait()
        text = body.decode(errors="replace")
        target = path.split("/v1/")[0].strip("/")
        self.journal.append(Received(time.time(), target, path, headers, text))
        return await self._answer(target, path, _parsed(text), writer)

    def _control(self, path: str, body: bytes) -> bytes:
        parts = urlsplit(path)
        if parts.path.startswith("/say/"):
            self.texts[parts.path.removeprefix("/say/")] = body.decode()
            return whole({})
        since = int(parse_qs(parts.query).get("from", ["0"])[0])
        if parts.path == "/count":
            return whole({"count": len(self.journal)})
        return whole([asdict(one) for one in self.journal[since:]])

    async def _answer(self, target: str, path: str, body: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        model = str(body.get("model", ""))
        if target.startswith("local") and ("image_url" in json.dumps(body) or "input_image" in json.dumps(body)):
            writer.write(whole({"error": {"message": "image input is not supported"}}, 500))
            await writer.drain()
            return True
        if path.endswith("/embeddings"):
            rows = [{"object": "embedding", "index": 0, "embedding": [0.0, 1.0]}]
            writer.write(whole({"object": "list", "data": rows, "model": "m", "usage": {"prompt_tokens": 1}}))
            await writer.drain()
            return True
        name = model.removeprefix("third-").removeprefix("local-").removeprefix("evil-")
        if name.startswith("echo-"):
            writer.write(whole({"error": {"message": said(body)}}, int(name.removeprefix("echo-"))))
            await writer.drain()
            return True
        if name.startswith("do-") and not name.startswith("do-say-"):
            return await behaviours.act(name.removeprefix("do-"), writer)
        text = self.texts.get(name.removeprefix("do-say-")) if name.startswith("do-say-") else said(body)
        await _repeat(writer, body, text or "", call=name.endswith("-call"))
        return True


async def _repeat(writer: asyncio.StreamWriter, body: dict[str, Any], text: str, *, call: bool) -> None:
    if not body.get("stream"):
        writer.write(whole(completion(text, call=call)))
        await writer.drain()
        return
    writer.write(head(200, {"Content-Type": "text/event-stream", "Connection": "close"}))
    for event in stream_events(text, call=call):
        writer.write(event)
        await writer.drain()
    writer.close()


async def _head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    raw = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = raw.rstrip("\r\n").split("\r\n")
    pairs = (one.partition(":") for one in rest)
    return line, {name.strip().lower(): value.strip() for name, _, value in pairs}


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def main(port: int) -> None:
    """Listen on loopback until killed."""
    server = await asyncio.start_server(Provider().serve, "127.0.0.1", port, limit=_LARGEST, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1])))
