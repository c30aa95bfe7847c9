"""Ways in which a target can be evil. Each writes raw bytes; the model's name ``do-NAME`` asks for one."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import zlib
from collections.abc import Awaitable, Callable

from bench.hostile.wire import completion, event, head, whole

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]
_SSE = {"Content-Type": "text/event-stream", "Connection": "close"}
_JSON = "application/json"
_ANSWER = json.dumps(completion("hello there")).encode()


async def act(name: str, writer: asyncio.StreamWriter) -> bool:
    """Behave so; return False, the connection ends. An unknown name is answered 400."""
    made = BEHAVIOURS.get(name)
    if made is None and name.startswith("status-"):
        writer.write(whole({"error": {"message": "as asked"}}, int(name.removeprefix("status-"))))
    elif made is None:
        writer.write(whole({"error": {"message": "unknown behaviour"}}, 400))
    else:
        await made(writer)
    await writer.drain()
    writer.close()
    return False


async def _send(writer: asyncio.StreamWriter, *chunks: bytes, pause: float = 0.0) -> None:
    for chunk in chunks:
        writer.write(chunk)
        await writer.drain()
        await asyncio.sleep(pause)


def _raw(*chunks: bytes, pause: float = 0.0) -> Behaviour:
    async def send(writer: asyncio.StreamWriter) -> None:
        await _send(writer, *chunks, pause=pause)

    return send


def _reply(headers: dict[str, str], body: bytes, status: int = 200) -> Behaviour:
    return _raw(head(status, headers) + body)


async def _endless(writer: asyncio.StreamWriter) -> None:
    """Events without end, as fast as they are taken."""
    await _send(writer, head(200, _SSE))
    for number in itertools.count():
        await _send(writer, event({"content": f"word {number} "}))


async def _steady(writer: asyncio.StreamWriter) -> None:
    """Fifty events a second, for nine seconds."""
    await _send(writer, head(200, _SSE))
    for number in range(450):
        await _send(writer, event({"content": f"word {number} "}), pause=0.02)
    await _send(writer, b"data: [DONE]\n\n")


async def _unfinished(writer: asyncio.StreamWriter) -> None:
    """Calls that all begin at one index and never end."""
    await _send(writer, head(200, _SSE))
    for number in range(15_000):
        function = {"name": "note", "arguments": '{"a": "'}
        await _send(
            writer,
            event({"tool_calls": [{"index": 0, "id": f"call_{number}", "type": "function", "function": function}]}),
        )
    await _send(writer, b"data: [DONE]\n\n")


async def _obfuscated(writer: asyncio.StreamWriter) -> None:
    """Events as OpenAI pads them by default, without an end."""
    await _send(writer, head(200, _SSE))
    for number in range(15_000):
        padded = {"obfuscation": f"a{number}Q", **json.loads(event({"content": "word "})[6:])}
        await _send(writer, b"data: " + json.dumps(padded).encode() + b"\n\n")
    await asyncio.sleep(8)


async def _comments(writer: asyncio.StreamWriter) -> None:
    """Nothing but comments, ten a second."""
    await _send(writer, head(200, _SSE))
    while True:
        await _send(writer, b": still here\n\n", pause=0.1)


async def _drip(writer: asyncio.StreamWriter) -> None:
    """A byte every fifth of a second."""
    await _send(writer, head(200, _SSE))
    for byte in itertools.cycle(event({"content": "a"})):
        await _send(writer, bytes([byte]), pause=0.2)


async def _endless_headers(writer: asyncio.StreamWriter) -> None:
    await _send(writer, b"HTTP/1.1 200 OK\r\n")
    for number in range(200_000):
        await _send(writer, f"x-{number}: {'y' * 200}\r\n".encode())


async def _endless_body(writer: asyncio.StreamWriter) -> None:
    await _send(writer, head(200, {"Content-Type": _JSON, "Connection": "close"}), b'{"choices": [{"text": "')
    for _ in range(4096):
        await _send(writer, b"x" * 65536)


async def _endless_line(writer: asyncio.StreamWriter) -> None:
    """One event of 256 MB."""
    await _send(writer, head(200, _SSE), b"data: ")
    for _ in range(4096):
        await _send(writer, b"x" * 65536)


async def _slow_head(writer: asyncio.StreamWriter) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n":
        await _send(writer, bytes([byte]), pause=2.0)


def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(b" " * 1048576) for _ in range(size)) + packer.flush()


async def _gzip_bomb(writer: asyncio.StreamWriter) -> None:
    packed = await asyncio.to_thread(_bomb, 512)
    headers = {"Content-Type": _JSON, "Content-Encoding": "gzip", "Content-Length": str(len(packed))}
    await _send(writer, head(200, headers), packed)


def _deep(depth: int) -> bytes:
    return b'{"choices":' + b"[" * depth + b"]" * depth + b"}"


def _whole(document: object) -> Behaviour:
    return _raw(whole(document))


def _choices() -> object:
    """A completion of 20,000 choices, each tenth of which names somebody."""
    text = "The shipment left harbour on Monday and reached the northern depot after two days of rain. " * 2
    said = (
        f"SSN 536-22-{number % 10_000:04} of Otto Brandt. {text}" if number % 10 == 0 else text
        for number in range(20_000)
    )
    choices = [{"index": number, "finish_reason": "stop", "message": {"role": "assistant", "content": one}}
               for number, one in enumerate(said)]  # fmt: skip
    return {**completion(""), "choices": choices}


def _sealed() -> object:
    """A response of 100,000 sealed blocks."""
    items = [
        {"type": "reasoning", "id": f"rs_{number}", "summary": [], "encrypted_content": f"gAAAAB{number}"}
        for number in range(100_000)
    ]
    return {
        "id": "resp_1a",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": "m",
        "output": items,
    }


_NESTED = _deep(200_000)
_CUT = head(200, {"Content-Type": _JSON, "Content-Length": str(len(_ANSWER) + 50)}) + _ANSWER
_ZIPPED = gzip.compress(_ANSWER)
_LENGTH = str(len(_ANSWER))

BEHAVIOURS: dict[str, Behaviour] = {
    "endless": _endless,
    "steady": _steady,
    "unfinished": _unfinished,
    "obfuscated": _obfuscated,
    "choices": _whole(_choices()),
    "sealed": _whole(_sealed()),
    "megabytes": _whole(completion("The shipment left harbour on Monday, and nobody saw it again. " * 130_000)),
    "comments": _comments,
    "drip": _drip,
    "endless-headers": _endless_headers,
    "endless-body": _endless_body,
    "endless-line": _endless_line,
    "slow-head": _slow_head,
    "gzip-bomb": _gzip_bomb,
    "length-long": _raw(_CUT),
    "length-short": _reply({"Content-Type": _JSON, "Content-Length": "20"}, _ANSWER),
    "length-negative": _reply({"Content-Type": _JSON, "Content-Length": "-1"}, _ANSWER),
    "length-twice": _raw(
        f"HTTP/1.1 200 OK\r\nContent-Type: {_JSON}\r\nContent-Length: 5\r\nContent-Length: {_LENGTH}\r\n\r\n".encode()
        + _ANSWER
    ),
    "length-and-chunked": _reply(
        {"Content-Type": _JSON, "Content-Length": _LENGTH, "Transfer-Encoding": "chunked"}, b"zz\r\n" + _ANSWER
    ),
    "bad-chunk": _reply({"Content-Type": _JSON, "Transfer-Encoding": "chunked"}, b"fffffffffffffffff\r\nhello"),
    "cut-chunk": _reply({"Content-Type": _JSON, "Transfer-Encoding": "chunked"}, b"400\r\n" + _ANSWER[:100]),
    "redirect": _reply({"Location": "http://127.0.0.1:9/elsewhere", "Content-Length": "0"}, b"", 307),
    "redirect-inside": _reply({"Location": "/local/v1/chat/completions", "Content-Length": "0"}, b"", 302),
    "upgrade": _reply({"Upgrade": "websocket", "Connection": "Upgrade"}, b"", 101),
    "continue-only": _raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
    "no-http": _raw(b"\x16\x03\x01\x00\x00 not http at all\r\n\r\n"),
    "empty": _raw(b""),
    "region-elsewhere": _reply({"Content-Type": _JSON, "x-ms-region": "japaneast", "Content-Length": _LENGTH}, _ANSWER),
    "status-999": _raw(b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"),
    "status-lie": _reply({"Content-Type": _JSON, "Content-Length": "31"}, b'{"error": {"message": "not ok"}'),
    "no-content": _reply({}, b"", 204),
    "html": _reply({"Content-Type": "text/html", "Content-Length": "13"}, b"<html></html>"),
    "array": _reply({"Content-Type": _JSON, "Content-Length": "2"}, b"[]"),
    "no-choices": _reply({"Content-Type": _JSON, "Content-Length": "14"}, b'{"choices":[]}'),
    "nulls": _reply({"Content-Type": _JSON, "Content-Length": "16"}, b'{"choices":null}'),
    "nested": _reply({"Content-Type": _JSON, "Content-Length": str(len(_NESTED))}, _NESTED),
    "bad-utf8": _reply({"Content-Type": _JSON, "Content-Length": "18"}, b'{"choices":"\xff\xfe"}  '),
    "half-gzip": _reply(
        {"Content-Type": _JSON, "Content-Encoding": "gzip", "Content-Length": str(len(_ZIPPED) // 2)},
        _ZIPPED[: len(_ZIPPED) // 2],
    ),
    "false-gzip": _reply({"Content-Type": _JSON, "Content-Encoding": "gzip", "Content-Length": _LENGTH}, _ANSWER),
    "header-split": _raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: a\rSet-Cookie: b=c\r\nContent-Length: 2\r\n\r\n{}"
    ),
    "stream-no-end": _raw(head(200, _SSE), event({"content": "half"})),
    "stream-bad-event": _raw(head(200, _SSE), b'data: {"choices": [\n\n', b"data: [DONE]\n\n"),
    "stream-as-json": _reply({"Content-Type": _JSON, "Content-Length": _LENGTH}, _ANSWER),
}

#: Everything evil that a whole request and a streamed one can meet within seconds.
CONTAINED_WHOLE = tuple(
    name
    for name in BEHAVIOURS
    if not name.startswith(("stream-", "region-"))
    and name
    not in {
        "endless",
        "steady",
        "unfinished",
        "obfuscated",
        "choices",
        "sealed",
        "megabytes",
        "comments",
        "drip",
        "slow-head",
        "endless-line",
    }
)
CONTAINED_STREAM = ("stream-no-end", "stream-bad-event", "stream-as-json", "endless-line", "endless-headers", "redirect",
                    "bad-chunk", "cut-chunk", "no-http", "empty", "html", "gzip-bomb", "length-short")  # fmt: skip
