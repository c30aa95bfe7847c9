"""A quiet tenant who asks one thing after the other, alone and while another tenant attacks.

``python -m bench.hostile.quiet URL`` (key on standard input) is that tenant, in a process of its own, so that the
attacker's work is not in its figures: a line of JSON per answer, until it is killed. It looks at ``/healthz``, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.hostile.rows import Found, judged
from bench.hostile.stand import Answer, Stand

MOST = 2.0  # the quiet tenant's p99 under attack is at most so many times its own
FREE_S = 0.3  # /healthz answers within this time, or twice its own
_ALONE_S, _LEAST_S, _GAP_S = 5.0, 6.0, 0.05
_TOPICS = ("tides", "bridges", "clocks", "kites", "granite", "harbours", "lanterns", "orchards")
Attack = Callable[[], Coroutine[Any, Any, Sequence[str]]]


@dataclass
class Waited:
    """Seconds of each answer, and the answers that were not 200."""

    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def at(self, share: float) -> float:
        """Return a quantile in milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _text(number: int) -> str:
    topic, word = _TOPICS[number % len(_TOPICS)], secrets.token_hex(4)
    if number % 2:
        return f"Ottilie Brandt has type 2 diabetes and reads about {topic}, {word}."
    return f"Please thank Ottilie Brandt for the order about {topic}, batch {word}."


async def ask_on(url: str, key: str) -> None:
    """Ask until killed, a line for each answer: when it was asked (monotonic), seconds, status, words, what was asked."""
    stand = Stand(Path(), url=url, keys={"quiet": key})

    async def again(what: str, ask: Callable[[int], Awaitable[Answer]]) -> None:
        for number in itertools.count():
            at = time.monotonic()
            answer = await ask(number)
            sys.stdout.write(json.dumps([at, time.monotonic() - at, answer.status, str(answer), what]) + "\n")
            sys.stdout.flush()
            await asyncio.sleep(_GAP_S)

    async def look(_number: int) -> Answer:
        return Answer(await stand.status("/healthz"))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(again("text", lambda number: stand.ask("quiet", _text(number))))
        tasks.create_task(again("health", look))


@contextlib.asynccontextmanager
async def asking(stand: Stand) -> AsyncIterator[list[list[Any]]]:
    """Let the quiet tenant ask for as long as the block; yield its answers, which grow."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.hostile.quiet", stand.url,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    answers: list[list[Any]] = []

    async def read() -> None:
        while process.stdout is not None and (line := await process.stdout.readline()):
            answers.append(json.loads(line))

    reading = asyncio.ensure_future(read())
    try:
        if process.stdin is not None:
            process.stdin.write(f"{stand.keys['quiet']}\n".encode())
            await process.stdin.drain()
        while len(_of(answers, "text")) < 3:
            await asyncio.sleep(0.05)
        yield answers
    finally:
        process.kill()
        await process.wait()
        reading.cancel()


def _of(answers: Sequence[Sequence[Any]], what: str) -> list[Sequence[Any]]:
    return [one for one in answers if one[4] == what]


def _between(answers: Sequence[Sequence[Any]], begin: float, end: float, what: str = "text") -> Waited:
    """Return the answers to what was asked within a time; one that was under way at its begin counts."""
    chosen = [one for one in _of(answers, what) if begin <= one[0] + one[1] and one[0] <= end]
    return Waited([one[1] for one in chosen], [one[3] for one in chosen if one[2] != 200])


async def beside(stand: Stand, attack: Attack, *, free: bool = False) -> Found:
    """Measure the quiet tenant alone, during an attack, and alone again; hold both against each other.

    ``free``: the worst ``/healthz`` is held to ``FREE_S``, too. The attack is made again until it took six seconds in all; it returns what was wrong from the attacker's side.
    """
    faults: list[str] = []
    async with asking(stand) as answers:
        begun = time.monotonic()
        await asyncio.sleep(_ALONE_S)
        attacked = time.monotonic()
        while time.monotonic() - attacked < _LEAST_S:
            faults += await attack()
        over = time.monotonic()
        late = len(_of(answers, "text"))
        while len(_of(answers, "text")) < late + 2 and time.monotonic() - over < 60:
            await asyncio.sleep(0.05)
        calm = time.monotonic()
        await asyncio.sleep(_ALONE_S)
        ended = time.monotonic()
        before, during, after = (
            _between(answers, begun, attacked),
            _between(answers, attacked, over),
            _between(answers, calm, ended),
        )
        looked = _between(answers, attacked, over, "health")
        own = _between(answers, begun, attacked, "health").seconds + _between(answers, calm, ended, "health").seconds
    if free and looked.at(1) > 1000 * max(FREE_S, MOST * max(own)):
        faults.append(f"/healthz took {looked.at(1):.0f} ms")
    found = _held(Waited(before.seconds + after.seconds), during, list(dict.fromkeys(faults)))
    return Found(found.holds, found.said, {**found.figures, "healthz_ms": round(looked.at(1))})


def _held(alone: Waited, during: Waited, faults: list[str]) -> Found:
    quiet, attacked = alone.at(0.99), during.at(0.99)
    ratio = attacked / quiet if quiet else float("inf")
    if during.refused:
        faults.append(f"the quiet tenant got {len(during.refused)} x {during.refused[0]}")
    if ratio > MOST:
        faults.append(f"the quiet tenant's p99 is {ratio:.1f} times its own")
    return judged(
        faults, f"quiet p99 {quiet:.0f} ms alone, {attacked:.0f} ms under attack", alone_p50_ms=round(alone.at(0.5)),
        alone_p99_ms=round(quiet), attacked_p50_ms=round(during.at(0.5)), attacked_p99_ms=round(attacked), ratio=round(ratio, 2),
        asked=len(during.seconds),
    )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(ask_on(sys.argv[1], sys.stdin.readline().strip()))
