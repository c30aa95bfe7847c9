"""The things that are measured: started once each, stopped at the end, and their CPU time and memory."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from proxy.runtime.resources import shipped
from testing.processes import free_port

#: Tenants besides the demo's.
_TENANTS = ("bench-1", "bench-2", "bench-3")
_LOOKUPS = "proxy_decision_cache_lookups_total{"


def tree(pid: int) -> list[int]:
    """Return a process and its descendants."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{one}/task"):
                with contextlib.suppress(OSError):
                    waiting += [int(child) for child in Path(f"/proc/{one}/task/{task}/children").read_text().split()]
    return found


def cpu_seconds(pids: list[int]) -> float:
    """Return the on-CPU time of processes, from the scheduler's nanosecond counters."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(OSError):
                    total += int(Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
    return total / 1e9


def memory_mb(pids: list[int]) -> float:
    """Return the proportional set size of processes."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


@dataclass
class Target:
    """A proxy under measurement. ``proxy`` are the processes on the request path, ``beside`` those that help.

    ``keys`` are those of several tenants, the first of them ``key``. ``decided`` counts the decisions of policy, and
    those that came from its cache.
    """

    name: str
    port: int
    proxy: Callable[[], list[int]]
    beside: Callable[[], list[int]] = list
    keys: tuple[str, ...] = ("",)
    fresh: bool = False
    path: str = "/v1/chat/completions"
    decided: Callable[[], tuple[float, float]] | None = None

    @property
    def key(self) -> str:
        return self.keys[0]


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Return when something listens.

    Raises:
        RuntimeError: the process ended, or nobody listens in time.

    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        if process.poll() is not None:
            raise RuntimeError(f"it ended with status {process.returncode}")
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port}")


