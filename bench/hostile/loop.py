"""One body, reply or target that costs much; another tenant, and ``/healthz``, go on being answered."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from bench.hostile.held import memory
from bench.hostile.quiet import asking, beside
from bench.hostile.rows import Found, judged, row
from bench.hostile.stand import Answer, Stand, messages
from bench.hostile.tenants import cost, prose

_MUST = "p99 of the quiet tenant at most twice its own, /healthz within 300 ms; answered, or refused at once"
_PATIENCE_S, _SOME_S = 20.0, 14.0
_FINE = frozenset({200, 400, 403, 413, 429, 451})


def _body(text: str = "Write one sentence about the sea.", model: str = "say", **more: Any) -> bytes:
    return json.dumps({"model": model, "messages": messages(text), **more}, separators=(",", ":")).encode()


def _odd(answers: Sequence[Answer]) -> list[str]:
    """Return what is not a fair answer, or one that came late."""
    counts = Counter(str(one) for one in answers if one.status not in _FINE)
    late = [one.seconds for one in answers if one.seconds > _SOME_S]
    return [*(f"{n} x {said}" for said, n in counts.items()), *([f"an answer after {max(late):.0f} s"] if late else [])]


async def _post(stand: Stand, bodies: Sequence[bytes], path: str = "/v1/chat/completions") -> list[Answer]:
    """Send all at once."""
    async with asyncio.TaskGroup() as tasks:
        made = [tasks.create_task(stand.post("loud", body, path=path, patience_s=_PATIENCE_S)) for body in bodies]
    return [one.result() for one in made]


def _sends(name: str, tried: str, bodies: Callable[[], Sequence[bytes]], path: str = "/v1/chat/completions") -> None:
    """Add a row that sends bodies at once, again and again."""

    @row(name, tried, group="loop", must=_MUST, patience_s=120)
    async def run(stand: Stand) -> Found:
        made = bodies()

        async def attack() -> list[str]:
            return _odd(await _post(stand, made, path))

        return await beside(stand, attack, free=True)


def _coordinates() -> list[bytes]:
    return [
        _body(metadata={f"a{number}lat": "x" for number in range(count)}) for count in (4400, 15_000, 15_000, 95_000)
    ]


def _fields() -> list[bytes]:
    words = [f"note {number}" for number in range(19_000)]
    call = {"id": "call_1", "type": "function", "function": {"name": "note", "arguments": json.dumps({"a": words})}}
    turns = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "ok"},
    ]
    history = {"model": "say", "messages": [*messages("Go on."), *turns]}
    numbers = _body(metadata={f"b{number}": number * 1.5 for number in range(8000)})
    return [
        json.dumps(history).encode(),
        _body(metadata={f"k{number}": word for number, word in enumerate(words)}),
        numbers,
    ]


def _many() -> list[bytes]:
    parameters = {"type": "object", "properties": {"who": {"type": "string", "description": "whom to ask"}}}
    tools = [{"type": "function", "function": {"name": f"tool_{number}", "description": f"Tool {number}.", "parameters": parameters}}
             for number in range(3000)]  # fmt: skip
    turns = [
        {"role": "user" if number % 2 == 0 else "assistant", "content": f"line {number}"} for number in range(8000)
    ]
    people = ", ".join(f"Otto Brandt{number} (otto{number}@lettermail.org)" for number in range(700))
    return [_body(tools=tools), json.dumps({"model": "say", "messages": turns}).encode(), _body(f"Thank {people}.")]


def _dense() -> list[bytes]:
    texts = ("a@" * 10_000, "1." * 10_000, "(" * 20_000, "+49 " * 5000, "Dr. " * 5000, "http://" * 3000, "A-" * 10_000, "\n" * 20_000,
             "é" * 20_000, "4111 " * 4000, "[A_1]" * 4000, "\\u0041" * 3000, "%41" * 7000, "&#65;" * 4000, "{" * 20_000)  # fmt: skip
    return [_body(one) for one in texts]


def _lines() -> list[bytes]:
    """Return an upload of 1,200 requests, each of which holds a pseudonym's shape."""
    line = '{"custom_id":"%d","method":"POST","url":"/v1/chat/completions","body":%s}'
    lines = "\n".join(
        line % (number, _body(f"Thank Otto Brandt{number} for order {number}.").decode()) for number in range(1200)
    )
    parts = f'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{lines}\r\n--b--\r\n'
    return [parts.encode()]


