"""What a tenant at ten times its limit does to another one's waits: ``python -m bench.limits --noisy``.

The whole product runs. A quiet tenant asks at a steady rate; a noisy one asks in turn as often as its limit admits, and
ten times as often. Its first requests of each minute are served until its limit is reached, as fast as they come.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import yaml

from bench.chaos.product import Product
from bench.failover.callers import Provider

_QUIET_S, _LIMIT_S, _TIMES = 5.0, 1.0, 10  # requests a second; of the noisy one within its limit; how many times that
_KEY = ("keys", "create", "--tenant", "noisy", "--service", "bench", "--activity", "support-chat", "--ingress-region", "DE",
        "--subject-region", "DE")  # fmt: skip
_BODY = {"model": "only-1", "messages": [{"role": "user", "content": "Thank Anna Schmidt for her order."}]}


class _Limited(Product):
    """The stack with a second tenant, which has a limit; its deadlines are the product's own."""

    def _settings(self, port: int) -> dict[str, str]:
        return {name: value for name, value in super()._settings(port).items() if not name.endswith("_S")}

    def write_config(self, *, marker: int = 0) -> None:
        """Write the registry."""
        super().write_config(marker=marker)
        path = self.folder / "config" / "registry.yaml"
        registry = yaml.safe_load(path.read_text())
        registry["tenants"]["noisy"] = registry["tenants"]["demo-eu"]
        most = round(60 * _LIMIT_S)
        registry["limits"] = [
            {"id": "noisy", "by": ["tenant"], "tenants": ["noisy"], "per": "minute", "requests": most}
        ]
        path.write_text(yaml.safe_dump(registry, sort_keys=False))


@dataclass
class _Load:
    """Asks at a rate, whether answers come or not. ``waits`` are the seconds until each answer, by how often the noisy one asks."""

    url: str
    waits: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    quiet: Counter[int] = field(default_factory=Counter)

    async def turn(self, quiet: str, noisy: str, times: int, seconds: float) -> None:
        """Have both ask for some seconds."""
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._asked(session, quiet, _QUIET_S, seconds, (self.waits[times], self.quiet)))
            tasks.create_task(self._asked(session, noisy, times * _LIMIT_S, seconds, ([], self.statuses[times])))

    async def _asked(
        self,
        session: aiohttp.ClientSession,
        key: str,
        rate: float,
        seconds: float,
        into: tuple[list[float], Counter[int]],
    ) -> None:
        async def ask(due: float) -> None:
            headers = {"authorization": f"Bearer {key}"}
            async with session.post(f"{self.url}/v1/chat/completions", json=_BODY, headers=headers) as reply:
                await reply.read()
            waits, statuses = into
            waits.append(time.monotonic() - due)
            statuses[reply.status] += 1

        begin = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number in range(round(rate * seconds)):
                await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
                tasks.create_task(ask(begin + number / rate))


async def measured(seconds: float, turns: int) -> None:
    """Print the waits of the quiet tenant beside both, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        async with Provider().serving() as provider:
            product = _Limited(Path(folder), provider.url)
            try:
                await product.start()
                noisy = next(word for word in (await product.command(*_KEY))[1].split() if word.startswith("cp_"))
                load = _Load(product.url)
                await _Load(product.url).turn(product.key, noisy, 1, 5.0)  # warms up
                for turn in range(turns):
                    for times in (1, _TIMES) if turn % 2 == 0 else (_TIMES, 1):
                        await load.turn(product.key, noisy, times, seconds)
            finally:
                await product.stop()
    for times, waits in sorted(load.waits.items()):
        waits.sort()
        counts = ", ".join(f"{count} {status}" for status, count in sorted(load.statuses[times].items()))
        print(
            f"noisy at {times}x its limit ({counts}): quiet p50 {_part(waits, 50):.1f} ms, p99 {_part(waits, 99):.1f} ms"
        )
    print(f"the quiet tenant's answers: {dict(load.quiet)}")
    print(f"ratio of the quiet tenant's p99: {_part(load.waits[_TIMES], 99) / _part(load.waits[1], 99):.2f}")


def _part(waits: list[float], percent: int) -> float:
    """Return a percentile of sorted waits, milliseconds."""
    return waits[len(waits) * percent // 100] * 1000
