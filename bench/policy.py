"""What a decision costs: CPU µs per decision by number of candidates, size of the registry and kind of request.

``python bench/policy.py`` prints each table twice: the engine in this process, and the packaged engine's server over
HTTP (CPU of the server and of the client apart). Then the decision cache and the replay of recorded inputs. CPU is the
on-CPU time of the whole process, all threads of the engine included; the engine here runs with the collector setting
of the product's own engine process. A row ends with the line through its points: CPU = fixed + slope x candidates.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import psutil
from rich.console import Console
from rich.table import Table

from proxy.core.decision import lawbook
from proxy.core.records import EntitySummary, Facts
from proxy.policy.authoring import parallel
from proxy.policy.authoring.compare import Recorded, compare
from proxy.policy.authoring.parallel import Policy
from proxy.policy.authoring.suite import folder_data
from proxy.policy.bundles import bundle, tree
from proxy.policy.decision.cache import CachedDecisionPoint
from proxy.policy.decision.document import input_document
from proxy.policy.decision.opa import OpaDecisionPoint
from proxy.policy.engine import launch
from proxy.policy.engine.engine import version
from proxy.policy.engine.evaluator import Evaluator
from proxy.policy.forms.reading import compiled
from proxy.runtime.resources import shipped

NOW = 1_795_600_800.0
CANDIDATES = (3, 10, 50)
TARGETS = (60, 300, 3000)
#: Laws and rules of one's own of the comparison: few of each, and all laws with many rules.
FEW_LAWS, OWN_RULES = 8, 139
CONSOLE = Console(highlight=False)


class WallClock:
    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return time.monotonic()


def registry(targets: int, *, alike: bool = True) -> dict[str, Any]:
    """A registry of regional targets: a third in the US with SCC and TIA, a third in the EU, a third of our own.

    Targets of a third have one contract, or each its own (not ``alike``): policy looks at those alike once.
    """
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
            "dpa": {"status": "signed", "expires": "2030-01-01", "ref": "dpa" if alike else f"dpa-{number}"},
            "zero_retention": True,
            "retention_days": 0,
            "training_use": False,
            "attestations": [],
        }
        if kind == 0:
            entry["scc"] = {"status": "signed", "module": "2", "decision": "(EU) 2021/914"}
            entry["tia"] = {"result": "pass", "expires": "2030-01-01"}
            entry["baa"] = {"status": "signed", "expires": "2030-01-01", "operations": ["chat"]}
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
        "tenants": {
            "acme": {"id": "acme", "establishments": ["DE"], "hipaa_role": "none", "us_person": False},
            "mercy": {"id": "mercy", "establishments": ["US-TX"], "hipaa_role": "covered_entity", "us_person": True},
        },
        "activities": {
            "support": {"id": "support", "purpose": "p", "legal_basis": "A6-1-b", "ai_act": "minimal"},
            "patients": {"id": "patients", "purpose": "p", "hipaa_basis": "treatment", "phi_context": True},
        },
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


def kinds() -> dict[str, Facts]:
    """Return kinds of request with three candidates each."""
    personal = facts(3)
    return {
        "no personal data": replace(personal, entities=(), categories=()),
        "personal data, EU": personal,
        "health data, US": replace(
            personal,
            tenant="mercy",
            activity="patients",
            regions=(("US-TX", "declared", 1.0),),
            ingress_region="US",
            categories=("personal", "health"),
        ),
        "opaque part": replace(personal, opaque=(("messages[0].content", "image/png"),)),
        "reply": replace(personal, phase="response"),
    }


def table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        made.add_column(column, justify="left" if number == 0 else "right")
    return made


def line(points: Sequence[float]) -> str:
    """Return "fixed + slope n" of the least-squares line through CPU µs at ``CANDIDATES``."""
    slope, fixed = statistics.linear_regression(CANDIDATES, points)
    return f"{fixed:,.0f} + {slope:,.0f} n"


def cpu_us(work: Any, rounds: int) -> tuple[float, float]:
    """Return (CPU µs, p50 wall µs) per call; CPU of the cheapest of five batches, for neighbours only add to it."""
    work()
    batches, walls = [], []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(rounds):
            at = time.perf_counter()
            work()
            walls.append(time.perf_counter() - at)
        batches.append((time.process_time() - begun) / rounds * 1e6)
    return min(batches), statistics.median(walls) * 1e6


def in_process(rounds: int) -> None:
    sizes = table(
        f"in process, {version()}: CPU µs per decision (p50 wall µs)",
        "registered targets",
        *[f"{n} candidates" for n in CANDIDATES],
        "n candidates",
    )
    by_kind = table("in process: CPU µs per decision by kind of request", "request", "CPU (wall)")
    for targets, alike in (*((count, True) for count in TARGETS), (TARGETS[0], False)):
        with Evaluator.open(shipped("policies"), None, registry(targets, alike=alike)) as evaluator:

            def measured(asked: Facts, decide: Any = evaluator.raw) -> tuple[float, float]:
                return cpu_us(partial(decide, orjson.dumps(input_document(asked, "r", NOW))), rounds)

            found = [measured(facts(count)) for count in CANDIDATES]
            cells = [f"{cpu:,.0f} ({wall:,.0f})" for cpu, wall in found]
            title = f"{targets:,}" if alike else f"{targets:,}, each with its own contract"
            sizes.add_row(title, *cells, line([cpu for cpu, _ in found]))
            for name, asked in kinds().items() if targets == TARGETS[0] and alike else ():
                cpu, wall = measured(asked)
                by_kind.add_row(name, f"{cpu:,.0f} ({wall:,.0f})")
    CONSOLE.print(sizes)
    CONSOLE.print(by_kind)


def own_rules(count: int) -> Mapping[str, str]:
    """Return the modules of as many house rules in YAML, ten a file: each about third parties and a group of its own."""
    source = {"title": "House policy", "url": "https://intranet.example"}
    rules = [
        {
            "id": f"rule_{number}", "title": "A rule", "description": "It is there.", "source": source, "deny": {},
            "when": {"groups": [f"group-{number}"], "personal": True, "third_party": True},
        }
        for number in range(count)
    ]  # fmt: skip
    files = {f"house_{begin}": rules[begin : begin + 10] for begin in range(0, count, 10)}
    written = {name: orjson.dumps({"title": "House", "rules": some}).decode() for name, some in files.items()}
    return {f"overlay/{name}.rego": compiled(name, text, f"{name}.yaml")[0] for name, text in written.items()}


def grown(rounds: int) -> None:
    """Print what more laws and rules cost: batches of both policies in turn, so that neighbours weigh on both alike."""
    library = tree.read(shipped("policies"))
    data = lawbook.completed(registry(TARGETS[0]), library.law)
    few = {**data, "regimes": {name: data["regimes"][name] for name in sorted(data["regimes"])[:FEW_LAWS]}}
    few["regimes"] |= {"GDPR": data["regimes"]["GDPR"]}
    larger = replace(library, modules={**library.modules, **own_rules(OWN_RULES)})
    named = [f"{len(few['regimes'])} laws", f"{len(data['regimes'])} laws, {OWN_RULES} own rules"]
    shown = table("more laws and rules: CPU µs per decision", "candidates", *named, "times")
    with Evaluator(library, few) as before, Evaluator(larger, data) as after:
        for count in CANDIDATES:
            document = orjson.dumps(input_document(facts(count), "r", NOW))
            pairs = [
                (cpu_us(partial(each.raw, document), rounds // 5 or 1)[0]) for _ in range(5) for each in (before, after)
            ]
            least = min(pairs[::2]), min(pairs[1::2])
            shown.add_row(str(count), *(f"{cpu:,.0f}" for cpu in least), f"{least[1] / least[0]:.2f}")
    CONSOLE.print(shown)


async def over_http(rounds: int) -> None:
    sizes = table(
        "over HTTP, packaged engine's server: CPU µs per decision, server + client (p50 wall µs)",
        "registered targets",
        *[f"{n} candidates" for n in CANDIDATES],
        "server, n candidates",
        "server memory MB",
    )
    by_kind = table("over HTTP: CPU µs per decision by kind of request", "request", "server + client (wall)")
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
                asked = [facts(count) for count in CANDIDATES]
                found, memory = await measure_http(port, server.pid, rounds, asked)
                sizes.add_row(f"{targets:,}", *map(cell, found), line([cost[0] for cost in found]), f"{memory:,.0f}")
                if targets == TARGETS[0]:
                    found, _ = await measure_http(port, server.pid, rounds, list(kinds().values()))
                    for name, cost in zip(kinds(), found, strict=True):
                        by_kind.add_row(name, cell(cost))
            finally:
                server.terminate()
                await server.wait()
    CONSOLE.print(sizes)
    CONSOLE.print(by_kind)


def cell(cost: tuple[float, float, float]) -> str:
    server, client, wall = cost
    return f"{server:,.0f} + {client:,.0f} ({wall:,.0f})"


async def measure_http(
    port: int, pid: int, rounds: int, requests: Sequence[Facts]
) -> tuple[list[tuple[float, float, float]], float]:
    """Return (server, client, p50 wall) µs per decision of each request, and the server's memory in MB."""
    process = psutil.Process(pid)
    point = OpaDecisionPoint(f"http://127.0.0.1:{port}", 10.0)
    await point.start()
    costs = []
    try:
        while not await point.ready():
            await asyncio.sleep(0.05)
        for asked in requests:
            await point.decide(asked, "r", NOW)
            walls = []
            server, client = sum(process.cpu_times()[:2]), time.process_time()
            for _ in range(5 * rounds):  # one batch: the system counts another process's CPU in steps of 10 ms
                at = time.perf_counter()
                await point.decide(asked, "r", NOW)
                walls.append(time.perf_counter() - at)
            client = (time.process_time() - client) / len(walls) * 1e6
            server = (sum(process.cpu_times()[:2]) - server) / len(walls) * 1e6
            costs.append((server, client, statistics.median(walls) * 1e6))
        return costs, process.memory_info().rss / 1e6
    finally:
        await point.close()


