"""Environments of clients and servers, each in a folder of its own, and the processes that run in them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from proxy.embedded.probes import free_ports

HERE = Path(__file__).parent
INSTALLED = Path(".interop")
PATIENCE_S = 300  # a server of models on a busy machine


def python_of(folder: Path) -> Path:
    return (folder / "bin" / "python").absolute()


def installed() -> Path:
    """Return the Python that has the clients; both registries are asked the first time only."""
    python = python_of(INSTALLED / "clients")
    wanted = (HERE / "requirements.txt").read_text()
    record = INSTALLED / "requirements.txt"
    if not python.exists() or not record.exists() or record.read_text() != wanted:
        print("installing the clients (a few minutes the first time)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", INSTALLED / "clients"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
        record.write_text(wanted)
    return python


def node_installed() -> Path:
    """Return the folder with the stand-in and the clients of Node; the registry is asked where the lock has changed."""
    node = INSTALLED / "node"
    lock = node / "node_modules" / "installed-lock.json"
    wanted = (HERE / "node" / "package-lock.json").read_text()
    node.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "clients.mjs"):
        shutil.copy(HERE / "node" / name, node / name)
    if not lock.exists() or lock.read_text() != wanted:
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=node, check=True)
        lock.write_text(wanted)
    return node


@contextmanager
def running(
    command: Sequence[Any], root: str, path: str, more: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[str]:
    """Run a server until the block ends; give its address once it answers at the path.

    Raises:
        SystemExit: it has ended, or does not answer in time; with the end of what it has written.

    """
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(
            [str(word) for word in command],
            env={**os.environ, **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            start_new_session=True,
        ) as process,
    ):
        try:
            until = time.monotonic() + PATIENCE_S
            while not _answers(root + path):
                if process.poll() is not None or time.monotonic() > until:
                    output.seek(0)
                    raise SystemExit(f"{command[0]} did not start:\n{output.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.1)
            yield root
        finally:
            _ended(process)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def _ended(process: subprocess.Popen[bytes]) -> None:
    """End a server with its children."""
    for way in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, way)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
            return


@contextmanager
def standin() -> Iterator[str]:
    """Run the provider's stand-in behind ours; give its address."""
    node = node_installed()
    port, behind = free_ports(2)
    program = [node / "node_modules" / ".bin" / "llmock", "-p", behind, "-f", HERE / "fixtures.json"]
    with (
        running([*program, "--log-level", "silent"], f"http://127.0.0.1:{behind}", "/__aimock/journal") as upstream,
        front(upstream, port) as root,
    ):
        yield root


@contextmanager
def front(upstream: str, port: int | None = None) -> Iterator[str]:
    """Run what writes down every request before another server; give its address."""
    port = port or free_ports(1)[0]
    command = [sys.executable, "-m", "bench.interop.front", port, upstream]
    with running(command, f"http://127.0.0.1:{port}", "/__aimock/journal") as root:
        yield root


@contextmanager
def server(python: Path, program: str) -> Iterator[str]:
    """Run one of the servers in this folder; give its address."""
    (port,) = free_ports(1)
    with running([python, HERE / program, port], f"http://127.0.0.1:{port}", "/__aimock/journal") as root:
        yield root


def journal(root: str) -> list[Any]:
    """Return what a stand-in has received."""
    with urllib.request.urlopen(f"{root}/__aimock/journal") as reply:
        received: list[Any] = json.load(reply)
    return received


def client_cells(python: Path, texts: Mapping[str, str], *words: str) -> Any:
    """Return what a client prints, None where it prints nothing."""
    return _printed([str(python), "-m", "bench.interop.clients", *words], texts)


def node_cells(texts: Mapping[str, Any], *words: str) -> Any:
    """Return what a client of Node prints, None where it prints nothing."""
    return _printed(["node", str(INSTALLED / "node" / "clients.mjs"), *words], texts)


def _printed(command: Sequence[str], texts: Mapping[str, Any]) -> Any:
    own = {"INTEROP": json.dumps(texts), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    try:
        done = subprocess.run(
            command, env=os.environ | own, capture_output=True, text=True, timeout=2 * PATIENCE_S, check=False
        )  # fmt: skip
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError, subprocess.TimeoutExpired):
        return None
