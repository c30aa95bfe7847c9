"""Whether findings depend on anything but the text: batch, order, threads, process.

``python -m bench.invariance --texts 10000`` reads seeded texts one by one as ``detect --jsonl`` does, then in shuffled
batches, in reverse order with two threads, and in a worker process as the proxy does; it prints how many texts' findings or scores differ and
ends with status 1 where any does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from proxy.detection import documents
from proxy.detection.models import arithmetic

arithmetic.pin()

# ruff: noqa: E402 -- before anything computes
import torch

from bench.detection_texts import Maker
from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.pool.process import WorkerProcess
from proxy.detection.pool.wire import pack
from proxy.detection.reading import TextReader

PAYLOADS = Path(__file__).parent / "payloads"
Read = Callable[[Sequence[str]], list[SegmentFindings]]
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_START_S = 300.0


def texts(count: int, seed: int = 1) -> list[str]:
    """Return distinct texts of one to four sentences, lines of code, rows and records, in eight languages."""
    chance, maker = random.Random(seed), Maker(seed)
    rows = [line for file in sorted(PAYLOADS.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
    pool = [part for row in rows for part in _SENTENCE.split(json.loads(row)["text"]) if 3 < len(part) < 400]
    made: dict[str, None] = {}
    while len(made) < count:
        parts = [
            chance.choice(pool) if chance.random() < 0.8 else chance.choice(list(maker.kinds.values()))()
            for _ in range(chance.randint(1, 4))
        ]
        made[chance.choice((" ", "\n")).join(parts)] = None
    return list(made)


def batched(read: Read, given: Sequence[str], order: Sequence[int], size: int) -> list[SegmentFindings]:
    """Read the texts in this order, ``size`` at a time; return what was found in the order they were given."""
    found: dict[int, SegmentFindings] = {}
    for first in range(0, len(order), size):
        places = order[first : first + size]
        found.update(zip(places, read([given[place] for place in places]), strict=True))
    return [found[place] for place in range(len(given))]


def differing(one: Sequence[SegmentFindings], other: Sequence[SegmentFindings]) -> list[int]:
    """Return the texts whose findings, scores, language or status are not the same, to the digits that are reported."""
    return [place for place, pair in enumerate(zip(one, other, strict=True)) if pack(pair[0]) != pack(pair[1])]


def variants(read: Read, given: Sequence[str], seed: int = 1) -> dict[str, Callable[[], list[SegmentFindings]]]:
    """Return ways of reading the same texts."""
    straight = list(range(len(given)))
    shuffled = random.Random(seed).sample(straight, len(straight))

    def threads() -> list[SegmentFindings]:
        torch.set_num_threads(2)
        try:
            return batched(read, given, straight[::-1], 7)
        finally:
            torch.set_num_threads(1)

    return {
        "shuffled, 32 at a time": lambda: batched(read, given, shuffled, 32),
        "reversed, 7 at a time, 2 threads": threads,
    }


async def _worker(given: Sequence[str], scan: Callable[[str], Sequence[Finding]]) -> list[SegmentFindings]:
    worker = WorkerProcess()
    await worker.start(_START_S)
    try:
        asked, findings = documents.units(given), []
        parts = documents.parts(asked)
        for first in range(0, len(parts), 24):
            findings.extend(await worker.ask(parts[first : first + 24]))
        return documents.finished(asked, findings, scan)
    finally:
        await worker.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(1)
    made, reader = texts(given.texts, given.seed), TextReader()
    read, scan = reader.read, reader.engine.scanner.scan
    alone = batched(read, made, range(len(made)), 1)
    print(f"{len(made)} texts, {sum(map(len, made))} characters, {sum(len(s.findings) for s in alone)} findings")
    total = 0
    ways = variants(read, made, given.seed) | {
        "another process, 24 at a time": lambda: asyncio.run(_worker(made, scan))
    }
    for name, way in ways.items():
        began = time.monotonic()
        places = differing(alone, way())
        total += len(places)
        print(f"{name:<34} {len(places):>6} differ   ({time.monotonic() - began:.0f} s)", flush=True)
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
