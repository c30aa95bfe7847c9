"""What held when the product was attacked, and must go on holding."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import random
import re
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.hostile.behaviours import CONTAINED_STREAM, CONTAINED_WHOLE
from bench.hostile.rows import Found, judged, row
from bench.hostile.stand import CHAT, EMBEDDINGS, Stand, messages
from bench.overhead.targets import memory_mb
from testing.processes import descendants

_LINE = f"POST {CHAT} HTTP/1.1"
_BODY = json.dumps({"model": "say", "messages": messages("smuggled")})
_LENGTH = len(_BODY)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_INNER = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer KEY\r\nContent-Length: {_LENGTH}\r\n\r\n{_BODY}"


def _framings() -> Mapping[str, str]:
    """Requests whose end two readers would see in different places, by name; KEY stands for the key."""
    chunked, length = "Transfer-Encoding: chunked", f"Content-Length: {_LENGTH}"
    whole = f"{_LENGTH:x}\r\n{_BODY}\r\n0\r\n\r\n"
    heads: dict[str, tuple[str, str]] = {
        "length and chunked": (f"{length}\r\n{chunked}", whole),
        "chunked and length": (f"{chunked}\r\n{length}", whole),
        "chunked, short length": (f"Content-Length: 4\r\n{chunked}", f"0\r\n\r\n{_INNER}"),
        "two lengths": (f"Content-Length: 5\r\n{length}", _BODY),
        "length list": (f"Content-Length: {_LENGTH}, {_LENGTH + 1}", _BODY),
        "negative length": ("Content-Length: -1", _BODY),
        "length with sign": (f"Content-Length: +{_LENGTH}", _BODY),
        "hexadecimal length": (f"Content-Length: 0x{_LENGTH:x}", _BODY),
        "length in other digits": ("Content-Length: \u0663\u0664", _BODY),
        "length with a blank inside": ("Content-Length: 1 2", _BODY),
        "huge length": (f"Content-Length: {10**30}", _BODY),
        "unknown coding": ("Transfer-Encoding: xchunked", whole),
        "chunked twice": (f"{chunked}\r\n{chunked}", whole),
        "chunked, identity": ("Transfer-Encoding: chunked, identity", whole),
        "chunked with a tab": ("Transfer-Encoding:\tchunk\ted", whole),
        "blank before colon": (f"Transfer-Encoding : chunked\r\n{length}", whole),
        "folded header": (f"X-A: b\r\n Transfer-Encoding: chunked\r\n{length}", _BODY),
        "bare line feed": (f"X-A: b\nTransfer-Encoding: chunked\r\n{length}", whole),
        "bare carriage return": (f"X-A: b\rTransfer-Encoding: chunked\r\n{length}", _BODY),
        "nul in a header": (f"X-A: b\0c\r\n{length}", _BODY),
        "bad chunk size": (chunked, f"{_LENGTH:x}z\r\n{_BODY}\r\n0\r\n\r\n"),
        "negative chunk size": (chunked, f"-{_LENGTH:x}\r\n{_BODY}\r\n0\r\n\r\n"),
        "overlong chunk size": (chunked, f"{'f' * 40}\r\n{_BODY}\r\n0\r\n\r\n"),
        "chunk without its end": (chunked, f"{_LENGTH:x}\r\n{_BODY}XX0\r\n\r\n"),
        "two hosts": (f"Host: y\r\n{length}", _BODY),
        "two keys": (f"Authorization: Bearer other\r\n{length}", _BODY),
    }
    made = {
        name: f"{_LINE}\r\nHost: x\r\nAuthorization: Bearer KEY\r\n{head}\r\n\r\n{body}"
        for name, (head, body) in heads.items()
    }
    made["no version"] = f"POST {CHAT}\r\nHost: x\r\n{length}\r\n\r\n{_BODY}"
    made["version 3"] = f"POST {CHAT} HTTP/3.7\r\nHost: x\r\nAuthorization: Bearer KEY\r\n{length}\r\n\r\n{_BODY}"
    return made


async def _exchange(stand: Stand, request: str, patience_s: float = 1.5) -> bytes:
    """Send bytes; return what comes until the proxy ends the connection or nothing more comes."""
    host, port = stand.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    got = b""
    with contextlib.suppress(OSError, TimeoutError):
        writer.write(request.encode())
        while chunk := await asyncio.wait_for(reader.read(65536), patience_s):
            got += chunk
    writer.close()
    return got


@row(
    "framing",
    f"{len(_framings())} requests whose end two readers would see in different places",
    must="refused, nothing smuggled",
    group="held",
)
async def framing(stand: Stand) -> Found:
    """Send each on a connection of its own; what reaches a target must be exactly what was answered 200."""
    since, faults = await stand.count(), []
    statuses: Counter[str] = Counter()
    plain = await _exchange(stand, _INNER.replace("KEY", stand.keys["loud"]))
    if not plain.startswith(b"HTTP/1.1 200"):
        return Found(False, f"a sound request is answered {plain[:30]!r}: the row shows nothing")
    since += 1
    for name, request in _framings().items():
        got = await _exchange(stand, request.replace("KEY", stand.keys["loud"]))
        answers = [part.decode() for part in _STATUS.findall(got)]
        statuses.update(answers or ["no answer"])
        if "200" in answers or "500" in answers or len(answers) > 1:
            faults.append(f"{name}: {answers}")
    arrived = await stand.count() - since
    if arrived:
        faults.append(f"{arrived} requests reached a target")
    return judged(faults, f"{len(_framings())} refused, nothing reached a target", **statuses)


@row("evil targets", f"{len(CONTAINED_WHOLE) + len(CONTAINED_STREAM)} ways in which a target breaks HTTP, JSON and event streams",
     must="contained: an error in the caller's dialect, nothing followed, memory bounded", group="held", patience_s=150)  # fmt: skip
async def evil(stand: Stand) -> Found:
    """Meet each, whole and streamed."""
    before, since, faults = memory(stand), await stand.count(), []
    for way, names in (("whole", CONTAINED_WHOLE), ("streamed", CONTAINED_STREAM)):
        for name in names:
            body = {
                "model": f"evil-do-{name}",
                "messages": messages("hello"),
                **({"stream": True} if way == "streamed" else {}),
            }
            answer = await stand.post("sales", json.dumps(body).encode(), patience_s=20)
            begun = way == "streamed" and answer.status == 200 and (answer.error or b"error" in answer.body)
            if answer.status not in {502, 503, 504} and not begun and name not in _HARMLESS:
                faults.append(f"{name} {way}: {answer}")
            if answer.seconds > 15:
                faults.append(f"{name} {way}: {answer.seconds:.0f} s")
    grown, asked = memory(stand) - before, await stand.count() - since
    if asked < len(CONTAINED_WHOLE) + len(CONTAINED_STREAM):
        faults.append(f"only {asked} calls reached a target")
    if grown > 200:
        faults.append(f"memory grew by {grown:.0f} MB")
    if not await stand.ready():
        faults.append("not ready afterwards")
    return judged(faults, f"{asked} calls contained, {grown:.0f} MB more", calls=asked, grown_mb=round(grown))


def memory(stand: Stand) -> float:
    """Return the megabytes of the processes that serve."""
    return memory_mb([pid for serving in stand.serving() for pid in descendants(serving)])


_ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 10**30, "", "\x00", "\ud800", "a" * 5000, [], {}, [[]], [None], {"a": None}, [{}], "\u202e", "💥",
    {"role": "user"}, {"type": "text"}, {"type": "image_url", "image_url": None}, [{"type": None}], {"url": 3}, -0.0,
)  # fmt: skip
_KEYS = ("model", "messages", "stream", "tools", "tool_choice", "functions", "response_format", "stop", "n", "user", "metadata",
         "temperature", "logit_bias", "max_tokens", "stream_options", "store", "input", "prediction", "modalities", "")  # fmt: skip


def _malformed(own: random.Random) -> Iterator[bytes]:
    """Bodies that are odd in one or several members, or cut, or no JSON at all."""
    valid: dict[str, Any] = {"model": "say", "messages": messages("hello"), "temperature": 1}
    while True:
        body: Any = json.loads(json.dumps(valid))
        for _ in range(own.randint(1, 3)):
            kind = own.randint(0, 4)
            if kind == 0:
                body[own.choice(_KEYS)] = own.choice(_ODD)
            elif kind == 1:
                body["messages"] = [
                    {"role": own.choice(("user", "tool", "assistant", "system", 3, None)), "content": own.choice(_ODD)}
                ]
            elif kind == 2:
                body["messages"] = [
                    {own.choice(("role", "content", "name", "tool_calls", "")): own.choice(_ODD)},
                    own.choice(_ODD),
                ]
            elif kind == 3:
                function = {"name": own.choice(_ODD), "arguments": own.choice(_ODD)}
                call = {
                    "id": own.choice(_ODD),
                    "type": "function",
                    "function": own.choice((function, own.choice(_ODD))),
                }
                body["messages"] = [{"role": "assistant", "tool_calls": own.choice(([call], call, own.choice(_ODD)))}]
            else:
                body["tools"] = [{"type": own.choice(("function", "mcp", 1)), "function": own.choice(_ODD)}]
        raw = json.dumps(body, ensure_ascii=own.random() < 0.5).encode("utf-8", "surrogatepass")
        cut = own.random()
        if cut < 0.15:
            raw = raw[: own.randint(0, len(raw))]
        elif cut < 0.25:
            place = own.randint(0, len(raw))
            raw = raw[:place] + own.randbytes(own.randint(1, 4)) + raw[place:]
        elif cut < 0.28:
            raw = b"[" * 20_000 + raw
        yield raw


@row("malformed requests", "2,000 generated bodies that are odd, cut or no JSON, chat and embeddings", must="no 500, no hanging",
     group="held", patience_s=150)  # fmt: skip
async def malformed(stand: Stand) -> Found:
    """Send them eight at a time."""
    own = random.Random(5)
    bodies, statuses, slow = _malformed(own), Counter[str](), 0
    turn = asyncio.Semaphore(8)

    async def one(body: bytes, path: str) -> None:
        nonlocal slow
        async with turn:
            answer = await stand.post("loud", body, path=path, patience_s=30)
        statuses[str(answer)] += 1
        slow += answer.seconds > 20

    for _ in range(20):
        async with asyncio.TaskGroup() as tasks:
            for _ in range(100):
                tasks.create_task(one(next(bodies), own.choice((CHAT, CHAT, EMBEDDINGS))))
    bad = {status: n for status, n in statuses.items() if status.startswith("500") or not status[:3].isdigit()}
    faults = [f"{n} x {status}" for status, n in bad.items()] + ([f"{slow} took more than 20 s"] if slow else [])
    return judged(
        faults, f"{sum(statuses.values())} bodies, no 500", **{f"{status}": n for status, n in statuses.most_common(8)}
    )


#: Odd replies that may be passed on: they say nothing.
_HARMLESS = frozenset({"stream-as-json", "continue-only", "no-choices"})
CANARIES = ("Ottilie Brandt", "ottilie.brandt@lettermail.org", "DE89370400440532013000", "536-22-8145", "5555 5555 5555 4444",
            "Henrike Vogelsang", "henrike.vogelsang@lettermail.org", "+49 231 5558493", "Katarzyna Wójcik")  # fmt: skip


def _forms() -> Iterator[str]:
    for value in CANARIES:
        plain = value.encode()
        yield value.lower()
        yield urllib.parse.quote(value).lower()
        yield base64.b64encode(plain).decode().rstrip("=").lower()[:-1]
        yield plain.hex()
        yield value[::-1].lower()
        yield json.dumps(value)[1:-1].lower()


def _holding(text: str, forms: tuple[str, ...]) -> bool:
    lower = text.lower()
    return any(form in lower for form in forms)


@row("canaries", "values planted in every row before, searched in the database, the logs, the metrics and the state folder",
     must="no payload text anywhere", group="held", last=True)  # fmt: skip
async def canaries(stand: Stand) -> Found:
    """Look everywhere."""
    forms, faults = tuple(_forms()), []
    for path in ("/metrics", "/readyz", "/healthz"):
        async with stand.session.get(stand.url + path) as reply:
            if _holding((await reply.read()).decode(errors="replace"), forms):
                faults.append(f"{path} holds one")
    tables = await stand.sql(
        "SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables "
        "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
    )
    rows = 0
    for table in tables:
        found = await stand.sql(f"SELECT t::text AS row FROM {table['name']} t")
        rows += len(found)
        if any(_holding(one["row"], forms) for one in found):
            faults.append(f"table {table['name']} holds one")
    files = await asyncio.to_thread(_files, stand.folder, forms)
    return judged(faults + files[1], f"{rows} rows and {files[0]} files hold none", rows=rows, files=files[0])


def _files(folder: Path, forms: tuple[str, ...]) -> tuple[int, list[str]]:
    """Search every file of the stack but those that are the targets' own."""
    seen, faults = 0, []
    raw = tuple(form.encode() for form in forms)
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            if path.is_file() and path.name != "provider":
                content = path.read_bytes().lower()
                seen += 1
                if any(form in content for form in raw):
                    faults.append(f"{path.relative_to(folder)} holds one")
    return seen, faults


