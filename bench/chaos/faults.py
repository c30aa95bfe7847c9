"""What is injected, how often, and when: a plan drawn from a seed, then carried out on time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bench.chaos.load import RESETS, Load
from bench.chaos.product import Product
from bench.chaos.provider import FAULTS, Provider

#: Kills and long stops: kind -> least seconds between two of it. What is killed needs time to come back.
HEAVY = {
    "kill proxy worker": 9.0,
    "kill serving process": 110.0,
    "kill detector": 12.0,
    "kill policy engine": 42.0,
    "kill model server": 42.0,
    "kill Postgres": 42.0,
    "kill Postgres process": 9.0,
    "stop proxy worker (1-6 s)": 16.0,
    "stop detector (1-5 s)": 30.0,
    "stop policy engine (1-3 s)": 35.0,
    "stop Postgres (1-3 s)": 35.0,
    "stop model server (1-3 s)": 45.0,
    "reload catalog": 14.0,
    "reload changed bundle": 16.0,
    "reload refused catalog": 32.0,
}
#: Faults of milliseconds: kind -> weight. They fill what the heavy ones leave.
LIGHT = {
    "provider fault": 30,
    "client reset": 45,
    "end database session": 8,
    "stop proxy worker (ms)": 6,
    "stop detector (ms)": 3,
    "stop policy engine (ms)": 4,
    "stop database session (ms)": 4,
    "stop Postgres (ms)": 3,
    "stop model server (ms)": 2,
}
#: What ``--kills`` kills, by weight: proxies and Postgres alone. A process of Postgres that dies takes all sessions with it.
KILLS = {"kill proxy worker": 10, "kill serving process": 1, "kill Postgres process": 6, "kill Postgres": 3}
_BETWEEN_S = 1.5  # at most, from the moment when somebody is served again to the next kill
_PATIENCE_S = 15.0  # on a busy machine that moment may not come
#: Of these, one at a time and only while somebody can be served: otherwise nothing but starting would be tested.
_TAKES_DOWN = frozenset(kind for kind in HEAVY if kind.startswith(("kill", "stop")) and "model" not in kind)
_ALL_WORKERS = 0.8  # of these wait until every worker serves; the others may take the last one down
_MOST_HEAVY = 0.45  # of all faults
_REPLIES_S = 8.0  # how long an armed provider fault waits for a request to meet


@dataclass(frozen=True, slots=True)
class Planned:
    """One fault at a time after the start, seconds."""

    at: float
    kind: str
    detail: str = ""


def plan(faults: int, seconds: float, seed: int) -> list[Planned]:
    """Return what to inject when: heavy kinds spread evenly, light ones anywhere."""
    own = random.Random(seed)
    counts = {kind: round(seconds / gap) for kind, gap in HEAVY.items()}
    scale = min(1.0, _MOST_HEAVY * faults / sum(counts.values()))
    planned: list[Planned] = []
    for kind, count in counts.items():
        wanted = min(count, max(1, int(count * scale)), faults - len(planned))
        step = seconds / max(1, wanted)
        planned += [Planned((index + own.uniform(0.1, 0.9)) * step, kind) for index in range(wanted)]
    kinds = own.choices(list(LIGHT), list(LIGHT.values()), k=max(0, faults - len(planned)))
    planned += [Planned(own.uniform(0, seconds), kind, _detail(kind, own)) for kind in kinds]
    return sorted(planned, key=lambda one: one.at)


def _detail(kind: str, own: random.Random) -> str:
    return own.choice(FAULTS) if kind == "provider fault" else own.choice(RESETS)


@dataclass
class Injector:
    """Carries out a plan. ``done`` counts what really happened, ``missed`` what found nothing to hit."""

    product: Product
    provider: Provider
    load: Load
    seed: int
    done: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    stopped: set[int] = field(default_factory=set)
    _over: bool = False

    def __post_init__(self) -> None:
        self._random = random.Random(f"victims {self.seed}")
        self._turn = asyncio.Lock()

    async def run(self, planned: Sequence[Planned]) -> None:
        """Inject everything on time; return when the last one is over. No process is left stopped."""
        began = time.monotonic()
        try:
            async with asyncio.TaskGroup() as tasks:
                for one in planned:
                    await asyncio.sleep(max(0.0, one.at - (time.monotonic() - began)))
                    tasks.create_task(self._one(one))
                self._over = True
        finally:
            for pid in self.stopped:
                send_signal(pid, signal.SIGCONT)

    async def kill(self, number: int) -> None:
        """Kill proxies and Postgres so often, most times as soon as every worker serves again, else one of them."""
        while self.done.total() < number:
            if self._random.random() < _ALL_WORKERS:
                await self.product.settled(_PATIENCE_S)
            else:
                await self._one_serves()
            await asyncio.sleep(self._random.uniform(0, _BETWEEN_S))
            (kind,) = self._random.choices(list(KILLS), list(KILLS.values()))
            (self.done if await self._act(Planned(0, kind)) else self.missed)[kind] += 1

    async def _one_serves(self) -> None:
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until and not await self.product.ready():
            await asyncio.sleep(0.2)

    async def top_up(self, faults: int, seconds: float) -> None:
        """Replace what found nothing to hit by light faults, for at most so long."""
        until = time.monotonic() + seconds
        while (lacking := faults - self.done.total()) > 0 and time.monotonic() < until:
            kinds = self._random.choices(list(LIGHT), list(LIGHT.values()), k=min(lacking, 20))
            await self.run(
                [Planned(index * 0.02, kind, _detail(kind, self._random)) for index, kind in enumerate(kinds)]
            )

    async def _one(self, one: Planned) -> None:
        if one.kind in _TAKES_DOWN:
            async with self._turn:
                happened = await self._served() and await self._act(one)
        else:
            happened = await self._act(one)
        (self.done if happened else self.missed)[one.kind] += 1

    async def _served(self) -> bool:
        """Wait until somebody can be served; False when the plan is over before."""
        all_workers = self._random.random() < _ALL_WORKERS
        while not self._over:
            if await (self.product.settled(1.0) if all_workers else self.product.ready()):
                return True
            await asyncio.sleep(0.2)
        return False

    def _act(self, one: Planned) -> Awaitable[bool]:
        product = self.product
        ms, long = self._random.uniform(0.001, 0.05), self._random.uniform(1, 3)
        acts: dict[str, Callable[[], Awaitable[bool]]] = {
            "kill proxy worker": lambda: self._kill(product.workers()),
            "kill serving process": lambda: self._kill([product.pid("proxy")]),
            "kill detector": lambda: self._kill(product.detectors()),
            "kill policy engine": lambda: self._kill([product.pid("policy")]),
            "kill model server": lambda: self._kill([product.pid("model")]),
            "kill Postgres": lambda: self._kill([product.pid("postgres")]),
            "kill Postgres process": lambda: self._kill(product.postgres()[1:]),
            "stop proxy worker (1-6 s)": lambda: self._stop(self._any(product.workers()), 2 * long),
            "stop detector (1-5 s)": lambda: self._stop(self._any(product.detectors()), 1.6 * long),
            "stop policy engine (1-3 s)": lambda: self._stop([product.pid("policy")], long),
            "stop Postgres (1-3 s)": lambda: self._stop(product.postgres(), long),
            "stop model server (1-3 s)": lambda: self._stop([product.pid("model")], long),
            "reload catalog": lambda: self._reload(changed=False),
            "reload changed bundle": lambda: self._reload(changed=True),
            "reload refused catalog": self._reload_refused,
            "provider fault": lambda: self.provider.meet(one.detail, _REPLIES_S),
            "client reset": lambda: self._reset(one.detail),
            "end database session": lambda: self._kill(product.backends(), signal.SIGTERM),
            "stop proxy worker (ms)": lambda: self._stop(self._any(product.workers()), ms),
            "stop detector (ms)": lambda: self._stop(self._any(product.detectors()), ms),
            "stop policy engine (ms)": lambda: self._stop([product.pid("policy")], ms),
            "stop database session (ms)": lambda: self._stop(self._any(product.backends()), ms),
            "stop Postgres (ms)": lambda: self._stop(product.postgres(), ms),
            "stop model server (ms)": lambda: self._stop([product.pid("model")], ms),
        }
        return acts[one.kind]()

    def _any(self, pids: Sequence[int]) -> list[int]:
        return [self._random.choice(pids)] if pids else []

    async def _kill(self, pids: Sequence[int], number: signal.Signals = signal.SIGKILL) -> bool:
        return any(send_signal(pid, number) for pid in self._any(pids))

    async def _stop(self, pids: Sequence[int], seconds: float) -> bool:
        """Stop processes for a while: slow rather than dead."""
        hit = [pid for pid in pids if send_signal(pid, signal.SIGSTOP)]
        self.stopped.update(hit)
        await asyncio.sleep(seconds)
        for pid in hit:
            send_signal(pid, signal.SIGCONT)
        self.stopped.difference_update(hit)
        return bool(hit)

    async def _reload(self, *, changed: bool) -> bool:
        await asyncio.to_thread(self.product.reload, changed=changed)
        return True

    async def _reload_refused(self) -> bool:
        await asyncio.to_thread(self.product.break_config)
        self.product.hang_up()
        await asyncio.sleep(1.5)
        await asyncio.to_thread(self.product.write_config, marker=self.product.marker)
        return True

    async def _reset(self, where: str) -> bool:
        before = self.load.resets["no connection"]
        await self.load.reset(where)
        return self.load.resets["no connection"] == before


def send_signal(pid: int, number: signal.Signals) -> bool:
    if pid <= 1:
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
        return True
    return False
