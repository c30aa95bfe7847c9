"""Builds the example world in an empty installation, as a process of its own, and prints how far it is, line by line.

    python -m proxy.embedded.example --seed N

It reads the same environment as ``serve``: database, policy engine, keys, and where the stand-ins listen.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

import aiohttp

from proxy.core.targets.registered import Catalog
from proxy.embedded.example.deeds import Deeds
from proxy.embedded.example.kinds import ExchangeKind, TrialWorker
from proxy.embedded.example.quarter import QuarterWriter, drawn
from proxy.identity.store import Binding
from proxy.keys import master_key
from proxy.runtime.environment import environment
from proxy.runtime.log import configure
from proxy.runtime.resources import document
from proxy.service import rollout
from proxy.settings import Settings, receive_handover

#: How often each kind is asked for: draws of a canary differ, and replies.
RUNS = 3
TRAFFIC = Path(__file__).with_name("traffic.yaml")


def say(text: str) -> None:
    """Print a line for the process that waits."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def build(settings: Settings, catalog: Catalog, seed: int, share: float) -> None:
    """Have all exchanges made and recorded, and the people do what they do."""
    traffic, worker = document(TRAFFIC), TrialWorker(settings, catalog)
    async with worker.asked() as url:
        keys = {
            name: await worker.parts.keys.create(_binding(name, service))
            for name, service in traffic["services"].items()
        }
        kinds = await _kinds(worker, url, keys, traffic["kinds"])
        now = worker.parts.audit.clock.now()
        exchanges = drawn(kinds, now, seed, share)

        async def reference(tenant: str, person: str) -> str:
            return (await worker.parts.subjects.of(tenant, person)).reference

        def step(done: int) -> None:
            if done % 300 < 15:  # noqa: PLR2004
                say(f"{done} of {len(exchanges)} exchanges of a quarter are recorded")

        dsn = worker.parts.audit.dsn
        await QuarterWriter(dsn, worker.parts.audit.keyring, worker.parts.audit.signing, reference).write(
            exchanges, now, seed, step
        )
        say("what people did is recorded")
        await Deeds(worker.parts).done()


async def _kinds(
    worker: TrialWorker, url: str, keys: dict[str, str], stated: list[dict[str, Any]]
) -> list[list[ExchangeKind]]:
    days: list[list[ExchangeKind]] = []
    async with aiohttp.ClientSession() as session:
        for number, kind in enumerate(stated, 1):
            days.append([await worker.make(kind, url, keys[kind["by"]], session) for _ in range(RUNS)])
            say(f"{number} of {len(stated)} kinds of exchange are made")
    return days


def _binding(name: str, item: dict[str, Any]) -> Binding:
    tenant, _, service = name.partition("/")
    activities = tuple(item["activities"])
    return Binding(tenant, service, activities, activities[0], item["region"], default_subject_region=item["region"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m proxy.embedded.example", description=str(__doc__).splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="of the usual number of exchanges")
    options = parser.parse_args()
    receive_handover()
    settings = master_key.resolved(Settings())
    configure(settings.log_level)
    asyncio.run(build(settings, rollout.catalog(settings, environment()), options.seed, options.share))
