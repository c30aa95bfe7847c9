"""How long ``compliance-proxy run`` takes until it serves: a cold start, the second start, and after SIGKILL.

    python -m bench.start [--kills N] [--keep FOLDER] [--workers N] [--requests N]

Every start prints when each part was up, in seconds since the command began, and the CPU seconds of each part by then,
those of its workers and of ended children included; and after some requests, each on a connection made for it, the
memory of each part with its workers: proportional, so that what processes share counts once. "serving" is the moment at
which a chat completion with a person in it was answered with 200 through a connection made for it. After SIGKILL of the
serving process it also prints when the port accepted a connection again: that must not be before it can serve. The
command keeps its bytecode, whatever PYTHONDONTWRITEBYTECODE says here, as an installation does. On a machine that does
other work too, read CPU seconds and not the clock.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from proxy.embedded import state
from proxy.embedded.first_start import DEMO_TENANT

_LONGEST_S = 300.0
#: What would make each start compile its modules again.
_NOT_INHERITED = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
_LINE = re.compile(r"^ *(?P<at>[0-9.]+) s +(?P<part>\w+) +up", re.MULTILINE)
_PROPORTIONAL = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)
_TICK = os.sysconf("SC_CLK_TCK")
_BODY = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Thank Anna Schmidt for it."}]})


@dataclass
class Product:
    """One state directory and the command that runs on it."""

    folder: Path
    workers: int = 1
    process: subprocess.Popen[bytes] | None = None
    began: float = field(default=0.0)

    @property
    def output(self) -> str:
        """What the command has said."""
        return (self.folder / "output").read_text(encoding="utf-8", errors="replace")

    def start(self) -> float:
        """Start; return the seconds until it serves."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PROXY_") and name not in _NOT_INHERITED
        }
        environment |= {"PROXY_STATE_DIR": str(self.folder / "state"), "PROXY_PORT": "0"}
        environment["PROXY_WORKERS"] = str(self.workers)
        with (self.folder / "output").open("wb") as output:
            self.began = time.monotonic()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "proxy", "run"],
                env=environment, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        while self.stack is None:
            if self.process.poll() is not None or time.monotonic() - self.began > _LONGEST_S:
                raise SystemExit(f"it did not start:\n{self.output}")
            time.sleep(0.02)
        return self.until_served(self.began)

    @property
    def stack(self) -> state.RunningStack | None:
        """Where it runs, once it is up."""
        return state.running(self.folder / "state")

    def until_served(self, since: float) -> float:
        """Ask until a request is answered; return the seconds since then."""
        while time.monotonic() - since < _LONGEST_S:
            if self._served():
                return time.monotonic() - since
            time.sleep(0.02)
        raise SystemExit(f"it does not serve:\n{self.output}")

    def _served(self) -> bool:
        stack = self.stack
        if stack is None:
            return False
        key = state.demo_keys(self.folder / "state")[DEMO_TENANT]
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        asked = urllib.request.Request(f"{stack.proxy_url}/v1/chat/completions", _BODY.encode(), headers)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> tuple[float, float]:
        """SIGKILL the serving process; return the seconds until the port accepts, and until it serves."""
        stack = self.stack
        if stack is None:
            raise SystemExit("it does not run")
        at = urlsplit(stack.proxy_url)
        os.kill(stack.pids["proxy"], signal.SIGKILL)
        began = time.monotonic()
        while _accepts(at.hostname or "", at.port or 0):  # the kernel has not closed the old socket yet
            time.sleep(0.01)
        while not _accepts(at.hostname or "", at.port or 0):
            time.sleep(0.01)
        accepted = time.monotonic() - began
        return accepted, self.until_served(began)

    def ask(self, requests: int) -> None:
        """Ask one after the other, each on a connection made for it: the workers share them."""
        refused = sum(not self._served() for _ in range(requests))
        if refused:
            raise SystemExit(f"{refused} of {requests} requests were not answered:\n{self.output}")

    def cpu(self) -> list[tuple[str, float]]:
        """The CPU seconds of every part with its workers, most first, those of ended children included."""
        seconds = {pid: spent for pid, _, spent in _processes()}
        return self._by_part(seconds.__getitem__)

    def memory(self) -> list[tuple[str, float]]:
        """The proportional memory of every part with its workers, MB, most first."""
        return self._by_part(_proportional)

    def _by_part(self, of: Callable[[int], float]) -> list[tuple[str, float]]:
        """Sum a figure of each process of the product by part, most first."""
        stack = self.stack
        if stack is None or self.process is None:
            return []
        names = {pid: part for part, pid in stack.pids.items()} | {self.process.pid: "run"}
        sums: defaultdict[str, float] = defaultdict(float)
        parents = {pid: parent for pid, parent, _ in _processes()}
        for pid in parents:
            line = list(_ancestry(pid, parents))
            if self.process.pid in line:
                sums[next(names[above] for above in line if above in names)] += of(pid)
        return sorted(sums.items(), key=lambda item: -item[1])

    def stop(self) -> None:
        """End everything."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)


def _processes() -> Iterator[tuple[int, int, float]]:
    """Yield each process of the machine, its parent and its CPU seconds."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            yield int(path.parent.name), int(fields[1]), sum(map(int, fields[11:15])) / _TICK


def _proportional(pid: int) -> float:
    """The memory of a process, what it shares with others divided among them, MB; 0 of one that has ended."""
    with contextlib.suppress(OSError):
        kilobytes = _PROPORTIONAL.search(Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"))
        return int(kilobytes[1]) * 1024 / 1e6 if kilobytes is not None else 0.0
    return 0.0


def _ancestry(pid: int, parents: Mapping[int, int]) -> Iterator[int]:
    """Yield a process, its parent, and so on."""
    while pid in parents:
        yield pid
        pid = parents[pid]


def _accepts(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), 1.0):
        return True
    return False


def _started(name: str, product: Product, requests: int) -> None:
    serving = product.start()
    parts = ", ".join(f"{found['part']} {found['at']}" for found in _LINE.finditer(product.output))
    spent = product.cpu()
    total = sum(seconds for _, seconds in spent)
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"{name}: serving after {serving:.2f} s, {total:.1f} CPU s; {load}")
    print(f"  up (s after the first line): {parts}")
    print(f"  CPU s: {', '.join(f'{part} {seconds:.1f}' for part, seconds in spent)}")
    product.ask(requests)
    used = dict(product.memory())
    both = used.get("proxy", 0.0) + used.get("detection", 0.0)
    print(f"  MB after {requests} requests: {', '.join(f'{part} {size:.0f}' for part, size in used.items())}")
    print(f"  proxy (workers: {product.workers}) and detection: {both:.0f} MB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=3, help="how often the serving process is killed")
    parser.add_argument("--keep", type=Path, help="use this folder and keep it")
    parser.add_argument("--workers", type=int, default=1, help="proxy processes")
    parser.add_argument("--requests", type=int, default=40, help="requests before the memory is read")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cp-start-") as scratch:
        product = Product(given.keep or Path(scratch), given.workers)
        product.folder.mkdir(parents=True, exist_ok=True)
        try:
            _started("cold start", product, given.requests)
            product.stop()
            _started("second start", product, given.requests)
            for _ in range(given.kills):
                accepted, served = product.kill()
                print(f"SIGKILL: accepts after {accepted:.2f} s, serves after {served:.2f} s")
        finally:
            product.stop()


if __name__ == "__main__":
    main()
