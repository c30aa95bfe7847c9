"""The cost of the proxy on streams of every framing: ``python -m bench.streams``.

Ten streams of a hundred events, 20 ms apart, through nothing, the bare aiohttp proxy and the whole product, in each
framing. The model API writes a pseudonym of the request, cut in two, into every tenth event, so ours has one to put
back. Every event says when it was sent; transit is how long it took to arrive. Then the memory of many streams that are
open at once. Read differences between rows: absolute numbers move with the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
import yaml
from rich.console import Console
from rich.table import Table

from bench.overhead import targets
from bench.overhead.framed import FRAMED, Framed, stamps
from bench.overhead.targets import Target, cpu_seconds, memory_mb
from bench.overhead.upstream import EVENTS, PACE_S, SLOW, SLOW_EVENTS, SLOW_PACE_S
from proxy.codecs.endpoints import NAMES
from proxy.runtime.resources import shipped

_END = b"0\r\n\r\n"
_DEFAULT_OUT = Path(__file__).parent / "out" / "streams"
#: Texts of a request; in one of them a name, so that there is a pseudonym to put back.
_TEXTS = [
    "The migration of the billing service went live on Tuesday and the error rate went back to normal. " * 3,
    "Please write to Maria Schmidt and tell her that the delivery is late.",
]


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

    def __init__(self, target: Target, framed: Framed, result: Result, *, slow: bool = False) -> None:
        self.target, self.framed, self.result, self.slow = target, framed, result, slow
        self.done = asyncio.get_running_loop().create_future()
        self.buffer, self.text, self.events = b"", b"", 0

    def connection_made(self, transport: asyncio.WriteTransport) -> None:  # type: ignore[override]
        document = self.framed.ask(_TEXTS) | ({"seed": SLOW} if self.slow else {})
        body = json.dumps(document).encode()
        head = (
            f"POST {self.framed.path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.target.key}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.transport = transport
        self.started = time.monotonic_ns()
        transport.write(head.encode() + body)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self.buffer += data
        self.text += data
        sent = stamps(self.buffer)
        if sent:
            if not self.events:
                self.result.first.append((now - self.started) / 1e9)
            self.events += len(sent)
            self.result.reads += 1
            self.result.transits += [(now - at) / 1e9 for at, _ in sent]
            self.buffer = self.buffer[sent[-1][1] :]
        if self.text.endswith(_END):
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.result.broken += error is not None or self.events != (SLOW_EVENTS if self.slow else EVENTS)
        self.result.restored += self.text.count(b"Schmidt")
        self.result.leaked += self.text.count(b"Name_")
        self.done.set_result(None)


async def streams(target: Target, framed: Framed, count: int) -> Result:
    """Run ``count`` streams, begun within one pace of each other."""
    result, loop, running = Result(), asyncio.get_running_loop(), []
    for _ in range(count):
        _, stream = await loop.create_connection(lambda: Stream(target, framed, result), "127.0.0.1", target.port)
        running.append(stream)
        await asyncio.sleep(PACE_S / count)
    for stream in running:
        await asyncio.wait_for(stream.done, 60)
    return result


def one(target: Target, framed: Framed, count: int) -> dict[str, float]:
    """Measure one target once."""
    before, beside = cpu_seconds(target.proxy()), cpu_seconds(target.beside())
    result = uvloop.run(streams(target, framed, count))
    events = max(1, len(result.transits))
    ordered = sorted(result.transits) or [0.0]
    return {
        "first_ms": 1e3 * statistics.median(result.first or [0.0]),
        "p50_us": 1e6 * ordered[len(ordered) // 2],
        "p99_us": 1e6 * ordered[int(len(ordered) * 0.99)],
        "cpu_us": 1e6 * (cpu_seconds(target.proxy()) - before) / events,
        "beside_us": 1e6 * (cpu_seconds(target.beside()) - beside) / events,
        "reads": result.reads / events,
        "restored": result.restored / count,
        "leaked": result.leaked / count,
        "broken": result.broken,
    }


async def held(target: Target, count: int) -> tuple[float, int]:
    """Open ``count`` streams whose events are far apart; return how many MiB they take, and how many broke."""
    result, loop, running = Result(), asyncio.get_running_loop(), []
    before = memory_mb(target.proxy())
    for _ in range(count):
        _, stream = await loop.create_connection(
            lambda: Stream(target, FRAMED[0], result, slow=True), "127.0.0.1", target.port
        )
        running.append(stream)
        await asyncio.sleep(SLOW_PACE_S * SLOW_EVENTS / 4 / count)
    while len(result.first) < count and not any(stream.done.done() for stream in running):
        await asyncio.sleep(0.1)
    taken = memory_mb(target.proxy()) - before
    for stream in running:
        await asyncio.wait_for(stream.done, 120)
    return taken, result.broken


def configured(folder: Path, upstream: int) -> Path:
    """Write a registry in which a third party speaks the dialect of each framing."""
    folder.mkdir(parents=True, exist_ok=True)
    registry = yaml.safe_load((shipped("config") / "registry.yaml").read_text())
    endpoints = {}
    for framed in FRAMED:
        target = f"standin/{framed.dialect}"
        registry["targets"][target] = registry["targets"]["standin/eu"] | {"operations": ["chat", "completion"]}
        spoken = sorted(name for name in NAMES if name.partition("_")[0] == framed.dialect)
        address = f"http://127.0.0.1:{upstream}{framed.below}"
        endpoints[target] = {"base_url": address, "models": {"*": "*"}, "dialects": spoken}
    written = {
        "registry": registry, "endpoints": {"endpoints": endpoints},
        "routes": {"routes": [{"model": "*", "targets": [*endpoints]}]},
    }  # fmt: skip
    for name, content in written.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    return folder


@contextlib.contextmanager
def everything(out: Path) -> Iterator[list[Target]]:
    """Run all targets."""
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(targets.upstream(out))
        chosen = [Target("direct", upstream, list), stack.enter_context(targets.bare(out, upstream))]
        more = {
            "PROXY_CONFIG_DIR": str(configured(out / "config", upstream)),
            "PROXY_KEY_CONCURRENCY": "1000", "PROXY_TENANT_CONCURRENCY": "1000",
        }  # fmt: skip
        chosen += [one for one in stack.enter_context(targets.ours(out, upstream, more)) if not one.fresh]
        yield chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.streams")
    parser.add_argument("--streams", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--held", type=int, default=500, help="streams open at once for their memory; 0 for none")
    parser.add_argument("--out", type=Path, default=_DEFAULT_OUT)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    console = Console(width=150)
    with everything(options.out) as chosen:
        for framed in FRAMED:
            rows: dict[str, list[dict[str, float]]] = {}
            for target in chosen:
                one(target, framed, 2)
            for turn in range(options.rounds):
                for target in chosen if turn % 2 == 0 else chosen[::-1]:
                    rows.setdefault(target.name, []).append(one(target, framed, options.streams))
            show(console, framed.name, {name: _medians(found) for name, found in rows.items()})
        for target in chosen[1:] if options.held else ():
            taken, broken = uvloop.run(held(target, options.held))
            each = 1024 * taken / options.held
            console.print(
                f"{options.held} open streams, {target.name}: {taken:.0f} MiB, {each:.0f} KiB each, {broken} broken"
            )


def _medians(found: list[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.median(row[key] for row in found) for key in found[0]}


def show(console: Console, framing: str, medians: dict[str, dict[str, float]]) -> None:
    """Print one row per target."""
    made = Table(title=f"{framing}: streams of {EVENTS} events, {1000 * PACE_S:.0f} ms apart", title_justify="left")
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
    console.print(made)
    bare, ours = medians["bare aiohttp"], medians["ours, known text"]
    added = ours["p50_us"] - bare["p50_us"]
    console.print(f"transit of an event over the bare proxy: {added:,.0f} µs at the median")
    console.print(f"first event over the bare proxy: {ours['first_ms'] - bare['first_ms']:.1f} ms")
    console.print(f"CPU per event: {ours['cpu_us'] / max(bare['cpu_us'], 1e-9):.2f} times the bare proxy's")


if __name__ == "__main__":
    main()