@row("others' pseudonyms", "a pseudonym of one conversation is pasted into another one, and into another tenant's", group="held",
     must="not restored")  # fmt: skip
async def others(stand: Stand) -> Found:
    """Mint in one conversation, paste into another, as the same service and as another tenant."""
    since = await stand.count()
    asked = "Please thank Henrike Vogelsang (henrike.vogelsang@lettermail.org) for her order."
    await stand.ask("sales", asked, "third-say", {"x-compliance-conversation": "mine"})
    minted = re.findall(
        r"(?:Name|User)_[A-Z]{10}|user-[a-z]{10}@example\.com",
        "".join(one["body"] for one in await stand.received(since)),
    )
    faults = [] if len(minted) > 2 else [f"only {len(minted)} pseudonyms were minted"]
    for caller, conversation in (("sales", "other"), ("sales", ""), ("quiet", "mine"), ("loud", "")):
        headers = {"x-compliance-conversation": conversation} if conversation else {}
        text = f"Who is {' '.join(minted)}? Ask Ottilie Brandt (ottilie.brandt@lettermail.org)."
        answer = await stand.ask(caller, text, "third-say", headers)
        if "Henrike" in answer.text or "henrike" in answer.text or answer.status != 200:
            faults.append(f"{caller}, conversation {conversation or 'none'}: {answer}")
    return judged(faults, "not restored in other conversations and tenants", minted=len(minted))


