"""One tenant attacks, another one goes on asking."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

from bench.hostile.quiet import beside
from bench.hostile.rows import Found, judged, row
from bench.hostile.stand import CHAT, Answer, Stand, messages
from bench.overhead.targets import cpu_seconds
from testing.processes import descendants

_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_WORDS = """the shipment left harbour on monday and reached the northern depot after two days of rain where the clerk
counted every crate twice before signing the paper that said which parts were missing and which ones had been replaced
by older stock from another warehouse in spite of all that had been agreed on last winter with the carrier""".split()
_LATE_S = 14.0  # an answer later than the inspection's deadline and a little


def prose(size: int, own: random.Random | None = None) -> str:
    """Return new text of so many characters that holds nothing personal."""
    drawn = own or random.Random(secrets.token_hex(8))
    found: list[str] = []
    length = 0
    while length < size:
        sentence = " ".join(drawn.choices(_WORDS, k=12)).capitalize() + ". "
        found.append(sentence)
        length += len(sentence)
    return "".join(found)[:size]


def _late(answers: Sequence[Answer]) -> list[str]:
    late = [one for one in answers if one.seconds > _LATE_S or not one.status]
    return [f"{len(late)} answers after {max(one.seconds for one in late):.0f} s: {late[0]}"] if late else []


def _untold(answers: Sequence[Answer]) -> list[str]:
    """429 says when to come back; nothing is a fault of the proxy."""
    faults = [
        f"429 without Retry-After ({one.code})"
        for one in answers
        if one.status == 429 and "retry-after" not in one.headers
    ]
    return faults[:1] + [
        f"{n} x {status}" for status, n in Counter(str(one) for one in answers if one.status >= 500).items()
    ]


def _picture() -> dict[str, object]:
    content = [{"type": "text", "text": f"What is it? {secrets.token_hex(3)}"},
               {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{_PNG}"}}]  # fmt: skip
    return {"model": "say", "messages": [{"role": "user", "content": content}]}


async def _pictures(stand: Stand) -> list[str]:
    faults: list[str] = []
    for _ in range(8):
        answer = await stand.chat("loud", _picture())
        if answer.status < 500 and answer.status != 429 and answer.headers.get("x-should-retry") != "false":
            faults = [f"a picture that no target takes is answered {answer} without x-should-retry: false"]
        await asyncio.sleep(0.7)
    own = await stand.ask("loud", "Ottilie Brandt has type 2 diabetes.")
    return [*faults, *([f"its own text is then answered {own}"] if own.status != 200 else [])]


@row("pictures", "one tenant sends pictures to a text-only in-region server, which answers 500", group="tenants",
     must="counts for that payload only: others and its own texts are served; no retry is advised where it cannot help")  # fmt: skip
async def pictures(stand: Stand) -> Found:
    """Send a picture every 0.7 s."""
    return await beside(stand, lambda: _pictures(stand))


def bomb(mebibytes: int) -> bytes:
    """Return a JSON request in gzip that inflates to so much."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    begin = b'{"model": "say", "messages": [{"role": "user", "content": "'
    chunk = b"a" * (1 << 20)
    return (
        packer.compress(begin)
        + b"".join(packer.compress(chunk) for _ in range(mebibytes))
        + packer.compress(b'"}]}')
        + packer.flush()
    )


async def _raw(stand: Stand, head: str, body: bytes, patience_s: float = 20.0) -> tuple[bytes, bool]:
    """Send bytes on a connection of its own; return the reply and whether the proxy then ended the connection."""
    host, port = stand.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    got, ended = b"", False
    try:
        async with asyncio.timeout(patience_s):
            writer.write(head.encode() + body)
            while chunk := await reader.read(65536):
                got += chunk
            ended = True
    except TimeoutError:
        pass
    except OSError:
        ended = True
    writer.close()
    return got, ended


async def _bombs(stand: Stand, packed: bytes) -> list[str]:
    faults = []
    head = (f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {stand.keys['loud']}\r\nContent-Encoding: gzip\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(packed)}\r\n\r\n")  # fmt: skip
    for _ in range(3):
        began = time.monotonic()
        got, ended = await _raw(stand, head, packed)
        took = time.monotonic() - began
        if got and not got.startswith(b"HTTP/1.1 413"):
            faults.append(f"answered {got[:20]!r}")
        if not ended or took > 5:
            faults.append(f"the connection is still open after {took:.0f} s")
    return list(dict.fromkeys(faults))


