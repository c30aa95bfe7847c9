"""A stand-in for a third-party model provider: the ``llmock`` package in echo style, on loopback, as its own process.

    python -m proxy.embedded.provider_standin --port N

It is not a model: it answers ``Hello! You said: ...`` with the first 120 characters of the prompt, calls offered tools
with invented arguments, and returns invented embeddings. Its journal, ``GET /_llmock/requests``, has every body it
received (up to 256 kB each) and no headers, so it shows what a provider would have received.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import re
import struct
import sys
from typing import Any

import orjson
import uvicorn
from llmock.chaos import ChaosSettings, StreamChaos
from llmock.main import create_app
from llmock.ratelimit import LimitSettings
from llmock.simulation import MockResponseSettings, build_mock_embedding, estimate_tokens
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

_ANTHROPIC = re.compile(r"^/v1/messages(?=$|/)")
_GEMINI = re.compile(r"^/v1(?:beta)?/models(?=/[^/]+:)")
NOTICE = "provider stand-in (llmock, echo style): not a real provider, it echoes what reaches it"


async def embeddings(request: Request) -> JSONResponse:
    """Answer like llmock, and in base64 on request: OpenAI's Node SDK asks for it and accepts nothing else."""
    body = request.state.llmock_body
    value = body.get("input", "")
    texts = value if isinstance(value, list) and value and not isinstance(value[0], int) else [value]
    vectors = [build_mock_embedding(str(text)) for text in texts]
    tokens = estimate_tokens(*texts)
    return JSONResponse({
        "object": "list",
        "model": body.get("model", ""),
        "data": [
            {"object": "embedding", "index": index, "embedding": _encoded(vector, body.get("encoding_format"))}
            for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    })  # fmt: skip


async def count_tokens(request: Request) -> JSONResponse:
    """Answer with a count of tokens, in the words of Anthropic and of Gemini."""
    tokens = len(await request.body()) // 4
    return JSONResponse({"input_tokens": tokens} if "messages" in request.url.path else {"totalTokens": tokens})


def _without_instructions(receive: Any) -> Any:
    """Return what receives a body of Anthropic's with later instructions as the user's messages, as llmock knows it."""

    async def received() -> Any:
        event = await receive()
        while event["type"] == "http.request" and event.get("more_body"):
            more = await receive()
            event = {**more, "body": event["body"] + more.get("body", b"")}
        with contextlib.suppress(ValueError, TypeError, KeyError):
            document = orjson.loads(event["body"])
            for message in document["messages"]:
                message["role"] = message["role"].replace("system", "user")
            event = {**event, "body": orjson.dumps(document)}
        return event

    return received


def _encoded(vector: list[float], encoding: Any) -> list[float] | str:
    """Return the vector, or its little-endian 32-bit floats in base64."""
    if encoding != "base64":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def application() -> Any:
    """Return the ASGI application: no chaos, no limits, echo."""
    app = create_app(
        chaos=ChaosSettings(),
        responses=MockResponseSettings(response_style="echo", tool_mode="auto"),
        limits=LimitSettings(),
        stream_chaos=StreamChaos(),
    )
    app.router.routes.insert(0, Route("/v1/embeddings", embeddings, methods=["POST"]))
    app.router.routes.insert(0, Route("/anthropic/v1/messages/count_tokens", count_tokens, methods=["POST"]))
    app.router.routes.insert(0, Route("/gemini/v1beta/models/{model}:countTokens", count_tokens, methods=["POST"]))

    async def at_one_address(scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve every dialect below /v1, as an address of a target has it."""
        if scope["type"] == "http":
            path = _GEMINI.sub("/gemini/v1beta/models", _ANTHROPIC.sub("/anthropic/v1/messages", scope["path"]))
            scope = {**scope, "path": path, "raw_path": path.encode()}
            receive = _without_instructions(receive) if path == "/anthropic/v1/messages" else receive
        await app(scope, receive, send)

    return at_one_address


def main() -> None:
    """Serve on loopback until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=NOTICE)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    sys.stdout.write(f"{NOTICE}\n")
    sys.stdout.flush()
    uvicorn.run(application(), host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