@row(
    "growth",
    "300 streams and 600 requests, then as many again",
    must="no growth of memory or open files",
    group="held",
    patience_s=240,
)
async def growth(stand: Stand) -> Found:
    """Warm up, then compare after and before."""
    await _traffic(stand, 100, 200)
    before, open_before = memory(stand), _open_files(stand)
    await _traffic(stand, 300, 600)
    grown, opened = memory(stand) - before, _open_files(stand) - open_before
    faults = [f"memory grew by {grown:.0f} MB"] if grown > 40 else []
    faults += [f"{opened} more open files"] if opened > 40 else []
    return judged(faults, f"{grown:+.0f} MB, {opened:+d} open files", grown_mb=round(grown, 1), opened=opened)


async def _traffic(stand: Stand, streams: int, requests: int) -> None:
    turn = asyncio.Semaphore(12)

    async def one(number: int) -> None:
        async with turn:
            extra = {"stream": True} if number < streams else {}
            await stand.ask("loud", f"Write a line about the harbour, please, number {number % 40}.", **extra)

    async with asyncio.TaskGroup() as tasks:
        for number in range(streams + requests):
            tasks.create_task(one(number))


def _open_files(stand: Stand) -> int:
    total = 0
    for serving in stand.serving():
        with contextlib.suppress(OSError):
            total += len(list(Path(f"/proc/{serving}/fd").iterdir()))
    return total