@contextlib.contextmanager
def child(
    command: list[str], log: Path, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command for as long as the block; afterwards nothing of it is left."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **(environment or {})},
            start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def upstream(out: Path) -> Iterator[int]:
    """Run the fast model API."""
    port = free_port()
    with child([sys.executable, "-m", "bench.overhead.upstream", str(port)], out / "upstream.log") as process:
        wait_for(port, process)
        yield port


@contextlib.contextmanager
def bare(out: Path, upstream_port: int) -> Iterator[Target]:
    """Run the bare aiohttp proxy."""
    port = free_port()
    command = [sys.executable, "-m", "bench.overhead.bare", str(port), f"http://127.0.0.1:{upstream_port}"]
    with child(command, out / "bare.log") as process:
        wait_for(port, process)
        yield Target("bare aiohttp", port, lambda: tree(process.pid))


@contextlib.contextmanager
def ours(out: Path, upstream_port: int, more: Mapping[str, str] | None = None) -> Iterator[list[Target]]:
    """Run the whole product against the fast model API: the same processes as ``compliance-proxy run``.

    ``more`` are further settings; tenants are added to a copy of the configuration that they name.
    """
    state, port, given = out / "state", free_port(), dict(more or {})
    configuration = Path(given.pop("PROXY_CONFIG_DIR", shipped("config")))
    environment = {
        "PROXY_STATE_DIR": str(state),
        "PROXY_CONFIG_DIR": str(_with_tenants(configuration, out / "tenants")),
        "PROXY_STANDIN_URL": f"http://127.0.0.1:{upstream_port}",
        "PROXY_PORT": str(port),
        "PROXY_LOG_LEVEL": "warning",
        "PROXY_DETECTION_DEADLINE_S": "60",
        "PROXY_DETECTION_QUEUE": "1000",
        **given,
    }
    command = [sys.executable, "-m", "proxy", "run"]
    with child(command, out / "ours.log", environment) as process:
        until = time.monotonic() + 120
        while not (state / "run" / "stack.json").exists():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the stack did not start; see {out / 'ours.log'}")
            time.sleep(0.1)
        stack = json.loads((state / "run" / "stack.json").read_text())
        demo = json.loads((state / "run" / "demo-keys.json").read_text())["demo-eu"]
        keys = (demo, *(_key(tenant, environment) for tenant in _TENANTS))
        worker = stack["pids"]["proxy"]

        def proxy() -> list[int]:
            return [worker]

        def beside() -> list[int]:
            parts = [pid for name, pid in stack["pids"].items() if name in {"postgres", "policy", "detection"}]
            return [one for pid in parts for one in tree(pid)] + [one for one in tree(worker) if one != worker]

        decided = partial(_decided, port)
        yield [
            Target("ours, known text", port, proxy, beside, keys, decided=decided),
            Target("ours, new text", port, proxy, beside, keys, fresh=True, decided=decided),
        ]


def _decided(port: int) -> tuple[float, float]:
    """Return how many decisions of policy were asked for, and how many of them the proxy had kept or was waiting for."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    counts = {line.split('"')[1]: float(line.rpartition(" ")[2]) for line in lines if line.startswith(_LOOKUPS)}
    return sum(counts.values()), sum(counts.values()) - counts.get("miss", 0.0)


def _with_tenants(source: Path, folder: Path) -> Path:
    """Write a copy of a configuration with further tenants."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    registry = folder / "registry.yaml"
    tenants = "".join(f"  {tenant}:\n    establishments: [DE]\n" for tenant in _TENANTS)
    registry.write_text(registry.read_text().replace("\ntenants:\n", f"\ntenants:\n{tenants}", 1))
    return folder


def _key(tenant: str, environment: Mapping[str, str]) -> str:
    """Create a key of a tenant, for the activity of the demo's."""
    command = [
        sys.executable, "-m", "proxy", "keys", "create", "--tenant", tenant, "--service", "bench",
        "--activity", "support-chat", "--ingress-region", "DE",
        "--subject-region", "DE", "--role", "recall",
    ]  # fmt: skip
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.split()[-1]


LITELLM_CONFIG = """
model_list:
  - model_name: gpt-4o-mini
    litellm_params: {{model: openai/gpt-4o-mini, api_base: "http://127.0.0.1:{upstream}/v1", api_key: "sk-x"}}
litellm_settings: {{telemetry: false, num_retries: 0, request_timeout: 600}}
"""
PRESIDIO_CONFIG = """
guardrails:
  - guardrail_name: presidio-pii
    litellm_params: {{guardrail: presidio, mode: "pre_call", default_on: true, output_parse_pii: true,
       presidio_analyzer_api_base: "http://127.0.0.1:{presidio}",
       presidio_anonymizer_api_base: "http://127.0.0.1:{presidio}",
       pii_entities_config: {{PERSON: MASK, EMAIL_ADDRESS: MASK, PHONE_NUMBER: MASK, CREDIT_CARD: MASK,
         IBAN_CODE: MASK, US_SSN: MASK, IP_ADDRESS: MASK}}}}
"""


@contextlib.contextmanager
def litellm(out: Path, upstream_port: int, executable: Path, *, presidio: bool) -> Iterator[Target]:
    """Run LiteLLM's proxy, alone or with its Presidio guardrail and Presidio's two services."""
    with contextlib.ExitStack() as stack:
        services: list[subprocess.Popen[bytes]] = []
        text = LITELLM_CONFIG.format(upstream=upstream_port)
        if presidio:
            service = free_port()
            command = [sys.executable, "-m", "bench.overhead.presidio_service", str(service)]
            services.append(stack.enter_context(child(command, out / "presidio.log")))
            wait_for(service, services[0])
            text += PRESIDIO_CONFIG.format(presidio=service)
        name = "litellm + presidio" if presidio else "litellm"
        config = out / f"{name.replace(' ', '')}.yaml"
        config.write_text(text)
        port, key = free_port(), "sk-test-1234"
        command = [
            str(executable),
            "--config",
            str(config),
            "--port",
            str(port),
            "--host",
            "127.0.0.1",
            "--num_workers",
            "1",
        ]
        environment = {
            "LITELLM_MASTER_KEY": key,
            "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
            "LITELLM_LOG": "ERROR",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "NO_DOCS": "True",
        }
        process = stack.enter_context(child(command, out / f"{name.replace(' ', '')}.log", environment))
        wait_for(port, process)
        _wait_until_answers(port)
        yield Target(name, port, lambda: tree(process.pid), lambda: [p for s in services for p in tree(s.pid)], (key,))


def _wait_until_answers(port: int) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/liveliness", timeout=2).close()
            return
        time.sleep(0.1)
