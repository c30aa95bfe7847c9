"""A third-party model API that misbehaves on demand: the requested model's name says how. Keeps what it received.

``python -m tests.acceptance.world.provider PORT``; ``GET /journal`` returns every request's headers and body.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys

from aiohttp import web

JOURNAL: list[dict[str, object]] = []


def completion(text: str) -> dict[str, object]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }  # fmt: skip


def said(body: dict[str, object]) -> str:
    """Everything the caller said, so that a reply shows what arrived."""
    return " ".join(str(message.get("content")) for message in body["messages"])


async def chat(request: web.Request) -> web.StreamResponse:
    body = await request.json()
    JOURNAL.append({"headers": dict(request.headers), "body": body, "path": request.path_qs})
    way = str(body["model"]).removeprefix("only-")
    if body.get("stream"):
        return await stream(request, body, way)
    if way.startswith("status-"):
        return web.json_response({"error": {"message": f"echo: {said(body)}"}}, status=int(way[7:]))
    if way == "redirect":
        raise web.HTTPTemporaryRedirect("http://127.0.0.1:9/elsewhere")
    if way == "reset":
        request.transport.abort()
    if way == "stall":
        await asyncio.sleep(60)
    if way == "malformed":
        return web.Response(body=b'{"choices": [', content_type="application/json")
    if way == "discloses":
        return web.json_response(completion("Her SSN is 212-45-6789, card 4111 1111 1111 1111."))
    region = {"x-ms-region": "East US"} if way == "abroad" else {}
    return web.json_response(completion(said(body)), headers={"x-request-id": "req-from-provider", **region})


async def other(request: web.Request) -> web.Response:
    JOURNAL.append({"headers": dict(request.headers), "body": await request.json(), "path": request.path_qs})
    if request.path.startswith("/reset/"):
        request.transport.abort()
    return web.json_response({"error": {"message": "not served here"}}, status=404)


async def stream(request: web.Request, body: dict[str, object], way: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    text = "SSN 212-45-6789 is hers." if way == "discloses" else said(body)
    for place in itertools.count(0, 3) if way == "endless" else range(0, len(text), 3):
        piece = {"index": 0, "delta": {"content": text[place : place + 3] or "x" * 3}, "finish_reason": None}
        try:
            await response.write(b"data: " + json.dumps({"id": "c", "choices": [piece]}).encode() + b"\n\n")
        except ConnectionError:  # who reads has had enough
            return response
        if way == "cut" and place > 6:
            await asyncio.sleep(1.0)
            request.transport.abort()
            return response
        if way == "slow":
            await asyncio.sleep(0.2)
    if way != "unfinished":
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        await response.write(b"data: " + json.dumps({"id": "c", "choices": [end]}).encode() + b"\n\ndata: [DONE]\n\n")
    return response


async def journal(_request: web.Request) -> web.Response:
    return web.json_response(JOURNAL)


def main() -> None:
    app = web.Application(client_max_size=1 << 26)
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/journal", journal)
    app.router.add_post("/{path:.*}", other)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)


if __name__ == "__main__":
    main()