_sends("keys of places", "objects of 4,400 to 95,000 keys that end in lat", _coordinates)
_sends("short fields", "19,000 short fields in arguments and in metadata, 8,000 numbers", _fields)
_sends("many of each", "3,000 tools; 8,000 turns; 700 people in one text", _many)
_sends("dense texts", "15 texts of 20 kB that hold nothing but marks", _dense)


@row("lines of a batch", "an upload of 1,200 requests", group="loop", must=_MUST, patience_s=120)
async def lines(stand: Stand) -> Found:
    """Upload again and again."""
    headers = {"content-type": "multipart/form-data; boundary=b"}

    async def attack() -> list[str]:
        return _odd([await stand.post("loud", _lines()[0], headers, "/v1/files", _PATIENCE_S)])

    return await beside(stand, attack, free=True)


def _is_told(name: str, tried: str, model: str, count: int = 2, **more: Any) -> None:
    """Add a row in which a target answers so, so many times at once."""

    @row(name, tried, group="loop", must=_MUST, patience_s=120)
    async def run(stand: Stand) -> Found:
        async def attack() -> list[str]:
            return _odd(await _post(stand, [_body(model=model, **more)] * count))

        return await beside(stand, attack, free=True)


_is_told("many choices", "replies of 20,000 choices of 200 characters, in which values have to go", "do-choices")
_is_told("unfinished calls", "streams of 15,000 calls that begin at one index", "do-unfinished", stream=True)


@row("hanging token", "ten callers of a target whose token endpoint never answers", group="loop", must=f"{_MUST}; one failure for all",
     patience_s=150)  # fmt: skip
async def hanging(stand: Stand) -> Found:
    """Ask ten times at once, then once more: the circuit is open."""
    seen: list[Answer] = []

    async def attack() -> list[str]:
        async with asyncio.TaskGroup() as tasks:
            made = [tasks.create_task(stand.post("loud", _body(model="hang"), patience_s=45)) for _ in range(10)]
        seen.extend(one.result() for one in made)
        return []

    found = await beside(stand, attack, free=True)
    again = await stand.post("loud", _body(model="hang"), patience_s=45)
    slowest = max(one.seconds for one in seen)
    faults = [] if found.holds else [found.said]
    faults += [f"callers waited up to {slowest:.0f} s"] if slowest > 35 else []
    faults += [f"the next waits {again.seconds:.0f} s"] if again.seconds > 1 else []
    return judged(faults, f"{found.said}; ten callers {slowest:.0f} s, the next {again.seconds:.1f} s", **found.figures)


@row("evicted texts", "50,000 short numbers in one request", group="loop", must="texts of other tenants stay known: their cost is as before",
     patience_s=120)  # fmt: skip
async def evicted(stand: Stand) -> Found:
    """Compare the CPU of a known text of another tenant before and after."""
    texts = ["".join(f"Thank {name} Brandt{number} ({name}{number}@lettermail.org), {prose(60)}" for number in range(40))
             for name in ("Otto", "Emil", "Anna", "Lena", "Karl", "Nina", "Hugo", "Vera")]  # fmt: skip

    async def costs() -> float:
        return sum([await cost(stand, [text], "sales") for text in texts])

    new = await costs()
    before = min([await costs() for _ in range(3)])
    numbers = [number * 7919 % 1_000_003 for number in range(50_000)]
    answer = await stand.post("loud", _body(metadata={"a": numbers}), patience_s=45)
    after = await costs()
    faults = [f"{after:.0f} ms CPU instead of {before:.0f}, {new:.0f} when new"] if after > 1.5 * before else []
    return judged(faults, f"{after:.0f} ms CPU after, {before:.0f} before, {new:.0f} when new", answered=str(answer))


@row("padded events", "four streams of 15,000 events with a member obfuscation, still open", group="loop",
     must="memory does not grow with the events", patience_s=60)  # fmt: skip
