"""``compliance-proxy top`` and ``usage``: what the processes do now, and what is taken from limits and budgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from proxy.registry.store import RegistryStore


_HOME, _CLEAR = "\x1b[H", "\x1b[J"
_MOST = 8  # rows of a table
_FAILED = ("5", "unreachable", "timeout", "not_called")
_RESPONSIBILITIES = ("none", "policy", "caller", "target", "proxy")

Values = tuple[str, ...]  # of some labels of a metric
Sums = defaultdict[Values, float]
Rate = Callable[..., Sums]


@dataclass(slots=True)
class Sample:
    """The metrics of all processes at one time: sums by name and labels; of parts that are not ready, where."""

    values: dict[str, list[tuple[Mapping[str, str], float]]] = field(default_factory=lambda: defaultdict(list))
    unready: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    processes: int = 0

    def add(self, address: str, text: str) -> None:
        """Add what a process exposes."""
        from prometheus_client.parser import text_string_to_metric_families

        self.processes += 1
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self.values[sample.name].append((sample.labels, sample.value))
                if sample.name == "proxy_part_ready" and not sample.value:
                    self.unready.append(f"{sample.labels['part']} of {address}")

    def by(self, name: str, *labels: str) -> Sums:
        """Return the sums of a metric by the values of some labels."""
        sums: Sums = defaultdict(float)
        for named, value in self.values[name]:
            sums[tuple(named.get(label, "") for label in labels)] += value
        return sums


def command(
    addresses: Annotated[
        list[str] | None, typer.Argument(help="Addresses of /metrics (default: the one that runs here).")
    ] = None,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two samples.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Print one table of two samples, then exit.")] = False,
) -> None:
    """Show requests, faults, targets, tenants, waits and pools as they are now. Ctrl-C ends it."""
    import asyncio
    import contextlib

    from proxy.settings import Settings

    settings = Settings()
    urls = addresses or [f"http://127.0.0.1:{settings.metrics_port or settings.port}"]
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_show(urls, every, once=once))


async def _show(urls: Sequence[str], every: float, *, once: bool) -> None:
    import asyncio

    before = await _sampled(urls)
    while True:
        await asyncio.sleep(every)
        now = await _sampled(urls)
        text = "\n".join(lines(before, now, every))
        typer.echo(text if once else f"{_HOME}{text}{_CLEAR}")
        if once:
            raise typer.Exit(1 if now.lost or now.unready else 0)
        before = now


async def _sampled(urls: Iterable[str]) -> Sample:
    """Return what the processes expose now; one that does not answer is named as lost."""
    import aiohttp

    sample = Sample()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        for url in urls:
            address = url if "://" in url else f"http://{url}"
            try:
                async with session.get(f"{address.removesuffix('/metrics')}/metrics") as response:
                    response.raise_for_status()
                    sample.add(address, await response.text())
            except (aiohttp.ClientError, TimeoutError):
                sample.lost.append(address)
    return sample


def lines(before: Sample, now: Sample, seconds: float) -> Iterator[str]:
    """Yield the table: rates between two samples, and what is so now."""

    def rate(name: str, *labels: str) -> Sums:
        earlier, sums = before.by(name, *labels), now.by(name, *labels)
        return defaultdict(float, {key: (n - earlier[key]) / seconds for key, n in sums.items() if n > earlier[key]})

    answers, all_ = rate("proxy_answers_total", "responsibility"), now.by("proxy_answers_total", "responsibility")
    total, failed = sum(all_.values()), all_["target",] + all_["proxy",]
    share = f"{1 - failed / total:.3%}" if total else "-"
    yield (
        f"{now.processes} of {now.processes + len(now.lost)} processes   {sum(answers.values()):.1f} requests/s   "
        f"available {share} since they started   in flight {_value_of(now, 'proxy_in_flight')}   "
        f"streams {_value_of(now, 'proxy_streams_open')}"
    )
    yield "answers/s  " + "   ".join(f"{whose} {answers[whose,]:.1f}" for whose in _RESPONSIBILITIES)
    yield from (f"LOST       {address} does not answer" for address in now.lost)
    yield from (f"NOT READY  {part}" for part in now.unready)
    yield from _table("path", rate("proxy_exchanges_total", "path"), _means(rate, "proxy_exchange_seconds", "path"))
    yield from _table("target", rate("proxy_target_calls_total", "target"), _targets(rate, now))
    codes = rate("proxy_exchanges_total", "code", "responsibility")
    yield from _table("code", {key: number for key, number in codes.items() if key[0]}, {})
    yield from _table("tenant", rate("proxy_tenant_exchanges_total", "tenant"), {})
    yield from _table("model", rate("proxy_model_exchanges_total", "model"), {})
    stages = _means(rate, "proxy_stage_seconds", "stage")
    yield from _table("stage", rate("proxy_stage_seconds_count", "stage"), stages)
    pools = now.by("proxy_pool_connections", "pool", "state")
    for (pool,) in sorted({(pool,) for pool, _ in pools}):
        busy, waiting, most = (int(pools[pool, state]) for state in ("busy", "waiting", "most"))
        yield f"pool       {pool:28} {busy} busy{f' of {most}' if most else ''}, {waiting} wait"


def _value_of(sample: Sample, name: str) -> int:
    return int(sum(value for _, value in sample.values[name]))


def _means(rate: Rate, name: str, label: str) -> Mapping[Values, str]:
    """Return the mean time of each value of a label."""
    sums, counts = rate(f"{name}_sum", label), rate(f"{name}_count", label)
    return {key: f"{1000 * sums[key] / number:8.1f} ms" for key, number in counts.items()}


def _targets(rate: Rate, now: Sample) -> Mapping[Values, str]:
    """Return mean time, share of failures and state of each target."""
    calls = rate("proxy_target_calls_total", "target", "result")
    means, down = _means(rate, "proxy_target_seconds", "target"), now.by("proxy_target_down", "target")
    shown: dict[Values, str] = {}
    for key in {(target,) for target, _ in calls}:
        all_ = sum(number for (target, _), number in calls.items() if (target,) == key)
        bad = sum(
            number for (target, result), number in calls.items() if (target,) == key and result.startswith(_FAILED)
        )
        shown[key] = f"{means.get(key, ''):>11} {bad / all_:6.1%} failed{'  DOWN' if down[key] else ''}"
    return shown


def _table(name: str, rates: Mapping[Values, float], more: Mapping[Values, str]) -> Iterator[str]:
    """Yield the highest rates with what else is known of each."""
    for key, number in sorted(rates.items(), key=lambda item: -item[1])[:_MOST]:
        yield f"{name:10} {' '.join(key):40} {number:8.1f}/s {more.get(key, '')}".rstrip()


def usage(as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False) -> None:
    """Show how much of each limit and budget is used in the current windows. Costs by activity: audit ask AQ-30."""
    from proxy.cli.audit import tables
    from proxy.cli.registry.store import with_store
    from proxy.registry import allowances
    from proxy.service import rollout
    from proxy.settings import Settings

    async def work(store: RegistryStore, _log: Any) -> list[dict[str, Any]]:
        counters, settings = await store.usage(), Settings()
        active = await store.active() if settings.registry == "database" else None
        documents = active.documents if active is not None else rollout.newest(settings).plain
        return allowances.standing(counters, documents)

    rows = with_store(work, recorded=False)
    if as_json:
        typer.echo(tables.json_lines(rows))
    elif rows:
        columns = ("limit", "unit", "of", "ends", "taken", "most", "share", "currency")
        tables.show(tables.plain([_shown(row) for row in rows], columns))
    else:
        typer.echo("nothing is taken from any limit or budget now")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    amounts = {name: f"{row[name]:,.4f}" if row["currency"] else f"{row[name]:,}" for name in ("taken", "most")}
    return row | {"of": ", ".join(row["names"]), "share": f"{row['share']:.0%}", **amounts}
