"""A model API as fast as Python allows: one fixed chat completion per request, or one paced stream.

``python -m bench.overhead.upstream PORT``
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time

import uvloop

from bench.overhead.framed import Framed, spoken_at, stamp

_EVENTS = "text/event-stream"
_PSEUDONYM = re.compile(rb"Name_[A-Z]{10}")
EVENTS = 100
PACE_S = 0.02
_ANSWER = json.dumps(
    {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-mini",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {
                    "role": "assistant",
                    "content": "The open items are the budget and the delivery date. " * 6,
                },
            }
        ],
        "usage": {"prompt_tokens": 400, "completion_tokens": 60, "total_tokens": 460},
    }
).encode()
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_ANSWER)
_WHOLE = _HEAD + _ANSWER
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
#: What a request holds that wants few events, far apart.
SLOW = 500_500
SLOW_EVENTS, SLOW_PACE_S = 20, 2.0


class Upstream(asyncio.Protocol):
    """Answers pipelined HTTP/1.1 POST requests that have a content length."""

    def connection_made(self, transport: asyncio.WriteTransport) -> None:  # type: ignore[override]
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            head = self.buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            at = self.buffer[:head].lower().find(b"content-length:")
            length = int(self.buffer[at + 15 : head].split(b"\r\n", 1)[0]) if at >= 0 else 0
            end = head + 4 + length
            if len(self.buffer) < end:
                return
            path = self.buffer.split(b" ", 2)[1].partition(b"?")[0].decode()
            body, self.buffer = self.buffer[head + 4 : end], self.buffer[end:]
            framed = spoken_at(path)
            if framed is not None and (
                framed.media != _EVENTS or b'"stream":true' in body or b'"stream": true' in body
            ):
                asyncio.get_running_loop().create_task(self.stream(framed, body))
            else:
                self.transport.write(_WHOLE)

    async def stream(self, framed: Framed, body: bytes) -> None:
        """Write paced events; every tenth pair holds a pseudonym of the request, cut in two."""
        found = _PSEUDONYM.findall(body)
        name = found[-1].decode() if found else "somebody"
        slow = str(SLOW).encode() in body
        self.transport.write(_STREAM_HEAD % framed.media.encode())
        for number in range(SLOW_EVENTS if slow else EVENTS):
            await asyncio.sleep(SLOW_PACE_S if slow else PACE_S)
            before = f"{name[7:]} " if number % 10 == 9 else ""
            after = name[:7] if number % 10 == 8 else "word "
            self.chunk(framed.event(f"{before}{stamp(time.monotonic_ns())} {after}", number))
        if framed.end:
            self.chunk(framed.end)
        self.transport.write(b"0\r\n\r\n")

    def chunk(self, data: bytes) -> None:
        self.transport.write(b"%x\r\n%s\r\n" % (len(data), data))


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
