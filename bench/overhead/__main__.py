"""Measure all targets in alternating rounds and print one table per body size and number of connections.

Each table is printed as it is measured, and every row goes to rows.jsonl as it comes; what fails is a row that says so.
Every figure is a median over rounds. CPU per request is the on-CPU time of the target's own processes; "beside" is
that of the processes that help it (Postgres, policy engine, detection workers; Presidio's services). Read ratios:
absolute numbers move with the machine.

A growing conversation sends all its earlier messages again with each turn, under the keys of several tenants in turn:
no body repeats, its history is known. Its last message is known to "known text" and new to "new text". "policy kept" is
the share of the decisions (requests and replies) that came from the decision cache.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.overhead import targets
from bench.overhead.targets import Target, cpu_seconds, memory_mb

_PATIENCE_S = 600.0
_MESSAGES = " messages"
_DEFAULT_OUT = Path(__file__).parents[1] / "out" / "overhead"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.overhead")
    parser.add_argument("--sizes", default="300,2k,20k", help="body sizes (default 300,2k,20k; '': none)")
    parser.add_argument(
        "--conversations", default="10,50,200", help="messages of growing conversations (default 10,50,200; '': none)"
    )
    parser.add_argument("--connections", default="1,16,64", help="connections (default 1,16,64)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one measurement")
    parser.add_argument(
        "--litellm", action="store_true", help="install LiteLLM into its own environment and measure it"
    )
    parser.add_argument("--out", type=Path, default=_DEFAULT_OUT)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    console = Console(width=130)
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(targets.upstream(options.out))
        chosen = [Target("direct", upstream, list)]
        chosen.append(stack.enter_context(targets.bare(options.out, upstream)))
        chosen += stack.enter_context(targets.ours(options.out, upstream))
        if options.litellm:
            executable = install_litellm(options.out, console)
            for presidio in (False, True) if executable else ():
                with contextlib.suppress(RuntimeError):
                    chosen.append(
                        stack.enter_context(targets.litellm(options.out, upstream, executable, presidio=presidio))
                    )
        rows = measure(chosen, options, console)
    summary(rows, console)


def install_litellm(out: Path, console: Console) -> Path | None:
    """Return LiteLLM's command from its own environment, None when it cannot be installed."""
    home = out / "litellm"
    if not (home / "bin" / "litellm").exists():
        console.print("installing litellm[proxy] into its own environment (minutes)")
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        done = subprocess.run([str(home / "bin" / "pip"), "install", "-q", "litellm[proxy]"], check=False)
        if done.returncode:
            console.print("litellm cannot be installed here: not measured")
            return None
    return home / "bin" / "litellm"


def sent(options: argparse.Namespace) -> list[str]:
    """Return what is sent: bodies of sizes ("2k"), conversations by their messages ("200 messages")."""
    sizes = [size for size in options.sizes.split(",") if size]
    return sizes + [f"{length}{_MESSAGES}" for length in options.conversations.split(",") if length]


def measure(chosen: list[Target], options: argparse.Namespace, console: Console) -> list[dict[str, object]]:
    """Run every combination in every round, the targets in turn."""
    rows: list[dict[str, object]] = []
    number = int(time.time()) % 100_000 * 1_000_000
    for target in chosen:
        tried(load, target, "300", 4, 1.0, number)
    with (options.out / "rows.jsonl").open("w") as kept:
        for body in sent(options):
            broken = {target.name: failed for target in chosen if (failed := tried(warm, target, body)) is not None}
            for connections in map(int, options.connections.split(",")):
                for turn in range(options.rounds):
                    for target in chosen if turn % 2 == 0 else chosen[::-1]:
                        number += 100_000
                        row = (
                            broken.get(target.name)
                            or tried(one, target, body, connections, options.seconds, number)
                            or {}
                        )
                        rows.append({"target": target.name, "size": body, "connections": connections, **row})
                        kept.write(json.dumps(rows[-1]) + "\n")
                        kept.flush()
                console.print(table(rows, body, connections))
                console.print(f"[dim]load {os.getloadavg()[0]:.1f}[/dim]")
    return rows


def tried(work: Callable[..., dict[str, Any] | None], *arguments: object) -> dict[str, Any] | None:
    """Return what a part of the work returns; where it fails, a row that says so."""
    try:
        return work(*arguments)
    except (subprocess.SubprocessError, OSError, RuntimeError, ValueError) as error:
        return {"failed": type(error).__name__}


def warm(target: Target, body: str) -> None:
    """Send every known body once, or every known text of conversations under each key."""
    load(target, body, len(target.keys), _PATIENCE_S, 0, once=True)


