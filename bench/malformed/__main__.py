"""Malformed requests and replies over all dialects, through the real application in this process.

    python -m bench.malformed [--cases N] [--within S] [--seed K] [--only WORD] [--case NUMBER]

The web application serves on a real socket, its detector, policy and targets are fakes. A request, or the reply of the
target, is not as the dialect says: something odd or nothing in some places, or broken bytes. Each case plants a canary;
a quarter are sound but hold a guarded value in some notation. Ends with status 1 where a handler raised what nobody
expected, a fault of the caller was answered with a status of 500 or above, the canary stood in an error, an answer's head or
a log, the target received it or the value, or the caller got the value. A finding names the case: ``--only``, ``--seed``
and ``--case`` make it again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import logging
import os
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from rich.console import Console
from rich.table import Table
from yarl import URL

from bench.malformed.cases import Case, case, reached
from testing import log_lines
from testing.dialects import planting, stand
from testing.fakes import CANARY, FakeReply, Stage, catalog, target
from testing.serving import Running, serving

#: A reply that is delivered, filtered, with its target's status, as MCP's may be: no error of ours.
_DELIVERED = re.compile(r"\(b'x-compliance-action', b'(?!block')")
#: What is logged where an exception came that nobody expected.
_UNEXPECTED = frozenset({"exchange_failed", "identity_failed", "library_log"})
_PATIENCE_S = 20.0
_SHOWN = 40


@dataclass
class Tally:
    """What came of the cases of one API."""

    ended: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)


@dataclass
class Answer:
    """What the caller got; status 0 where the connection ended without one."""

    status: int = 0
    head: str = ""
    body: bytes = b""
    sent: str = ""  # what the target received
    broken: bool = False


def stage() -> Stage:
    """Return a pipeline on fakes with one third party that serves everything, and guards."""
    return Stage(
        detector=stand.Detector(),
        pdp=stand.Pdp(stand.OBLIGATIONS, guards=frozenset({"US_SSN"})),
        catalog=catalog(target("third", models={"*": "theirs"})),
    )


async def ask(running: Running, session: aiohttp.ClientSession, made: Case) -> Answer:
    """Send one request as it stands, and read what comes."""
    running.stage.upstreams.replies = {"third": FakeReply(made.status, made.media, made.answer)}
    found = Answer()
    try:
        async with asyncio.timeout(_PATIENCE_S), session.request(
            made.method, URL(running.url + made.path, encoded=True), data=made.body, headers=made.headers,
            skip_auto_headers=("content-type",), allow_redirects=False,
        ) as response:  # fmt: skip
            found.status = response.status
            found.head = repr(response.raw_headers)
            async for chunk in response.content.iter_any():
                found.body += chunk
    except (aiohttp.ClientError, ConnectionError):
        found.broken = True
    wires = [one.wire for one in running.stage.upstreams.sent]
    found.sent = "\n".join(text for wire in wires for text in (wire.body.decode(errors="replace"), *wire.outside_body))
    return found


def judged(made: Case, found: Answer, logs: list[Any], faults: list[str]) -> Iterator[str]:
    """Yield what must not have happened."""
    yield from faults
    for entry in logs:
        if entry.get("event") in _UNEXPECTED:
            yield f"unexpected: {entry.get('error')} at {entry.get('where')}"
        if CANARY in repr(entry):
            yield f"the log {entry.get('event')} holds payload text"
    excused = found.status == 502 and not made.recorded  # the target's answer is none of this API
    if made.spoilt == "request" and (found.status >= 500 or not found.status) and not excused:
        yield f"a fault of the caller was answered with {found.status or 'nothing'}"
    if found.status == 500:
        yield "answered with 500"
    if CANARY in found.head:
        yield "the head of the answer holds payload text"
    if CANARY in found.sent or planting.holds(found.sent):
        yield "the target received a guarded value"
    if made.spoilt == "said" and planting.holds(found.body):
        yield "the caller got a guarded value"
    if found.status >= 400 and CANARY.encode() in found.body and not _DELIVERED.search(found.head):
        yield f"the error {found.status} holds payload text"


class Faults(logging.Handler):
    """Keeps what libraries log as errors, by type alone."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        self._kept.append(f"{record.name} logged {kind or record.getMessage()[:60]}")


