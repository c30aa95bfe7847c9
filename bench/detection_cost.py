"""What detection costs: CPU per size and tier, a repeated text, patterns by the megabyte, memory, a long conversation.

``python -m bench.detection_cost`` prints all tables, ``--quick`` smaller ones, ``--only sizes,patterns,...`` some.
Times are CPU seconds of this process (``time.process_time``), the second smallest of several rounds, with one thread.
Figures go to ``bench/out/detection_cost.json``, plots beside it where matplotlib is installed. All texts are made here.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # as in a worker, and before numpy is there

# ruff: noqa: E402
import argparse
import asyncio
import gc
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
from rich.progress import track

from bench.detection_texts import Maker

OUT = Path(__file__).parent / "out"
SIZES = {"100 B": 100, "1 KB": 1_000, "10 KB": 10_000, "100 KB": 100_000, "1 MB": 1_000_000}
PARTS = ("sizes", "repeated", "patterns", "memory", "workers", "conversation", "waiting")
KEY = b"k" * 32


def cpu(work: Callable[[], object], rounds: int = 7) -> float:
    """CPU seconds of one call: the second smallest of several."""
    times = []
    for _ in range(max(2, rounds)):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return sorted(times)[1]


def show(title: str, rows: Sequence[Sequence[str]]) -> None:
    print(f"\n{title}\n")
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        print(
            "  "
            + "  ".join(
                f"{cell:<{w}}" if not n else f"{cell:>{w}}" for n, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
        )


# --- CPU per size and tier ------------------------------------------------------------------------------------------


def _tiers() -> dict[str, Callable[[str], object]]:
    from proxy.detection.engine import DetectionEngine
    from proxy.detection.models.ner import NerEngine
    from proxy.detection.patterns.scanner import PatternScanner
    from proxy.detection.text import chunks

    engine = DetectionEngine.load()
    ner = NerEngine(["en"])
    ner.load()
    from proxy.detection.models import classifier_files
    from proxy.detection.models.classifier import load

    classifier = load(classifier_files.chosen())

    def pieces(text: str) -> list[str]:
        return [part for _, part in chunks.split(text)]

    def batched(read: Callable[[list[str]], object]) -> Callable[[str], object]:
        """As the pool hands long texts out: a piece at a time."""

        def run(text: str) -> None:
            parts = pieces(text)
            for part in parts:
                read([part])

        return run

    tiers = {
        "patterns": PatternScanner().scan,
        "spaCy": batched(lambda parts: list(ner.process_batch(parts, "en"))),
        "all tiers": batched(engine.detect),
    }
    if classifier is not None:
        tiers["classifier"] = batched(classifier.find)
    return {name: tiers[name] for name in ("patterns", "spaCy", "classifier", "all tiers") if name in tiers}


def sizes(quick: bool) -> dict[str, dict[str, float]]:
    tiers = _tiers()
    text = Maker().text("prose", 100_000 if quick else 1_000_000)
    report: dict[str, dict[str, float]] = {name: {} for name in tiers}
    for label, size in SIZES.items():
        if size > len(text):
            continue
        part = text[-size:]
        rounds = 9 if size <= 1_000 else 5 if size <= 10_000 else 3 if size <= 100_000 else 2
        for name, run in tiers.items():
            if size > 100_000 and name not in {"patterns", "all tiers"}:
                continue
            report[name][label] = cpu(lambda run=run, part=part: run(part), rounds) * 1e3
    labels = [label for label in SIZES if label in report["all tiers"]]
    rows = [
        ["CPU ms", *labels],
        *([name, *(f"{row[label]:.2f}" if label in row else "-" for label in labels)] for name, row in report.items()),
    ]
    whole = report["all tiers"]
    rows.append(["all tiers, ms per KB", *(f"{whole[label] / SIZES[label] * 1e3:.1f}" for label in labels)])
    show("Cost of new text (prose, English), CPU of one core", rows)
    return report


# --- a text seen before ---------------------------------------------------------------------------------------------


def repeated(quick: bool) -> dict[str, float]:
    from proxy.detection.detector import PooledDetector

    async def measure() -> dict[str, float]:
        detector = PooledDetector(workers=1, deadline_s=30.0, queue=8, cache_bytes=32 << 20, key=KEY)
        await detector.start()
        try:
            found = {}
            count = 500 if quick else 3_000
            for label, size in (("1 KB", 1_000), ("10 KB", 10_000)):
                text = [Maker(3).text("prose", size)]
                await detector.detect(text, "bench")
                best = float("inf")
                for _ in range(5):
                    began = time.process_time()
                    for _ in range(count // 5):
                        await detector.detect(text, "bench")
                    best = min(best, (time.process_time() - began) / (count // 5))
                found[label] = best * 1e6
            return found
        finally:
            await detector.close()

    found = asyncio.run(measure())
    show(
        "A text seen before (cache look-up, whole call)",
        [["", *found], ["CPU µs", *(f"{value:.1f}" for value in found.values())]],
    )
    return found


# --- the pattern tier ------------------------------------------------------------------------------------------------


def patterns(quick: bool) -> dict[str, dict[str, float]]:
    from proxy.detection.patterns.scanner import PatternScanner

    scanner = PatternScanner()
    report = {}
    for kind in Maker().kinds:
        text = Maker(2).text(kind, 100_000 if quick else 400_000)
        found = len(scanner.scan(text))
        seconds = cpu(lambda text=text: scanner.scan(text), 5)
        report[kind] = {"mb_per_s": len(text) / seconds / 1e6, "findings_per_kb": found / len(text) * 1e3}
    rows = [
        ["", "MB/s", "findings per KB"],
        *([kind, f"{row['mb_per_s']:.1f}", f"{row['findings_per_kb']:.2f}"] for kind, row in report.items()),
    ]
    show("Pattern tier", rows)
    return report


# --- memory of a worker ----------------------------------------------------------------------------------------------


def _memory(pid: int) -> tuple[float, float]:
    """(resident, proportional) megabytes of a process; the second is 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        import psutil

        return psutil.Process(pid).memory_info().rss / 1e6, 0.0
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 / 1e6 for line in lines}
    return sizes["Rss"], sizes["Pss"]