def one(target: Target, body: str, connections: int, seconds: float, number: int) -> dict[str, object]:
    """Measure one target once; conversations are already under way."""
    if body.endswith(_MESSAGES):
        load(target, body, connections, _PATIENCE_S, number, once=True)
    proxy, beside = target.proxy(), target.beside()
    decided = target.decided() if target.decided else (0.0, 0.0)
    before, before_beside = cpu_seconds(proxy), cpu_seconds(beside)
    result = load(target, body, connections, seconds, number)
    count = max(1, int(result["requests"]))
    spent, spent_beside = cpu_seconds(proxy) - before, cpu_seconds(beside) - before_beside
    asked, kept = (
        now - then for now, then in zip(target.decided() if target.decided else (0.0, 0.0), decided, strict=True)
    )
    return {
        "target": target.name,
        "size": body,
        "connections": connections,
        **result,
        "cpu_us": 1e6 * spent / count,
        "beside_us": 1e6 * spent_beside / count,
        "policy_kept": 100 * kept / asked if asked else None,
        "memory_mb": memory_mb(proxy),
        "beside_mb": memory_mb(beside),
    }


def load(
    target: Target, body: str, connections: int, seconds: float, number: int, *, once: bool = False
) -> dict[str, float]:
    """Run the load in its own process."""
    conversation = body.endswith(_MESSAGES)
    job = {
        "port": target.port,
        "size": body,
        "connections": connections,
        "seconds": seconds,
        "keys": target.keys if conversation else target.keys[:1],
        "path": target.path,
        "fresh": number if target.fresh else 0,
        "messages": int(body.removesuffix(_MESSAGES)) if conversation else 0,
        "seed": number,
        "once": once,
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.overhead.load"],
        input=json.dumps(job).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def table(rows: list[dict[str, object]], size: str, connections: int) -> Table:
    """Return the medians of one combination."""
    what = f"growing conversation of {size}" if size.endswith(_MESSAGES) else f"{size} body"
    made = Table(title=f"{what}, {connections} connection(s)", title_justify="left")
    for name in (
        "target",
        "req/s",
        "p50 ms",
        "p99 ms",
        "CPU µs/req",
        "beside µs/req",
        "x bare",
        "MB",
        "MB beside",
        "policy kept",
        "errors",
    ):
        made.add_column(name, justify="left" if name == "target" else "right")
    mine = [row for row in rows if row["size"] == size and row["connections"] == connections]
    names = list(dict.fromkeys(str(row["target"]) for row in mine))
    bare = median(mine, "bare aiohttp", "cpu_us")
    for name in names:
        value = {key: median(mine, name, key) for key in
                 ("per_second", "p50_ms", "p99_ms", "cpu_us", "beside_us", "memory_mb", "beside_mb", "policy_kept", "errors")}  # fmt: skip
        ratio = f"{value['cpu_us'] / bare:.2f}" if bare and value["cpu_us"] else ""
        kept = (
            f"{value['policy_kept']:.1f} %"
            if any(row.get("policy_kept") for row in mine if row["target"] == name)
            else ""
        )
        failures = [str(row["failed"]) for row in mine if row["target"] == name and "failed" in row]
        made.add_row(
            f"{name} ({len(failures)} x {failures[0]})" if failures else name, f"{value['per_second']:,.0f}", f"{value['p50_ms']:.2f}", f"{value['p99_ms']:.2f}",
            f"{value['cpu_us']:,.0f}", f"{value['beside_us']:,.0f}", ratio,
            f"{value['memory_mb']:.0f}", f"{value['beside_mb']:.0f}", kept, f"{value['errors']:.0f}",
        )  # fmt: skip
    return made


def median(rows: list[dict[str, object]], name: str, key: str) -> float:
    """Return the median of a column over the rounds of one target."""
    found = [float(str(row[key])) for row in rows if row["target"] == name and row.get(key) is not None]
    return statistics.median(found) if found else 0.0


def summary(rows: list[dict[str, object]], console: Console) -> None:
    """Print the ratios that the goals are set in."""
    at16 = [row for row in rows if row["size"] == "2k" and row["connections"] == 16]
    at1 = [row for row in rows if row["size"] == "2k" and row["connections"] == 1]
    known, bare = median(at16, "ours, known text", "cpu_us"), median(at16, "bare aiohttp", "cpu_us")
    if known and bare:
        console.print(f"2 KB, 16 connections: CPU per request {known / bare:.2f} times the bare aiohttp proxy's")
    for peer in ("litellm", "litellm + presidio"):
        total = median(at16, peer, "cpu_us") + median(at16, peer, "beside_us")
        ours_total = known + median(at16, "ours, known text", "beside_us")
        if total and known:
            console.print(
                f"2 KB, 16 connections: {peer} uses {total / known:.0f} times our proxy's CPU per request, "
                f"{total / ours_total:.0f} times all our parts'"
            )
    if at1:
        added = median(at1, "ours, known text", "p50_ms") - median(at1, "bare aiohttp", "p50_ms")
        console.print(f"2 KB, 1 connection: added p50 over the bare proxy {added:.2f} ms")


if __name__ == "__main__":
    main()
