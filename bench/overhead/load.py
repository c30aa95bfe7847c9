"""A closed-loop HTTP/1.1 load: N connections, each sends its next request when the last reply is whole.

``python -m bench.overhead.load`` reads one JSON job from standard input and prints one JSON result.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import uvloop

from bench.overhead import bodies, conversations

#: Numbers of new texts that one connection has to itself.
_APART = 1_000


@dataclass
class Job:
    """What to send where, for how long. Connections use the keys in turn."""

    port: int
    size: str
    connections: int
    seconds: float
    keys: list[str]
    path: str = "/v1/chat/completions"
    fresh: int = 0  # > 0: every text is new, numbered from here; of a conversation only the last message
    messages: int = 0  # > 0: growing conversations of this length in place of bodies of a size
    seed: int = 0  # of the conversations; 0: every known text once under each key
    once: bool = False  # every known body is sent once; of conversations with a seed, the first turn

    def requests(self, number: int) -> Iterator[bytes]:
        """Yield the bodies that a connection sends, by its number."""
        if not self.messages:
            return self._sized(number)
        if not self.seed:
            return conversations.known(self.messages)
        fresh = self.fresh + number * _APART if self.fresh else 0
        turns = conversations.growing(self.messages, self.seed + number, fresh)
        return itertools.islice(turns, 1) if self.once else itertools.islice(turns, 1, None)

    def _sized(self, first: int) -> Iterator[bytes]:
        made = bodies.make(self.size)
        for number in (
            range(first, len(made), self.connections) if self.once else itertools.count(first, self.connections)
        ):
            body = made[number % len(made)]
            yield bodies.fresh(body, self.fresh + number) if self.fresh else body


@dataclass
class Result:
    """Latencies in seconds; statuses other than 200 count as errors."""

    latencies: list[float] = field(default_factory=list)
    errors: int = 0


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, job: Job, number: int, result: Result) -> None:
        self.job, self.result = job, result
        self.key = job.keys[number % len(job.keys)]
        self.requests = job.requests(number)
        self.until = time.perf_counter() + job.seconds
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.WriteTransport) -> None:  # type: ignore[override]
        self.transport = transport
        self.send()

    def send(self) -> None:
        """Send the next request; without one, close."""
        self.buffer = b""
        body = next(self.requests, None)
        if body is None:
            self.transport.close()
            return
        head = (
            f"POST {self.job.path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.key}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.started = time.perf_counter()
        self.transport.write(head.encode() + body)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not whole(self.buffer):
            return
        now = time.perf_counter()
        if self.buffer.startswith(b"HTTP/1.1 200"):
            self.result.latencies.append(now - self.started)
        else:
            self.result.errors += 1
        if now < self.until:
            self.send()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            self.result.errors += 1
        if not self.done.done():
            self.done.set_result(None)


def whole(buffer: bytes) -> bool:
    """Whether the reply in the buffer is complete."""
    head = buffer.find(b"\r\n\r\n")
    if head < 0:
        return False
    lower = buffer[:head].lower()
    at = lower.find(b"content-length:")
    if at >= 0:
        return len(buffer) >= head + 4 + int(lower[at + 15 :].split(b"\r\n", 1)[0])
    return buffer.endswith(b"0\r\n\r\n")


async def run(job: Job) -> Result:
    result = Result()
    loop = asyncio.get_running_loop()
    connections = []
    for number in range(job.connections):
        _, protocol = await loop.create_connection(lambda n=number: Connection(job, n, result), "127.0.0.1", job.port)
        connections.append(protocol)
    for protocol in connections:
        await asyncio.wait_for(protocol.done, job.seconds + 120)
    return result


def main() -> None:
    job = Job(**json.load(sys.stdin))
    started = time.perf_counter()
    result = uvloop.run(run(job))
    seconds = time.perf_counter() - started
    found = sorted(result.latencies)
    print(
        json.dumps(
            {
                "requests": len(found),
                "errors": result.errors,
                "per_second": len(found) / seconds,
                "p50_ms": 1000 * found[len(found) // 2] if found else None,
                "p99_ms": 1000 * found[int(len(found) * 0.99)] if found else None,
            }
        )
    )


if __name__ == "__main__":
    main()