def memory(requests: int) -> list[dict[str, float]]:
    from proxy.detection.detector import PooledDetector

    async def measure() -> list[dict[str, float]]:
        detector = PooledDetector(workers=1, deadline_s=60.0, queue=8, cache_bytes=0, key=KEY)
        await detector.start()
        maker, rows, pid = Maker(5), [], detector.pids[0]
        marks = {0, *(round(requests * share) for share in (0.01, 0.1, 0.25, 0.5, 0.75, 1.0))}
        try:
            for number in track(range(requests + 1), "requests"):
                if number in marks:
                    resident, proportional = _memory(pid)
                    rows.append({"requests": number, "rss_mb": resident, "pss_mb": proportional})
                kind = ("prose", "JSON", "code", "dense")[number % 4]
                await detector.detect([maker.text(kind, 200 + number * 37 % 1_500)], "bench")
            if detector.pids[0] != pid:
                print("the worker was replaced meanwhile")
        finally:
            await detector.close()
        return rows

    rows = asyncio.run(measure())
    table = [
        ["requests", "RSS MB", "PSS MB"],
        *([f"{row['requests']:.0f}", f"{row['rss_mb']:.0f}", f"{row['pss_mb']:.0f}"] for row in rows),
    ]
    show("Memory of a model worker, every request a new text", table)
    return rows


# --- memory of several workers ---------------------------------------------------------------------------------------


