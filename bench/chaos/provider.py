"""A third-party model API that keeps every body it receives and misbehaves when told to, and a tap before the local one.

It runs inside the bench: ``/third/N/v1/...`` is the third party, ``/local/v1/...`` keeps and passes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

FAULTS = ("status-400", "status-401", "status-422", "status-429", "status-500", "status-503", "redirect",
          "reset", "stall", "cut", "malformed", "odd-json", "slow")  # fmt: skip
_PIECE = 7  # characters of a streamed event
_STALL_S = 6.0


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived. ``whole`` is False when the connection broke before the body's end."""

    at: float  # Unix seconds when its head arrived
    target: str
    body: bytes
    whole: bool
    fault: str  # what was done to it, "" for nothing


@dataclass
class Provider:
    """The journal and the faults that wait for the next requests to third parties."""

    model_url: Callable[[], str] = str
    journal: list[Received] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    _armed: deque[tuple[str, asyncio.Event]] = field(default_factory=deque)
    _runner: web.AppRunner | None = None
    _session: aiohttp.ClientSession | None = None

    async def start(self, port: int) -> None:
        """Listen on loopback."""
        logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # callers that leave are what this is about
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/third/{number}/v1/{call:.*}", self._third)
        app.router.add_post("/local/v1/{call:.*}", self._local)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, backlog=1024).start()

    async def close(self) -> None:
        """Stop listening."""
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def meet(self, fault: str, patience_s: float) -> bool:
        """Let the next request to a third party meet this fault; return whether one came."""
        armed = (fault, asyncio.Event())
        self._armed.append(armed)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(armed[1].wait(), patience_s)
        if not armed[1].is_set():
            self._armed.remove(armed)
        return armed[1].is_set()

    def _next_fault(self) -> str:
        if not self._armed:
            return ""
        fault, met = self._armed.popleft()
        met.set()
        self.done[fault] += 1
        return fault

    async def _take(self, request: web.Request, target: str, fault: str) -> bytes | None:
        """Keep the body; None when it did not arrive whole."""
        at, body = time.time(), b""
        try:
            async for chunk in request.content.iter_any():
                body += chunk
        except BaseException:
            self.journal.append(Received(at, target, body, whole=False, fault=fault))
            raise
        self.journal.append(Received(at, target, body, whole=True, fault=fault))
        return body

    # --- the local model ------------------------------------------------------------------------------------------

    async def _local(self, request: web.Request) -> web.StreamResponse:
        body = await self._take(request, "local/eu", "")
        if self._session is None:
            raise web.HTTPServiceUnavailable
        url = f"{self.model_url()}/v1/{request.match_info['call']}"
        response = web.StreamResponse()
        try:
            async with self._session.post(url, data=body, headers={"Content-Type": "application/json"}) as reply:
                response.set_status(reply.status)
                response.content_type = reply.content_type
                await response.prepare(request)
                async for chunk in reply.content.iter_any():
                    await response.write(chunk)
        except (aiohttp.ClientError, OSError, TimeoutError):
            broken(request)
        return response

    # --- the third party ------------------------------------------------------------------------------------------

    async def _third(self, request: web.Request) -> web.StreamResponse:
        fault = self._next_fault()
        number = request.match_info["number"]
        raw = await self._take(request, "standin/eu" if number == "0" else f"third/{number}", fault)
        body = json.loads(raw or b"{}")
        refusal = await self._refusal(request, body, fault)
        if refusal is not None:
            return refusal
        if request.match_info["call"] == "embeddings":
            return web.json_response(embedding(body))
        if body.get("stream"):
            return await self._stream(request, body, fault)
        return await self._whole(request, body, fault)

    async def _refusal(self, request: web.Request, body: dict[str, object], fault: str) -> web.StreamResponse | None:
        """Return the reply of a fault that needs no body of its own."""
        if fault.startswith("status-"):
            return web.json_response({"error": {"message": f"cannot read: {said(body)}"}}, status=int(fault[7:]))
        if fault == "redirect":
            return web.Response(status=307, headers={"Location": "http://127.0.0.1:9/elsewhere"})
        if fault == "reset":
            broken(request)
            return web.Response()
        if fault == "stall" and not body.get("stream"):
            await asyncio.sleep(_STALL_S)
        if fault == "slow":
            await asyncio.sleep(0.4)
        return None

    async def _whole(self, request: web.Request, body: dict[str, object], fault: str) -> web.StreamResponse:
        answer = json.dumps(completion(body)).encode()
        if fault == "malformed":
            return web.Response(body=answer[: len(answer) // 2], content_type="application/json")
        if fault == "odd-json":
            return web.json_response(["not", "a", "completion"])
        if fault == "cut":
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            response.content_length = len(answer)
            await response.prepare(request)
            await response.write(answer[: len(answer) // 2])
            broken(request)
            return response
        return web.Response(body=answer, content_type="application/json", headers={"x-request-id": "req-1"})

    async def _stream(self, request: web.Request, body: dict[str, object], fault: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        text = said(body)
        for place in range(0, len(text), _PIECE):
            await response.write(event({"content": text[place : place + _PIECE]}))
            await asyncio.sleep(0.002)
            if fault in {"cut", "malformed", "stall", "odd-json"} and place >= len(text) // 2:
                return await self._spoil(request, response, fault)
        await response.write(event({}, "stop") + b"data: [DONE]\n\n")
        return response

    async def _spoil(self, request: web.Request, response: web.StreamResponse, fault: str) -> web.StreamResponse:
        if fault == "stall":
            await asyncio.sleep(_STALL_S)
        if fault == "malformed":
            await response.write(b'data: {"choices": [\n\n')
        if fault == "odd-json":  # ends cleanly, without the end of the stream
            return response
        broken(request)
        return response


def broken(request: web.Request) -> None:
    """Reset the connection."""
    with contextlib.suppress(AttributeError):
        request.transport.abort()  # type: ignore[union-attr]


def said(body: dict[str, object]) -> str:
    """Everything the caller said, so that a reply shows what arrived."""
    messages = body.get("messages")
    texts = [message.get("content") for message in messages] if isinstance(messages, list) else []
    return "\n".join(text for text in texts if isinstance(text, str))


def event(delta: dict[str, object], reason: str | None = None) -> bytes:
    """Return one event of a streamed completion."""
    piece = {"index": 0, "delta": delta, "finish_reason": reason}
    return b"data: " + json.dumps({"id": "c", "object": "chat.completion.chunk", "choices": [piece]}).encode() + b"\n\n"


def completion(body: dict[str, object]) -> dict[str, object]:
    """Return a completion that repeats what arrived; to a request with tools, as the arguments of a call."""
    message: dict[str, object] = {"role": "assistant", "content": said(body)}
    if body.get("tools"):
        call = {"name": "send_letter", "arguments": json.dumps({"text": said(body)})}
        message = {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call_a1", "type": "function", "function": call}]}  # fmt: skip
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": str(body.get("model")),
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }  # fmt: skip


def embedding(body: dict[str, object]) -> dict[str, object]:
    """Return one vector per input."""
    given = body.get("input")
    count = len(given) if isinstance(given, list) else 1
    rows = [{"object": "embedding", "index": index, "embedding": [0.0, 1.0]} for index in range(count)]
    return {"object": "list", "data": rows, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
