"""Bulk detection on Ray against the plain command: equal bytes, killed workers, stopped runs, speed by cores.

Run: python -m bench.bulk [--texts N] [--workers N,N] [--seed S] [--keep DIR]

Texts are drawn by seed. ``detect --jsonl`` answers them in one process; ``detect --out --ray local`` answers them on a
cluster of this machine while a worker is killed, and the whole run too, which is then started again. Ends with status 1
if a byte differs, or a line is lost or there twice. Speed is in texts a second of the CPU time that the workers got.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.bulk_texts import texts
from bench.overhead.targets import cpu_seconds
from bench.workplace import workplace
from testing.processes import command_line, descendants

_DETECT = [sys.executable, "-m", "proxy", "detect"]
_POLL_S = 0.2


def prepared(folder: Path, count: int, seed: int) -> Path:
    """Write the texts as JSON lines; return the file."""
    file = folder / "texts.jsonl"
    with file.open("w") as sink:
        for number, text in enumerate(texts(count, seed)):
            sink.write(json.dumps({"id": number, "text": text}) + "\n")
    return file


def plain(file: Path, folder: Path) -> str:
    """Answer with the plain command; return the digest of its answers."""
    out = folder / "plain.jsonl"
    with out.open("wb") as sink:
        subprocess.run([*_DETECT, "--jsonl", str(file)], stdout=sink, check=True)
    return hashlib.sha256(out.read_bytes()).hexdigest()


def started(file: Path, out: Path, workers: int) -> subprocess.Popen[bytes]:
    """Start a run on a Ray cluster of this machine."""
    command = [*_DETECT, str(file), "--out", str(out), "--ray", "local", "--ray-workers", str(workers)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)


def actors(pid: int) -> list[int]:
    """Return the workers that answer parts."""
    return [one for one in descendants(pid) if "PartWorker" in str(command_line(one))]


def parts(out: Path) -> int:
    """Return how many parts are answered."""
    return len(list(out.glob("part-*"))) if out.is_dir() else 0


def broken(file: Path, out: Path, workers: int) -> tuple[int, int]:
    """Kill a worker, then the whole run, then let it go on to its end; return how many workers and runs were killed."""
    killed = 0
    process = started(file, out, workers)
    while process.poll() is None and parts(out) < 1:
        time.sleep(_POLL_S)
    for pid in actors(process.pid)[:1]:
        os.kill(pid, signal.SIGKILL)
        killed += 1
    before = parts(out)
    while process.poll() is None and parts(out) <= before + 1:
        time.sleep(_POLL_S)
    runs = int(process.poll() is None)
    for pid in [process.pid, *descendants(process.pid)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()
    if started(file, out, workers).wait() != 0:
        raise RuntimeError("the resumed run failed")
    return killed, runs


def joined(out: Path) -> tuple[str, list[int]]:
    """Return the digest of all answers in order, and the ids of their lines."""
    data = b"".join(part.read_bytes() for part in sorted(out.glob("part-*")))
    return hashlib.sha256(data).hexdigest(), [json.loads(line)["id"] for line in data.splitlines()]


def timed(file: Path, out: Path, workers: int) -> tuple[float, float]:
    """Return the seconds from the first part to the last, and the CPU time of the workers in them."""
    process = started(file, out, workers)
    while process.poll() is None and parts(out) < workers:
        time.sleep(_POLL_S)
    began, pids = time.monotonic(), actors(process.pid)
    before, spent = cpu_seconds(pids), 0.0
    while process.poll() is None:
        spent = max(spent, cpu_seconds(pids) - before)
        time.sleep(_POLL_S)
    return time.monotonic() - began, spent


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.bulk", description=str(__doc__).splitlines()[0])
    parser.add_argument("--texts", type=int, default=100_000, help="texts that are compared (default 100,000)")
    parser.add_argument("--workers", default="1,2", help="workers whose speed is measured, '' for none (default 1,2)")
    parser.add_argument("--seed", type=int, default=1, help="draws the texts")
    parser.add_argument("--keep", type=Path, help="folder for texts and answers, kept afterwards")
    options = parser.parse_args()
    table = Table("bulk detection", "", box=None)
    with workplace("bulk", options.keep) as folder:
        file = prepared(folder, options.texts, options.seed)
        expected = plain(file, folder)
        killed, runs = broken(file, folder / "broken", os.cpu_count() or 1)
        digest, ids = joined(folder / "broken")
        sound = digest == expected and ids == list(range(options.texts))
        table.add_row("texts", f"{options.texts:,}")
        table.add_row("workers and runs killed", f"{killed} and {runs}")
        table.add_row("lines lost; twice", f"{len(set(range(options.texts)) - set(ids))}; {len(ids) - len(set(ids))}")
        table.add_row("bytes equal to those of the plain command", "yes" if digest == expected else "NO")
        for workers in map(int, filter(None, options.workers.split(","))):
            seconds, spent = timed(file, folder / f"speed-{workers}", workers)
            done = options.texts / seconds
            table.add_row(
                f"{workers} worker(s): texts a second; of a second of CPU",
                f"{done:,.0f}; {options.texts / spent:,.0f} ({spent / seconds:.2f} cores)" if spent else f"{done:,.0f}",
            )
    Console().print(table)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