@contextlib.asynccontextmanager
async def _watched() -> AsyncIterator[list[str]]:
    """Give a list that fills with what the event loop and libraries tell of errors."""
    faults: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, told: faults.append(f"the event loop was told of {type(told.get('exception')).__name__}")
    )
    handler = Faults(faults)
    logging.getLogger().addHandler(handler)
    try:
        yield faults
    finally:
        logging.getLogger().removeHandler(handler)


async def run(options: argparse.Namespace, console: Console) -> dict[str, Tally]:
    """Try everything; return what came of it by API."""
    places = [place for place in reached() if options.only in place.name]
    tallies: dict[str, Tally] = {}
    until = time.monotonic() + options.within
    numbers = [options.case] if options.case is not None else range(-(-options.cases // max(1, len(places))))
    async with (
        _watched() as faults,
        serving(stage(), body=1 << 20, head=32 << 10, bytes=1 << 30, concurrency=64) as running,
        aiohttp.ClientSession() as session,
    ):
        for number, place in itertools.product(numbers, places):
            if time.monotonic() < until:
                assert place.served.api is not None
                tally = tallies.setdefault(place.served.api.name, Tally())
                with log_lines.captured() as logs:
                    made = case(place, options.seed, number)
                    found = await ask(running, session, made)
                tally.ended[_ended(made, found)] += 1
                told = f"--only '{place.name}' --seed {options.seed} --case {number}"
                tally.findings += [f"{one}   {told}" for one in judged(made, found, logs, faults)]
                faults.clear()
                _forget(running)
                if options.case is not None:
                    console.print(made, found, logs, sep="\n")
    return tallies


def _forget(running: Running) -> None:
    running.stage.audit.writer.units.clear()
    running.stage.audit.events.clear()
    running.stage.upstreams.sent.clear()
    running.stage.pdp.asked.clear()
    running.stage.detector.seen.clear()


def _ended(made: Case, found: Answer) -> str:
    if not found.status:
        return f"{made.spoilt} none"
    return f"{made.spoilt} {'cut' if found.broken else f'{found.status // 100}xx'}"


def show(tallies: dict[str, Tally], console: Console) -> None:
    """Print a row for each API, and what must not have happened."""
    columns = ("request 2xx", "request 4xx", "request 5xx", "reply 2xx", "reply cut", "reply 4xx", "reply 5xx",
               "asked 2xx", "asked 4xx", "said 2xx", "said cut", "said 5xx")  # fmt: skip
    title = "malformed requests and replies, and guarded values asked and said, by what the caller got"
    table = Table(title=title, title_justify="left")
    for name in ("API", *columns, "wrong"):
        table.add_column(name, justify="left" if name == "API" else "right")
    for name, tally in (*tallies.items(), ("together", _together(tallies))):
        table.add_row(name, *(f"{tally.ended[column]:,}" for column in columns), f"{len(tally.findings):,}")
    console.print(table)
    kinds = Counter(finding.split("   ")[0] for tally in tallies.values() for finding in tally.findings)
    for kind, times in kinds.most_common(_SHOWN):
        example = next(f for tally in tallies.values() for f in tally.findings if f.startswith(kind))
        console.print(f"[red]WRONG[/red] {times} times: {example}", soft_wrap=True)


def _together(tallies: dict[str, Tally]) -> Tally:
    whole = Tally()
    for tally in tallies.values():
        whole.ended += tally.ended
        whole.findings += tally.findings
    return whole


def main() -> int:
    """Run and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.malformed", description=str(__doc__).splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000, help="cases in all (default 100000)")
    parser.add_argument("--within", type=float, default=1800.0, help="seconds after which no further case begins")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)), help="makes the same cases again")
    parser.add_argument("--only", default="", help="only APIs and paths whose name holds this word")
    parser.add_argument("--case", type=int, help="only the case of this number of each path, shown in full")
    options = parser.parse_args()
    console = Console(width=170, highlight=False)
    began = time.monotonic()
    with contextlib.suppress(KeyboardInterrupt):
        tallies = asyncio.run(run(options, console))
        show(tallies, console)
        whole = _together(tallies)
        seconds = time.monotonic() - began
        console.print(
            f"seed {options.seed}: {whole.ended.total():,} cases, {len(whole.findings)} wrong, {seconds:.0f} s"
        )
        return 1 if whole.findings else 0
    return 130


if __name__ == "__main__":
    sys.exit(main())