@row("records", "everything above: each body that a target received against the records", group="held", last=True,
     must="none without a decision and an attempt before it; one outcome each; the chains verify")  # fmt: skip
async def records(stand: Stand) -> Found:
    """Count bodies per target and attempts, and verify."""
    await asyncio.sleep(3)
    arrived = Counter(one["target"] for one in await stand.received())
    rows = await stand.sql("SELECT target, count(*) AS n FROM audit.record WHERE kind = 'attempt' GROUP BY target")
    names = {"standin/eu": "standin", "local/eu": "local", "third/us": "third-us", "local/us": "local-us"}
    intents = Counter({names.get(one["target"], one["target"]): one["n"] for one in rows})
    faults = [
        f"{target} received {n} bodies on {intents[target]} attempts"
        for target, n in arrived.items()
        if n > intents[target]
    ]
    open_ = await stand.sql(
        "SELECT count(*) AS n FROM audit.record d WHERE kind = 'decision' AND NOT EXISTS "
        "(SELECT FROM audit.record o WHERE o.kind = 'outcome' AND o.exchange = d.exchange)"
    )
    faults += [f"{open_[0]['n']} exchanges without an outcome"] if open_[0]["n"] else []
    status, said = await stand.command("audit", "verify")
    if "sound" not in said:
        faults.append(f"audit verify ended with {status}")
    return judged(
        faults,
        f"{sum(arrived.values())} bodies, each with its record",
        bodies=sum(arrived.values()),
        attempts=sum(intents.values()),
    )
