"""What a decision costs: CPU µs per decision for 3, 10 and 30 candidates over 30, 300 and 3,000 registered targets.

``python bench/policy.py`` prints three tables: the engine in this process, the packaged engine's server over HTTP
(CPU of the server and of the client apart), and the replay of recorded inputs. CPU is the on-CPU time of the whole
process, all threads of the engine included.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import psutil
from rich.console import Console
from rich.table import Table

from proxy.core.records import EntitySummary, Facts
from proxy.policy import bundle, launch, parallel
from proxy.policy.cache import CachedDecisionPoint
from proxy.policy.compare import Recorded, compare
from proxy.policy.document import input_document
from proxy.policy.engine import version
from proxy.policy.evaluator import Evaluator
from proxy.policy.opa import OpaDecisionPoint
from proxy.policy.parallel import Policy
from proxy.policy.suite import folder_data
from proxy.resources import shipped

NOW = 1_795_600_800.0
CANDIDATES = (3, 10, 30)
TARGETS = (30, 300, 3000)
CONSOLE = Console(highlight=False)


class WallClock:
    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return time.monotonic()


def registry(targets: int) -> dict[str, Any]:
    """A registry of regional targets: a third in the US with SCC and TIA, a third in the EU, a third of our own."""
    legal = folder_data(shipped("policies"))["data"]
    entries = {}
    for number in range(targets):
        kind = number % 3
        provider = ("far", "near", "self")[kind]
        place = ("US", "FR", "DE")[kind]
        entry: dict[str, Any] = {
            "provider": provider,
            "operator": "self" if kind == 2 else "third_party",
            "deployment": "regional",
            "processing_regions": [place],
            "storage_regions": [place],
            "operations": ["chat", "embedding"],
            "dpa": {"status": "signed", "expires": "2030-01-01"},
            "zero_retention": True,
            "retention_days": 0,
            "training_use": False,
            "attestations": [],
        }
        if kind == 0:
            entry["scc"] = {"status": "signed", "module": "2", "decision": "(EU) 2021/914"}
            entry["tia"] = {"result": "pass", "expires": "2030-01-01"}
        entries[f"{provider}/{number}"] = entry
    providers = {
        name: {
            "legal_name": name,
            "role": "processor",
            "parent_country": country,
            "doj_covered_person": False,
            "establishments": [],
            "scope_flags": [],
        }
        for name, country in (("far", "US"), ("near", "FR"), ("self", "DE"))
    }
    return {
        **legal,
        "revision": f"bench-{targets}",
        "providers": providers,
        "targets": entries,
        "tenants": {"acme": {"id": "acme", "establishments": ["DE"], "hipaa_role": "none", "us_person": False}},
        "activities": {"support": {"id": "support", "purpose": "p", "legal_basis": "A6-1-b", "ai_act": "minimal"}},
        "exceptions": [],
    }


def facts(candidates: int, variant: int = 0) -> Facts:
    names = ("far", "near", "self")
    return Facts(
        phase="request",
        tenant="acme",
        actor=("service", f"svc-{variant}", None, (), "api_key", False),
        activity="support",
        consent_withdrawn=False,
        regions=(("DE", "declared", 1.0),),
        region_status="known",
        minor="no",
        restricted=False,
        subject_refs=(),
        operation=("chat", "gpt", False, False, False),
        status="complete",
        coverage=1.0,
        opaque=(),
        language="en",
        detectors=(("patterns", "1", ""),),
        entities=(EntitySummary("PERSON", 1, 0.9, ("messages[*].content",)), EntitySummary("US_SSN", 1, 1.0)),
        categories=("personal", "national_id"),
        labels=(),
        residual_entities=0,
        ingress_region="DE",
        candidates=tuple((f"{names[n % 3]}/{n}", n, True) for n in range(candidates)),
    )


def table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        made.add_column(column, justify="left" if number == 0 else "right")
    return made


def cpu_us(work: Any, rounds: int) -> tuple[float, float]:
    """Return (CPU µs, p50 wall µs) per call; the median of five batches."""
    work()
    batches, walls = [], []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(rounds):
            at = time.perf_counter()
            work()
            walls.append(time.perf_counter() - at)
        batches.append((time.process_time() - begun) / rounds * 1e6)
    return statistics.median(batches), statistics.median(walls) * 1e6


def in_process(rounds: int) -> None:
    shown = table(
        f"in process, {version()}: CPU µs per decision (p50 wall µs)",
        "registered targets",
        *[f"{n} candidates" for n in CANDIDATES],
    )
    for targets in TARGETS:
        row = [f"{targets:,}"]
        with Evaluator.open(shipped("policies"), None, registry(targets)) as evaluator:
            for count in CANDIDATES:
                document = orjson.dumps(input_document(facts(count), "r", NOW))
                cpu, wall = cpu_us(partial(evaluator.raw, document), rounds)
                row.append(f"{cpu:,.0f} ({wall:,.0f})")
        shown.add_row(*row)
    CONSOLE.print(shown)


async def over_http(rounds: int) -> None:
    shown = table(
        "over HTTP, packaged engine's server: CPU µs per decision, server + client (p50 wall µs)",
        "registered targets",
        *[f"{n} candidates" for n in CANDIDATES],
        "server memory MB",
    )
    for targets in TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bundle.tar.gz"
            bundle.write(path, shipped("policies"), None, registry(targets))
            command = launch.launch(path, 0).command
            server = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                assert server.stdout is not None
                port = orjson.loads(await server.stdout.readline())["port"]
                shown.add_row(f"{targets:,}", *await measure_http(port, server.pid, rounds))
            finally:
                server.terminate()
                await server.wait()
    CONSOLE.print(shown)


async def measure_http(port: int, pid: int, rounds: int) -> list[str]:
    process = psutil.Process(pid)
    point = OpaDecisionPoint(f"http://127.0.0.1:{port}", 10.0)
    await point.start()
    cells = []
    try:
        while not await point.ready():
            await asyncio.sleep(0.05)
        for count in CANDIDATES:
            asked = facts(count)
            await point.decide(asked, "r", NOW)
            servers, clients, walls = [], [], []
            for _ in range(5):
                server, client = sum(process.cpu_times()[:2]), time.process_time()
                for _ in range(rounds):
                    at = time.perf_counter()
                    await point.decide(asked, "r", NOW)
                    walls.append(time.perf_counter() - at)
                clients.append((time.process_time() - client) / rounds * 1e6)
                servers.append((sum(process.cpu_times()[:2]) - server) / rounds * 1e6)
            cells.append(
                f"{statistics.median(servers):,.0f} + {statistics.median(clients):,.0f} ({statistics.median(walls) * 1e6:,.0f})"
            )
        cells.append(f"{process.memory_info().rss / 1e6:,.0f}")
    finally:
        await point.close()
    return cells


async def cached(rounds: int) -> None:
    class Inner:
        def __init__(self, evaluator: Evaluator) -> None:
            self.evaluator = evaluator

        async def decide(self, asked: Facts, request_id: str, now: float) -> Any:
            from proxy.policy.answer import Stamp, decision

            answer = self.evaluator.decide(input_document(asked, request_id, now))
            return decision(answer, [c[0] for c in asked.candidates], Stamp("d", request_id, "t", "opa"))

    with Evaluator.open(shipped("policies"), None, registry(30)) as evaluator:
        cache = CachedDecisionPoint(Inner(evaluator), 10_000, 3600, (), WallClock())
        shown = table("decision cache: CPU µs per hit", "entries", "µs")
        for entries in (1, 1000):
            asked = [facts(3, variant) for variant in range(entries)]
            for one in asked:
                await cache.decide(one, "r", NOW)
            repeats = max(1, rounds * 100 // entries)
            begun = time.process_time()
            for _ in range(repeats):
                for one in asked:
                    await cache.decide(one, "r", NOW)
            shown.add_row(str(entries), f"{(time.process_time() - begun) / (repeats * entries) * 1e6:.1f}")
        CONSOLE.print(shown)


def replay(count: int) -> None:
    """Decide ``count`` different recorded inputs again, on all cores, and compare with the recorded decisions."""
    policy = Policy(shipped("policies"), None, registry(30))
    documents = [input_document(facts(3, number), f"r{number}", NOW) for number in range(count)]
    decided = list(parallel.outcomes(policy, documents))
    recorded = [Recorded(document, answer, "d") for document, answer in zip(documents, decided, strict=True)]
    begun = time.perf_counter()
    found = compare(recorded, decided, parallel.outcomes(policy, documents))
    wall = time.perf_counter() - begun
    shown = table("replay against the recorded revision", "inputs", "changed", "wall s", "inputs/s")
    shown.add_row(f"{found.total:,}", str(len(found.changes)), f"{wall:.1f}", f"{count / wall:,.0f}")
    CONSOLE.print(shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="decisions per batch; five batches per figure")
    parser.add_argument("--replay", type=int, default=10_000, help="recorded inputs to replay")
    chosen = parser.parse_args()
    in_process(chosen.rounds)
    asyncio.run(over_http(chosen.rounds))
    asyncio.run(cached(chosen.rounds))
    replay(chosen.replay)


if __name__ == "__main__":
    main()