async def cached(rounds: int) -> None:
    class Inner:
        def __init__(self, evaluator: Evaluator) -> None:
            self.evaluator = evaluator

        async def decide(self, asked: Facts, exchange: str, now: float) -> Any:
            from proxy.policy.decision.answer import Stamp, decision

            answer = self.evaluator.decide(input_document(asked, exchange, now))
            return decision(answer, [c[0] for c in asked.candidates], Stamp("d", exchange, "t", "opa"))

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
    shown.add_row(f"{found.total:,}", str(found.changed), f"{wall:.1f}", f"{count / wall:,.0f}")
    CONSOLE.print(shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="decisions per batch; five batches per figure")
    parser.add_argument("--replay", type=int, default=10_000, help="recorded inputs to replay")
    parser.add_argument("--quick", action="store_true", help="the engine in this process alone")
    chosen = parser.parse_args()
    if "GOGC" not in os.environ:  # the engine reads it once, before this process starts
        setting = launch.launch(Path("bundle.tar.gz"), 0).command[:2]  # env GOGC=...
        os.execv(setting[0], [*setting, sys.executable, *sys.argv])
    in_process(chosen.rounds)
    grown(chosen.rounds)
    if chosen.quick:
        return
    asyncio.run(over_http(chosen.rounds))
    asyncio.run(cached(chosen.rounds))
    replay(chosen.replay)


if __name__ == "__main__":
    main()
