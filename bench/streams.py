"""The cost of the proxy on streams: ``python -m bench.streams``.

Ten streams of a hundred events, 20 ms apart, through nothing, the bare aiohttp proxy and the whole product. The model
API writes a pseudonym of the request, cut in two, into every tenth event, so ours has one to put back. Every event
says when it was sent; transit is how long it took to arrive. Read differences between rows: absolute numbers move
with the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from bench.overhead import bodies, targets
from bench.overhead.targets import Target, cpu_seconds
from bench.overhead.upstream import EVENTS, PACE_S

_SENT = re.compile(rb'"id": ?"t(\d+)"')
_END = b"0\r\n\r\n"
_DEFAULT_OUT = Path(__file__).parent / "out" / "streams"
#: A text with a name, so that there is a pseudonym to put back.
_TEXT = "Please write to Maria Schmidt and tell her that the delivery is late."


@dataclass
class Result:
    """What the streams of one run saw: seconds, and counts."""

    first: list[float] = field(default_factory=list)
    transits: list[float] = field(default_factory=list)
    reads: int = 0
    restored: int = 0
    leaked: int = 0
    broken: int = 0


class Stream(asyncio.Protocol):
    """One streamed request on a connection of its own."""

    def __init__(self, target: Target, result: Result) -> None:
        self.target, self.result = target, result
        self.done = asyncio.get_running_loop().create_future()
        self.buffer, self.text, self.events = b"", b"", 0

    def connection_made(self, transport: asyncio.WriteTransport) -> None:  # type: ignore[override]
        document = json.loads(bodies.make("300", stream=True)[0])
        document["messages"].append({"role": "user", "content": _TEXT})
        body = json.dumps(document).encode()
        head = (
            f"POST {self.target.path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.target.key}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.transport = transport
        self.started = time.monotonic_ns()
        transport.write(head.encode() + body)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self.buffer += data
        self.text += data
        sent = list(_SENT.finditer(self.buffer))
        if sent:
            if not self.events:
                self.result.first.append((now - self.started) / 1e9)
            self.events += len(sent)
            self.result.reads += 1
            self.result.transits += [(now - int(match[1])) / 1e9 for match in sent]
            self.buffer = self.buffer[sent[-1].end() :]
        if self.text.endswith(_END):
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.result.broken += error is not None or self.events != EVENTS
        self.result.restored += self.text.count(b"Schmidt")
        self.result.leaked += self.text.count(b"Name_")
        self.done.set_result(None)


async def streams(target: Target, count: int) -> Result:
    """Run ``count`` streams, begun within one pace of each other."""
    result, loop, running = Result(), asyncio.get_running_loop(), []
    for _ in range(count):
        _, stream = await loop.create_connection(lambda: Stream(target, result), "127.0.0.1", target.port)
        running.append(stream)
        await asyncio.sleep(PACE_S / count)
    for stream in running:
        await asyncio.wait_for(stream.done, 60)
    return result


def one(target: Target, count: int) -> dict[str, float]:
    """Measure one target once."""
    before, beside = cpu_seconds(target.proxy()), cpu_seconds(target.beside())
    result = uvloop.run(streams(target, count))
    events = max(1, len(result.transits))
    ordered = sorted(result.transits)
    return {
        "first_ms": 1e3 * statistics.median(result.first),
        "p50_us": 1e6 * ordered[events // 2],
        "p99_us": 1e6 * ordered[int(events * 0.99)],
        "cpu_us": 1e6 * (cpu_seconds(target.proxy()) - before) / events,
        "beside_us": 1e6 * (cpu_seconds(target.beside()) - beside) / events,
        "reads": result.reads / events,
        "restored": result.restored / count,
        "leaked": result.leaked / count,
        "broken": result.broken,
    }


@contextlib.contextmanager
def everything(out: Path) -> Iterator[list[Target]]:
    """Run all targets."""
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(targets.upstream(out))
        chosen = [Target("direct", upstream, list), stack.enter_context(targets.bare(out, upstream))]
        chosen += [one for one in stack.enter_context(targets.ours(out, upstream)) if not one.fresh]
        yield chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.streams")
    parser.add_argument("--streams", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=_DEFAULT_OUT)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[dict[str, float]]] = {}
    with everything(options.out) as chosen:
        for target in chosen:
            one(target, 2)
        for turn in range(options.rounds):
            for target in chosen if turn % 2 == 0 else chosen[::-1]:
                rows.setdefault(target.name, []).append(one(target, options.streams))
    show(
        {name: {key: statistics.median(row[key] for row in found) for key in found[0]} for name, found in rows.items()}
    )


def show(medians: dict[str, dict[str, float]]) -> None:
    """Print one row per target."""
    made = Table(title=f"streams of {EVENTS} events, {1000 * PACE_S:.0f} ms apart", title_justify="left")
    columns = ("target", "first event ms", "p50 transit µs", "p99 transit µs", "CPU µs/event", "beside µs/event",
               "reads/event", "restored", "left", "broken")  # fmt: skip
    for name in columns:
        made.add_column(name, justify="left" if name == "target" else "right")
    for name, value in medians.items():
        made.add_row(
            name, f"{value['first_ms']:.1f}", f"{value['p50_us']:,.0f}", f"{value['p99_us']:,.0f}",
            f"{value['cpu_us']:,.0f}", f"{value['beside_us']:,.0f}", f"{value['reads']:.2f}",
            f"{value['restored']:.0f}", f"{value['leaked']:.0f}", f"{value['broken']:.0f}",
        )  # fmt: skip
    console = Console(width=150)
    console.print(made)
    bare, ours = medians["bare aiohttp"], medians["ours, known text"]
    console.print(f"first event over the bare proxy: {ours['first_ms'] - bare['first_ms']:.1f} ms")
    console.print(f"CPU per event: {ours['cpu_us'] / max(bare['cpu_us'], 1e-9):.2f} times the bare proxy's")


if __name__ == "__main__":
    main()
