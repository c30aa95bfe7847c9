"""What saturates first, and how long requests wait, in a fleet of regions: a simulation from service times.

Run: python -m bench.simulation [--rate N] [--regions N] [--new SHARE] [--proxies N] [--detectors N] [--times FILE]
     python -m bench.simulation --measure [--out DIR]

Requests come at random (Poisson) and pass the parts of their region: event loop, detection of new text, policy engine,
durable record in PostgreSQL (group commit: a flush takes all that wait), network. Each part is a queue with servers; the
target's own time is left out. Some are assumptions that no command measures; the table names them.
``--measure`` takes the service times of this machine with one caller from ``bench.overhead``, predicts its throughput
with 16, and says by how much it is wrong.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

_SECONDS, _SATURATED = 8.0, 0.97
_ASSUMED = ("engine", "engine_asked", "row", "rows", "network")
_LOOP, _DETECTOR, _ENGINE, _COMMITS, _NETWORK = (
    "event loop",
    "detection",
    "policy engine",
    "PostgreSQL commits",
    "network",
)


@dataclass(frozen=True, slots=True)
class Times:
    """Service times in seconds, sizes in bytes; docs/how-to/size-it.md says where each comes from."""

    loop: float = 0.0024
    loop_new: float = 0.0106  # more, of a request with new text
    detection: float = 0.085
    engine: float = 0.0004
    engine_asked: float = 0.1  # share of requests whose decision is not cached
    flush: float = 0.001
    row: float = 0.00002
    rows: float = 3.0  # of an exchange: decision, attempt, outcome
    network: float = 6_000.0  # bytes both ways, to callers and targets


@dataclass(frozen=True, slots=True)
class Region:
    """The servers of each part of one region; ``link`` is in bytes a second."""

    proxies: int
    detectors: int
    engines: int
    link: float = 1.25e9

    def capacities(self, times: Times, new: float) -> dict[str, float]:
        """Return the requests a second at which each part is busy all the time."""
        loop, detection = times.loop + new * times.loop_new, new * times.detection
        return {
            _LOOP: self.proxies / loop,
            _DETECTOR: self.detectors / detection if detection else float("inf"),
            _ENGINE: self.engines / (times.engine * times.engine_asked),
            _COMMITS: 1 / (times.row * times.rows),
            _NETWORK: self.link / times.network,
        }


@dataclass(slots=True)
class Part:
    """Servers with one queue. A flush of a ``batching`` part serves all that wait, in a time that grows with them."""

    servers: int
    batching: tuple[float, float] | None = None
    waiting: deque[tuple[int, float]] = field(default_factory=deque)
    busy: int = 0
    worked: float = 0.0


@dataclass(slots=True)
class Outcome:
    """What became of the requests of a region: done a second, seconds added, how busy each part was."""

    rate: float
    done: float
    added: list[float]
    busy: dict[str, float]

    def percentile(self, share: float) -> float:
        """Return a percentile of the seconds added."""
        return sorted(self.added)[int(share * (len(self.added) - 1))] if self.added else float("nan")


class Run:
    """One region at one rate, event by event."""

    def __init__(self, region: Region, times: Times, rate: float, new: float, seed: int) -> None:
        self._drawn = random.Random(seed)
        self._times, self._rate, self._new = times, rate, new
        self._parts = {
            _LOOP: Part(region.proxies),
            _DETECTOR: Part(region.detectors),
            _ENGINE: Part(region.engines),
            _COMMITS: Part(1, (times.flush, times.row * times.rows)),
            _NETWORK: Part(1),
        }
        self._network_s = times.network / region.link
        self._events: list[tuple[float, int, str, tuple[int, ...]]] = []
        self._ways: dict[int, deque[tuple[str, float]]] = {}
        self._begun: dict[int, float] = {}
        self._added: list[float] = []
        self._order = 0

    def outcome(self) -> Outcome:
        """Let requests come for some seconds, and see what is done by then."""
        now, number = 0.0, 0
        while (now := now + self._drawn.expovariate(self._rate)) < _SECONDS:
            self._push(now, "", (number,))
            number += 1
        while self._events and self._events[0][0] < _SECONDS:
            at, _, part, requests = heapq.heappop(self._events)
            if part:
                self._parts[part].busy -= 1
            for request in requests:
                if not part:
                    self._begun[request], self._ways[request] = at, deque(self._way())
                self._onward(request, at)
            if part:
                self._serve(part, at)
        busy = {name: part.worked / part.servers / _SECONDS for name, part in self._parts.items()}
        return Outcome(self._rate, len(self._added) / _SECONDS, self._added, busy)

    def _way(self) -> list[tuple[str, float]]:
        times, new = self._times, self._drawn.random() < self._new
        loop = times.loop + (times.loop_new if new else 0.0)
        way = [(_NETWORK, self._network_s / 2), (_LOOP, self._spread(0.6 * loop))]
        way += [(_DETECTOR, self._spread(times.detection))] if new else []
        way += [(_ENGINE, self._spread(times.engine))] if self._drawn.random() < times.engine_asked else []
        return [*way, (_COMMITS, 0.0), (_LOOP, self._spread(0.4 * loop)), (_NETWORK, self._network_s / 2)]

    def _spread(self, mean: float) -> float:
        """Return a service time: half of it is always there, the rest is drawn."""
        return mean / 2 + self._drawn.expovariate(2 / mean)

    def _onward(self, request: int, at: float) -> None:
        way = self._ways[request]
        if not way:
            del self._ways[request]
            self._added.append(at - self._begun.pop(request))
            return
        name, seconds = way.popleft()
        self._parts[name].waiting.append((request, seconds))
        self._serve(name, at)

    def _serve(self, name: str, at: float) -> None:
        part = self._parts[name]
        while part.waiting and part.busy < part.servers:
            if part.batching is None:
                request, seconds = part.waiting.popleft()
                requests: tuple[int, ...] = (request,)
            else:
                requests = tuple(request for request, _ in part.waiting)
                part.waiting.clear()
                seconds = part.batching[0] + part.batching[1] * len(requests)
            part.busy += 1
            part.worked += min(seconds, max(_SECONDS - at, 0.0))
            self._push(at + seconds, name, requests)

    def _push(self, at: float, part: str, requests: tuple[int, ...]) -> None:
        self._order += 1
        heapq.heappush(self._events, (at, self._order, part, requests))


def planned(times: Times, rate: float, new: float) -> Region:
    """Return a region whose loops and detectors are at 70 percent at a rate."""
    loop, detection = times.loop + new * times.loop_new, new * times.detection
    proxies = max(2, round(rate * loop / 0.7))
    return Region(proxies, max(2, round(rate * detection / 0.7)), proxies)


def report(options: argparse.Namespace, times: Times) -> Table:
    """Simulate one region at shares of its rate, and beyond."""
    rate = options.rate / options.regions
    plan = planned(times, rate, options.new)
    region = Region(
        options.proxies or plan.proxies, options.detectors or plan.detectors, options.proxies or plan.engines
    )
    capacities = region.capacities(times, options.new)
    table = Table(
        "requests/s, all regions", "done", "added p50", "added p99", *capacities, "saturated", box=None,
        title=f"{options.regions} regions, each {region.proxies} proxy processes and {region.detectors} detection workers; "
        f"{options.new:.0%} of requests with new text",
    )  # fmt: skip
    for share in (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0):
        outcome = Run(region, times, rate * share, options.new, options.seed).outcome()
        full = [name for name, busy in outcome.busy.items() if busy > _SATURATED and name != _COMMITS]
        full += [_COMMITS] if rate * share > capacities[_COMMITS] else []
        table.add_row(
            f"{options.rate * share:,.0f}", f"{outcome.done * options.regions:,.0f}",
            f"{1000 * outcome.percentile(0.5):,.1f} ms", f"{1000 * outcome.percentile(0.99):,.1f} ms",
            *(f"{busy:.0%}" for busy in outcome.busy.values()), ", ".join(full),
        )  # fmt: skip
    first = sorted(capacities.items(), key=lambda one: one[1])
    table.caption = "at which each is busy all the time, requests/s of a region: " + ", ".join(
        f"{name} {capacity:,.0f}" for name, capacity in first
    )
    table.caption += "; assumed, not measured: " + ", ".join(f"{name} {getattr(times, name):g}" for name in _ASSUMED)
    return table


def measured(out: Path) -> int:
    """Take service times with one caller, predict the throughput with 16, and print how wrong that is."""
    command = [sys.executable, "-m", "bench.overhead", "--sizes", "2k", "--conversations", "", "--connections", "1,16"]
    subprocess.run([*command, "--rounds", "3", "--seconds", "3", "--out", str(out)], check=True)
    rows = [json.loads(line) for line in (out / "rows.jsonl").read_text().splitlines()]
    table = Table("target", "predicted/s", "measured/s", "error", "cores it got", box=None)
    for name in ("ours, known text", "ours, new text"):
        alone, many = (_median(rows, name, connections) for connections in (1, 16))
        cores = many["per_second"] * (many["cpu_us"] + many["beside_us"]) / 1e6
        loop = many["per_second"] * many["cpu_us"] / 1e6
        predicted = min(cores / (alone["cpu_us"] + alone["beside_us"]), max(loop, cores / 2) / alone["cpu_us"]) * 1e6
        error = predicted / many["per_second"] - 1
        table.add_row(name, f"{predicted:,.0f}", f"{many['per_second']:,.0f}", f"{error:+.0%}", f"{cores:.2f}")
    known, fresh = (_median(rows, name, 1) for name in ("ours, known text", "ours, new text"))
    times = Times(
        loop=known["cpu_us"] / 1e6,
        loop_new=max(fresh["cpu_us"] - known["cpu_us"], 0.0) / 1e6,
        detection=max(fresh["beside_us"] - known["beside_us"], 1.0) / 1e6,
        engine=known["beside_us"] / 2e6,
    )
    (out / "times.json").write_text(json.dumps(asdict(times), indent=1))
    Console().print(table, f"service times: {out / 'times.json'} (--times)")
    return 0


def _median(rows: Sequence[dict[str, object]], name: str, connections: int) -> dict[str, float]:
    chosen = [
        row for row in rows if row["target"] == name and row["connections"] == connections and "failed" not in row
    ]
    return {
        key: sorted(float(str(row[key])) for row in chosen)[len(chosen) // 2]
        for key in ("per_second", "cpu_us", "beside_us")
    }


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulation", description=str(__doc__).splitlines()[0])
    parser.add_argument("--rate", type=float, default=10_000.0, help="requests a second of all regions")
    parser.add_argument("--regions", type=int, default=3)
    parser.add_argument("--new", type=float, default=0.25, help="share of requests with new text (default 0.25)")
    parser.add_argument(
        "--proxies", type=int, default=0, help="proxy processes of a region (0: as many as size-it says)"
    )
    parser.add_argument("--detectors", type=int, default=0, help="detection workers of a region (0: the same)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=Path, help="service times that --measure wrote")
    parser.add_argument("--measure", action="store_true", help="measure this machine, and judge the prediction")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "out" / "simulation")
    options = parser.parse_args()
    if options.measure:
        options.out.mkdir(parents=True, exist_ok=True)
        return measured(options.out)
    times = Times(**json.loads(options.times.read_text())) if options.times else Times()
    Console(width=220).print(report(options, times))
    return 0


if __name__ == "__main__":
    sys.exit(main())