def workers(requests: int) -> list[dict[str, float]]:
    """Workers that share loaded models, as in ``run`` and ``serve``: memory of all at rest, whoever shares it (PSS)."""
    from proxy.detection.detector import PooledDetector
    from proxy.detection.pool.loading import NurseryPart
    from proxy.detection.pool.process import spawning

    async def measure(count: int, spawn: Any, nursery: psutil.Process) -> list[dict[str, float]]:
        detector = PooledDetector(workers=count, deadline_s=60.0, queue=64, cache_bytes=0, key=KEY, spawn=spawn)
        await detector.start()
        maker, rows = Maker(count), []
        try:
            while len(detector.pids) < count or not all(detector.pids):
                await asyncio.sleep(0.1)
            for read in (0, requests):
                for number in track(range(0, read, 8), f"{count} workers"):
                    kind = ("prose", "JSON", "code", "dense")[number // 8 % 4]
                    texts = [maker.text(kind, 200 + number * 37 % 1_500) for _ in range(8)]
                    await asyncio.gather(*(detector.detect([text], f"tenant-{n}") for n, text in enumerate(texts)))
                await asyncio.sleep(2.0)  # at rest, when they have given free memory back
                family = (nursery, *nursery.children(recursive=True))
                total = sum(_memory(process.pid)[1] for process in family)
                rows.append({"workers": count, "requests": read, "processes": len(family), "pss_mb": total})
        finally:
            await detector.close()
        return rows

    part = NurseryPart(None)
    part.begin()
    try:
        nursery = psutil.Process(part.group)
        spawn = spawning(os.dup(part.clients), Path())
        rows = [row for count in (1, 4) for row in asyncio.run(measure(count, spawn, nursery))]
    finally:
        part.close()
    head = ["workers", "requests before", "processes", "PSS MB together"]
    table = [head, *([*(f"{row[name]:.0f}" for name in row)] for row in rows)]
    show("Memory of detection workers that share loaded models", table)
    return rows


# --- a growing conversation ------------------------------------------------------------------------------------------


def conversation(quick: bool) -> list[dict[str, float]]:
    """Each turn sends all messages so far, as agents do."""
    from proxy.detection.detector import PooledDetector

    messages = Maker(7).conversation(40 if quick else 200)
    characters = sum(map(len, messages))

    async def replay(workers: int, proxies: int) -> dict[str, float]:
        detectors = [
            PooledDetector(workers=workers, deadline_s=60.0, queue=8, cache_bytes=32 << 20, key=KEY)
            for _ in range(proxies)
        ]
        for detector in detectors:
            await detector.start()
        cached = asked = 0
        began = time.process_time()
        try:
            for turn in track(range(1, len(messages) + 1), f"{proxies} proxies, {workers} workers each"):
                found = await detectors[turn % proxies].detect(messages[:turn], "bench")
                asked += turn
                cached += found.cached
        finally:
            own = time.process_time() - began
            kept = sum(detector.cache.bytes for detector in detectors)
            entries = sum(len(detector.cache) for detector in detectors)
            for detector in detectors:
                await detector.close()
        return {
            "proxies": proxies,
            "workers": workers,
            "hit_rate": cached / asked,
            "cache_kb": kept / 1e3,
            "entries": entries,
            "own_ms_per_turn": own / len(messages) * 1e3,
        }

    rows = [asyncio.run(replay(workers, proxies)) for workers, proxies in ((1, 1), (2, 1), (1, 2))]
    head = [
        "proxies",
        "model workers each",
        "texts from the cache",
        "cache memory KB",
        "entries",
        "proxy CPU ms per turn",
    ]
    table = [
        head,
        *(
            [
                f"{r['proxies']}",
                f"{r['workers']}",
                f"{r['hit_rate']:.2%}",
                f"{r['cache_kb']:.0f}",
                f"{r['entries']}",
                f"{r['own_ms_per_turn']:.2f}",
            ]
            for r in rows
        ),
    ]
    show(f"A conversation of {len(messages)} messages, {characters} characters, replayed turn by turn", table)
    return rows


# --- short texts of several requests ----------------------------------------------------------------------------------


def waiting(quick: bool) -> list[dict[str, float]]:
    """New texts of one size, one request after the other and 16 requests at once: CPU of the workers per text."""
    from proxy.detection.detector import PooledDetector

    async def read(detector: PooledDetector, texts: Sequence[str], at_once: int) -> float:
        [worker] = map(psutil.Process, detector.pool.pids)
        processes = (worker, *worker.children(recursive=True))
        began = sum(sum(process.cpu_times()[:2]) for process in processes)
        for start in range(0, len(texts), at_once):
            await asyncio.gather(*(detector.detect([text], "bench") for text in texts[start : start + at_once]))
        return (sum(sum(process.cpu_times()[:2]) for process in processes) - began) / len(texts) * 1e3

    async def measured() -> list[dict[str, float]]:
        detector = PooledDetector(workers=1, deadline_s=60.0, queue=64, cache_bytes=32 << 20, key=KEY)
        await detector.start()
        make, rows = Maker(7), []
        try:
            for size in (60, 200, 600, 2000):
                costs: dict[int, list[float]] = {1: [], 16: []}
                for _ in range(2 if quick else 5):
                    for at_once, found in costs.items():
                        found.append(await read(detector, [make.text("prose", size) for _ in range(64)], at_once))
                rows.append({"characters": size, **{f"{n}_at_once_ms": min(found) for n, found in costs.items()}})
        finally:
            await detector.close()
        return rows

    rows = asyncio.run(measured())
    head = ["characters", "one at a time, CPU ms a text", "16 at once", "ratio"]
    table = [
        [
            f"{row['characters']}",
            f"{row['1_at_once_ms']:.1f}",
            f"{row['16_at_once_ms']:.1f}",
            f"{row['16_at_once_ms'] / row['1_at_once_ms']:.2f}",
        ]
        for row in rows
    ]
    show("New texts of several requests (detection worker)", [head, *table])
    return rows


def _plot(report: dict[str, Any]) -> None:
    try:
        import matplotlib as mpl
    except ImportError:
        print("\nmatplotlib is not installed: no plots")
        return
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    if "sizes" in report:
        plt.figure(figsize=(6, 4))
        for name, row in report["sizes"].items():
            plt.loglog([SIZES[label] for label in row], list(row.values()), marker="o", label=name)
        plt.xlabel("characters")
        plt.ylabel("CPU ms")
        plt.legend()
        plt.tight_layout()
        plt.savefig(OUT / "detection_cost_sizes.png")
        plt.close()
    if "memory" in report:
        plt.figure(figsize=(6, 4))
        plt.plot([row["requests"] for row in report["memory"]], [row["rss_mb"] for row in report["memory"]], marker="o")
        plt.xlabel("requests")
        plt.ylabel("worker RSS, MB")
        plt.ylim(bottom=0)
        plt.tight_layout()
        plt.savefig(OUT / "detection_cost_memory.png")
        plt.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller texts, fewer requests")
    parser.add_argument(
        "--requests", type=int, default=10_000, help="requests of the memory part (default 10000; 200 with --quick)"
    )
    parser.add_argument("--only", default=",".join(PARTS), help=f"comma-separated parts: {', '.join(PARTS)}")
    given = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    requests = min(given.requests, 200) if given.quick else given.requests
    runs: dict[str, Callable[[], Any]] = {
        "sizes": lambda: sizes(given.quick),
        "repeated": lambda: repeated(given.quick),
        "patterns": lambda: patterns(given.quick),
        "memory": lambda: memory(requests),
        "workers": lambda: workers(requests),
        "conversation": lambda: conversation(given.quick),
        "waiting": lambda: waiting(given.quick),
    }
    import torch

    torch.set_num_threads(1)
    report: dict[str, Any] = {}
    for part in given.only.split(","):
        report[part] = runs[part]()
        gc.collect()
    (OUT / "detection_cost.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    _plot(report)


if __name__ == "__main__":
    main()
