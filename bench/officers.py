"""Ten officers beside known traffic: ``python -m bench.console --officers 10``.

A whole stack is started, and callers ask it for texts that it has read before, in an even rhythm. In every other round as many
officers as are wanted open pages, each the next one as soon as the last is there, from a process of their own. Printed for
the rounds without and with them, which take turns: answers, those that were refused, p50 and p99, and what the one is of
the other; how many pages were opened, by status; and the log's lines on pages that failed. A ratio says more than a time
while other programs run.

``python -m bench.officers URL SESSION...`` is the officers: a line for each page, until it is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import itertools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from rich.console import Console as Terminal
from rich.table import Table

from bench.hostile.quiet import Waited
from bench.hostile.stand import CALLERS, Stand
from proxy.console.security import csrf_token

#: What an officer opens, one after the other; each reads the evidence.
PAGES = ("?p=7d", "exchanges?p=7d", "exchanges?p=7d&action=block", "questions/AQ-14?ask=1&since={week}", "integrity")
_TEXTS = tuple(f"Please thank Ottilie Brandt for the order about {topic}." for topic in ("tides", "kites", "clocks"))
_SENDERS, _GAP_S, _COOKIE = 4, 0.05, "cp_session"
#: A page that failed, as the log of the stack names it.
_FAILED = "console_failed"
#: Where officers say why they read.
PURPOSE = "/console/session/purpose"


@dataclass
class Rounds:
    """Answers to known traffic and pages that officers opened, over all rounds of one kind."""

    traffic: Waited = field(default_factory=Waited)
    pages: Counter[str] = field(default_factory=Counter)


def ratio(without: Waited, beside: Waited, share: float) -> float:
    """Return a quantile beside officers by the one without them; 0 where nothing was answered without."""
    alone = without.at(share)
    return beside.at(share) / alone if alone else 0.0


async def measured(officers: int, rounds: int, seconds: float, before: int) -> None:
    """Start a stack that has answered so much before, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        stand = Stand(Path(folder))
        try:
            await stand.start({"quiet": CALLERS["quiet"]})
            for number in range(before):
                await stand.ask("quiet", _TEXTS[number % len(_TEXTS)])
            sessions = [await session(stand, f"officer-{number}") for number in range(officers)]
            kinds = {"without": Rounds(), "beside": Rounds()}
            for _ in range(rounds):
                await _round(stand, kinds["without"], (), seconds)
                await _round(stand, kinds["beside"], sessions, seconds)
        finally:
            await stand.stop()
        failures = [line for line in stand.output.read_text(errors="replace").splitlines() if _FAILED in line]
    terminal = Terminal(width=120)
    shown(terminal, kinds)
    for line in failures:
        terminal.print(line, markup=False)


async def _round(stand: Stand, seen: Rounds, sessions: Sequence[str], seconds: float) -> None:
    """Ask for some seconds, while these sessions open pages."""
    async with _clicking(stand.url, sessions, seen.pages):
        until = time.monotonic() + seconds

        async def send(first: int) -> None:
            for number in itertools.count(first):
                if time.monotonic() >= until:
                    return
                answer = await stand.ask("quiet", _TEXTS[number % len(_TEXTS)])
                seen.traffic.seconds.append(answer.seconds)
                if answer.status != 200:
                    seen.traffic.refused.append(str(answer))
                await asyncio.sleep(_GAP_S)

        async with asyncio.TaskGroup() as tasks:
            for number in range(_SENDERS):
                tasks.create_task(send(number))


@contextlib.asynccontextmanager
async def _clicking(url: str, sessions: Sequence[str], pages: Counter[str]) -> AsyncIterator[None]:
    """Let officers open pages for as long as the block, each from its first page on."""
    if not sessions:
        yield
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.officers", url, *sessions, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    stream = process.stdout

    async def read() -> None:
        while line := await stream.readline():
            pages[line.decode().strip()] += 1

    await stream.readline()  # one has a page: they are there
    reading = asyncio.ensure_future(read())
    try:
        yield
    finally:
        process.kill()
        await process.wait()
        await reading


async def session(stand: Stand, name: str) -> str:
    """Log an officer in with a link of this machine and give a purpose; return the session."""
    status, said = await stand.command("console", "--as", name)
    if status:
        raise RuntimeError(f"no link: {said}")
    link = said.strip().rpartition("link=")[2].split()[0]
    headers = {"Origin": stand.url, "Sec-Fetch-Site": "same-origin"}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(stand.url, cookie_jar=jar, headers=headers) as browser:
        async with browser.post("/console/login", data={"link": link}, allow_redirects=False) as answer:
            token = answer.cookies[_COOKIE].value
        fields = {"purpose": "bench of pages", "csrf": csrf_token(token)}
        async with browser.post(PURPOSE, data=fields, allow_redirects=False) as answer:
            if answer.status != 303:
                raise RuntimeError(f"no purpose: {answer.status}")
    return token


async def click(url: str, sessions: Sequence[str]) -> None:
    """Open pages until killed: a line for each, its status."""
    week = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=7)

    async def officer(first: int, token: str) -> None:
        async with aiohttp.ClientSession(cookies={_COOKIE: token}) as browser:
            for number in itertools.count(first):
                page = PAGES[number % len(PAGES)].format(week=week)
                async with browser.get(f"{url}/console/{page}", allow_redirects=False) as answer:
                    await answer.read()
                    print(answer.status, flush=True)

    async with asyncio.TaskGroup() as tasks:
        for number, token in enumerate(sessions):
            tasks.create_task(officer(number, token))


def shown(terminal: Terminal, kinds: Mapping[str, Rounds]) -> None:
    """Print what was counted."""
    table = Table("officers", "answers", "refused", "p50 ms", "p99 ms", "pages by status")
    for name, seen in kinds.items():
        figures = (f"{seen.traffic.at(share):.1f}" for share in (0.5, 0.99))
        pages = ", ".join(f"{status}: {number}" for status, number in sorted(seen.pages.items()))
        table.add_row(name, str(len(seen.traffic.seconds)), str(len(seen.traffic.refused)), *figures, pages)
    terminal.print(table)
    without, beside = kinds["without"].traffic, kinds["beside"].traffic
    terminal.print(f"beside by without: p50 {ratio(without, beside, 0.5):.2f}, p99 {ratio(without, beside, 0.99):.2f}")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(click(sys.argv[1], sys.argv[2:]))