@row("compressed body", "a small gzip body of 1 GiB, three times", group="tenants",
     must="413 from a cap on size and ratio, off the event loop; the connection ends; nobody waits")  # fmt: skip
async def compressed(stand: Stand) -> Found:
    """Send three bombs."""
    packed = await asyncio.to_thread(bomb, 1024)
    found = await beside(stand, lambda: _bombs(stand, packed))
    return Found(found.holds, found.said, {**found.figures, "packed_mb": round(len(packed) / 1e6, 1)})


def _bodies() -> list[bytes]:
    return [json.dumps({"model": "say", "messages": messages(prose(size))}).encode() for size in (1 << 20, 15_000_000)]


async def _large(stand: Stand, bodies: Sequence[bytes]) -> list[str]:
    async with asyncio.TaskGroup() as tasks:
        made = [tasks.create_task(stand.post("loud", body, patience_s=45)) for body in bodies]
    answers = [one.result() for one in made]
    odd = [
        f"{len(body) >> 20} MB: {one}"
        for body, one in zip(bodies, answers, strict=True)
        if one.status not in {200, 413, 429}
    ]
    return [*_late(answers), *odd, *_untold(answers)]


@row("large message", "one plain message of 1 MiB and one of 15 MB", group="tenants",
     must="one deadline over the inspection; what cannot be read in time is refused (413, 429) before it costs anything")  # fmt: skip
async def large(stand: Stand) -> Found:
    """Send both at once."""
    bodies = await asyncio.to_thread(_bodies)
    return await beside(stand, lambda: _large(stand, bodies))


async def _burst(stand: Stand, texts: Iterator[str], seen: dict[str, object]) -> list[str]:
    since = await stand.count()
    async with asyncio.TaskGroup() as tasks:
        made = [tasks.create_task(stand.ask("loud", next(texts))) for _ in range(96)]
    answers = [one.result() for one in made]
    local = sum(one["target"].startswith("local") and "crate" in one["body"] for one in await stand.received(since))
    seen |= {"answers": dict(Counter(str(one) for one in answers)), "pinned": local}
    return [*_late(answers), *_untold(answers), *([f"{local} of 96 pinned by overload"] if local > 16 else [])]


@row("burst", "96 requests of one tenant at once, each with 2 KB of new text", group="tenants",
     must="admission before work: the rest is 429 with Retry-After; pinning because of overload is bounded")  # fmt: skip
async def burst(stand: Stand) -> Found:
    """Send all at once."""
    seen: dict[str, object] = {}
    texts = iter([prose(2000) for _ in range(96 * 20)])
    found = await beside(stand, lambda: _burst(stand, texts, seen))
    return Found(found.holds, found.said, {**found.figures, **seen})


def _cpu(stand: Stand) -> float:
    return cpu_seconds([pid for serving in stand.serving() for pid in descendants(serving)])


async def cost(stand: Stand, texts: Sequence[str], caller: str = "loud") -> float:
    """Return CPU milliseconds that requests with these texts at once cost the proxy and its models."""
    before = _cpu(stand)
    async with asyncio.TaskGroup() as tasks:
        for text in texts:
            tasks.create_task(stand.ask(caller, text))
    return 1000 * (_cpu(stand) - before)


@row("identical bodies", "eight identical new bodies at once", group="tenants",
     must="single flight: one digest, one reading; the cost is that of one")  # fmt: skip
async def identical(stand: Stand) -> Found:
    """Compare one, eight the same, eight different, the median of three each."""
    costs: dict[str, list[float]] = {"one": [], "same": [], "different": []}
    for _ in range(3):
        costs["one"].append(await cost(stand, [prose(4000)]))
        costs["same"].append(await cost(stand, [prose(4000)] * 8))
        costs["different"].append(await cost(stand, [prose(4000) for _ in range(8)]))
    one, same, different = (sorted(costs[name])[1] for name in ("one", "same", "different"))
    faults = [f"{same:.0f} ms CPU instead of {one:.0f}"] if same > one + (different - one) / 3 else []
    return judged(faults, f"{same:.0f} ms CPU for eight, {one:.0f} for one, {different:.0f} for eight different",
                  one_ms=round(one), same_ms=round(same), different_ms=round(different))  # fmt: skip