async def padded(stand: Stand) -> Found:
    """Compare memory before, and while they are open."""
    before, most = memory(stand), 0.0
    async with asyncio.TaskGroup() as tasks:
        made = [
            tasks.create_task(
                stand.post("loud", _body("Thank Otto Brandt.", "do-obfuscated", stream=True), patience_s=16)
            )
            for _ in range(4)
        ]
        while not all(one.done() for one in made):
            most = max(most, memory(stand))
            await asyncio.sleep(0.5)
    size = sum(len(one.result().body) for one in made)
    grown = most - before
    return judged(
        [f"{grown:.0f} MB more for 60,000 events"] if grown > 15 else [],
        f"{grown:.0f} MB more",
        grown_mb=round(grown, 1),
        bytes=size,
    )


@row("tokens without a name", "one tenant holds 128 streams open with a token without jti, another asks with such a token", group="loop",
     must="each is counted by itself", patience_s=60)  # fmt: skip
async def unnamed(stand: Stand) -> Found:
    """Ask while they are open."""
    body = _body(model="do-steady", stream=True)
    token, other = stand.token("loud-eu"), stand.token("quiet-eu")
    async with asyncio.TaskGroup() as tasks:
        made = [tasks.create_task(stand.post(token, body, patience_s=20)) for _ in range(128)]
        await asyncio.sleep(4)
        answer = await stand.post(other, _body())
        own = await stand.post(token, _body())
    counts = Counter(str(one.result()) for one in made)
    faults = [f"the other tenant gets {answer}"] if answer.status != 200 else []
    faults += [f"the first tenant gets {own}: the row shows nothing"] if own.status != 429 else []
    return judged(faults, f"the other tenant gets {answer}, the first one {own}", streams=dict(counts))


@row(
    "sealed blocks",
    "a reply of 100,000 sealed blocks",
    group="loop",
    must="one row of the vault at most",
    patience_s=120,
)
async def sealed(stand: Stand) -> Found:
    """Count rows."""
    count = "SELECT count(*) AS n FROM vault.pseudonym"
    before, began = (await stand.sql(count))[0]["n"], time.monotonic()
    body = json.dumps({"model": "do-sealed", "input": "Write one sentence about the sea.", "store": False}).encode()
    answer = await stand.post("loud", body, path="/v1/responses", patience_s=100)
    rows = (await stand.sql(count))[0]["n"] - before
    took = time.monotonic() - began
    faults = [f"{rows:,} rows"] if rows > 1 else []
    return judged(
        faults + _odd([answer])[:1], f"{rows} rows, {answer} after {took:.0f} s", rows=rows, bytes=len(answer.body)
    )


@row("large replies", "seven whole replies of 8 MB, and one that its caller leaves", group="loop",
     must=f"{_MUST}; memory back within 20 % in a minute; work ends with its caller", patience_s=240)  # fmt: skip
async def large(stand: Stand) -> Found:
    """Ask for one after the other, leave the last, and wait."""
    body = _body(model="do-megabytes")
    await stand.ask("loud", "Write one sentence about the sea.")
    async with asking(stand):  # what the quiet tenant's texts leave in caches is not a large reply's
        await asyncio.sleep(10)
    before, seen = memory(stand), list[Answer]()

    async def attack() -> list[str]:
        seen.append(await stand.post("loud", body, patience_s=60))
        return _odd(seen[-1:])

    faults = []
    found = await beside(stand, attack, free=True)
    while len(seen) < 7:
        faults += await attack()
    await stand.post("loud", body, patience_s=1)
    most, until = memory(stand), time.monotonic() + 60
    while memory(stand) > 1.2 * before and time.monotonic() < until:
        await asyncio.sleep(1)
    after = memory(stand)
    faults += ([] if found.holds else [found.said]) + (
        [f"{before:.0f} MB, then {after:.0f} MB"] if after > 1.2 * before else []
    )
    figures = {**found.figures, "before_mb": round(before), "most_mb": round(most), "after_mb": round(after)}
    return judged(list(dict.fromkeys(faults)), f"{found.said}; {before:.0f} MB before, {after:.0f} after", **figures)
