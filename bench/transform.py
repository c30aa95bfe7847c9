"""What reading, transforming, the residual scan, restoring, guarding and event parsing cost: CPU time of one thread.

Run: python bench/transform.py
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from proxy.codecs.framing.sse import EventParser, encode
from proxy.codecs.openai.apis import CHAT
from proxy.core.deidentification.conflicts import resolve
from proxy.core.deidentification.edits import splice
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.residual import left_of_values
from proxy.core.deidentification.surrogates import looks_like_pseudonym
from proxy.core.deidentification.transform import carry_out_again, transform
from proxy.core.deidentification.transform_memory import TransformMemory
from proxy.core.deidentification.transform_plan import TransformPlan, TransformTerms
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import Obligation, Operation, Payload, TextSpan, Unchanged
from proxy.core.replies.guard import StreamGuard
from proxy.core.replies.restore import Restorer
from proxy.core.search.readings import readings
from proxy.core.search.stretches import stretches, tightened
from proxy.core.wire import Incoming

KEY = b"k" * 32
KINDS = {"EMAIL_ADDRESS": "direct", "PERSON": "direct", "US_SSN": "govid", "HEALTH_CONDITION": "attr"}
OBLIGATIONS = (
    Obligation("o1", "pseudonymize", entities=("PERSON", "EMAIL_ADDRESS")),
    Obligation("o2", "redact", entities=("US_SSN",)),
    Obligation("o3", "residual_scan"),
)
PROSE = "The quick brown fox jumps over the lazy dog while the invoice of last week is still open, so please answer. "


def cost(work: Callable[[], object], repeat: int = 7) -> float:
    """Best CPU time in seconds."""
    best = float("inf")
    for _ in range(repeat):
        start = time.thread_time()
        work()
        best = min(best, time.thread_time() - start)
    return best


def show(what: str, seconds: float, unit: str = "ms", note: str = "") -> None:
    factor = {"ms": 1e3, "us": 1e6}[unit]
    print(f"{what:74s} {seconds * factor:10.2f} {unit}  {note}")


def text_with_addresses(size: int, count: int, distinct: int) -> tuple[str, list[Finding]]:
    """Prose of about ``size`` characters with ``count`` addresses in it, and where they are."""
    gap = (PROSE * (size // (count * len(PROSE)) + 2))[: size // count - 24]
    pieces: list[str] = []
    findings: list[Finding] = []
    at = 0
    for number in range(count):
        value = f"person.{number % distinct:06d}@firm-{number % distinct % 97:02d}.de"
        pieces += (gap, " ", value, " ")
        start = at + len(gap) + 1
        findings.append(Finding("EMAIL_ADDRESS", start, start + len(value), 1.0, "bench"))
        at = start + len(value) + 1
    return "".join(pieces), findings


def payload(texts: Sequence[str]) -> Payload:
    spans = tuple(TextSpan(f"/messages/{n}/content", "messages[*].content", text) for n, text in enumerate(texts))
    return Payload({}, Operation.CHAT, "m", stream=True, stateful=False, tools=False, spans=spans)


def run(texts: Sequence[str], found: Sequence[Sequence[Finding]]) -> tuple[Callable[[], object], Payload, tuple]:
    body = payload(texts)
    segments = tuple(SegmentFindings(tuple(one)) for one in found)
    return lambda: transform(body, segments, OBLIGATIONS, Minter(KEY), KINDS), body, segments


def transforms() -> None:
    text, findings = text_with_addresses(1_000_000, 5_000, 5_000)
    edits = [(f.start, f.end, "user-bcdfghjklm@example.com") for f in findings]
    show("5,000 replacements in 1 MB", cost(lambda: splice(text, edits)))
    show("5,000 overlapping findings merged", cost(lambda: resolve([*findings, *findings])))
    for distinct in (5, 50, 5_000):
        text, findings = text_with_addresses(1_000_000, 5_000, distinct)
        work, _, _ = run([text], [findings])
        note = f"{distinct} values minted, looked for everywhere, replaced"
        show(f"whole transform, 1 MB, 5,000 findings of {distinct} values", cost(work, 3), note=note)
    text, findings = text_with_addresses(2_000, 4, 4)
    work, body, segments = run([text], [findings])
    show("whole transform, 2 KB, 4 findings", cost(lambda: [work() for _ in range(100)]) / 100, "us")
    changed = transform(body, segments, OBLIGATIONS, Minter(KEY), KINDS)
    outgoing = [changed.texts[0]]
    show(
        "residual scan, 2 KB, 4 values (without the pattern tier)",
        cost(lambda: [left_of_values(outgoing, changed) for _ in range(100)]) / 100,
        "us",
    )
    many = [text_with_addresses(2_000, 4, 4) for _ in range(200)]
    work, _, _ = run([t for t, _ in many], [f for _, f in many])
    show("whole transform, 200 messages of 2 KB, 800 findings", cost(work, 3))
    text, findings = text_with_addresses(1_000_000, 5_000, 5_000)
    work, body, segments = run([text], [findings])
    changed = transform(body, segments, OBLIGATIONS, Minter(KEY), KINDS)
    outgoing = [changed.texts[0]]
    show(
        "residual scan, 1 MB, 5,000 values (without the pattern tier)",
        cost(lambda: left_of_values(outgoing, changed), 3),
    )
    show("pseudonym-shaped tokens of 1 MB", cost(lambda: looks_like_pseudonym(text), 3))


def session() -> None:
    """A session of 1 MB of this product's sources, in which one more person is named with each turn."""
    files = sorted(Path("proxy").rglob("*.py"))
    whole = "\n".join(path.read_text() for path in files)[:1_000_000]
    texts = [whole[at : at + 6_000] for at in range(0, len(whole), 6_000)]
    found: list[list[Finding]] = [[] for _ in texts]
    plan, memory = TransformPlan(OBLIGATIONS, KINDS, TransformTerms(year=2026)), TransformMemory()
    for name in ("Odile Vermeer", "Bartosz Malinowski", "Ilse Kortekaas", "Ilse Kortekaas"):
        text = f"And please tell {name} too."
        texts, found = [*texts, text], [*found, [Finding("PERSON", 16, 16 + len(name), 0.95, "bench")]]
        names = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
        body, segments = payload(texts), tuple(SegmentFindings(tuple(one)) for one in found)
        start, minter = time.thread_time(), Minter(KEY)
        changed = carry_out_again(plan, body, segments, minter, memory, names)
        done = time.thread_time()
        memory.left([changed.texts.get(index, text) for index, text in enumerate(texts)], changed, minter.domain)
        checked = time.thread_time() - done
        show(f"known session of 1 MB, {len(changed.removed)} people: transform", done - start)
        show(f"known session of 1 MB, {len(changed.removed)} people: residual scan", checked)
    first = [stretches(text, list(readings(text))) for text in texts]
    least = [known if known.tight else tightened(text, known) for text, known in zip(texts, first, strict=True)]
    counts = [sum(end - start for known in some for start, end in known.cores) for some in (first, least)]
    print(f"of it are decoded, in characters: all at first, then {counts[0]:,}, from the third value on {counts[1]:,}")


def agent(length: int) -> bytes:
    """A turn of so many messages: each second one calls a tool, with arguments in JSON, or has its result."""
    arguments = [json.dumps({"path": f"/src/app/{n % 50}.py", "query": PROSE, "limit": 20}) for n in range(length)]
    told = [
        (
            {"role": "user", "content": f"{PROSE}{n}"},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": f"call_{n}", "type": "function", "function": {"name": "find", "arguments": arguments[n]}}]},
            {"role": "tool", "tool_call_id": f"call_{n - 1}", "content": f"{n} {PROSE}"},
            {"role": "assistant", "content": [{"type": "text", "text": f"{PROSE}{n}"}]},
        )[n % 4]
        for n in range(length)
    ]  # fmt: skip
    return json.dumps({"model": "m", "messages": told}).encode()


def reading() -> None:
    body = agent(150)
    payload = CHAT.decode(Incoming(body))
    wire = CHAT.encode(payload, {0: "changed"}, "m")
    free = frozenset(span.text for span in payload.outgoing[1:])
    before = Unchanged(free, payload.document, frozenset({"/messages/0"}))
    what = f"turn of 150 messages of an agent, {len(body) // 1000} KB"
    show(f"{what}: read", cost(lambda: CHAT.decode(Incoming(body))))
    show(f"{what}: read again as written", cost(lambda: CHAT.outgoing_texts(wire)))
    show(f"{what}: again, one message changed", cost(lambda: CHAT.outgoing_texts(wire, before)))


def minting() -> None:
    emails = [f"person{n}@firm.de" for n in range(5_000)]
    names = [f"Ana{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)} Berg" for n in range(5_000)]

    def mint(kind: str, values: list[str]) -> None:
        minter = Minter(KEY)
        for value in values:
            minter.pseudonym(kind, value)

    show("mint an e-mail pseudonym", cost(lambda: mint("EMAIL_ADDRESS", emails)) / 5_000, "us")
    show("mint a name of two words", cost(lambda: mint("PERSON", names)) / 5_000, "us")


def streams() -> None:
    minter = Minter(KEY)
    for number in range(20):
        minter.pseudonym("EMAIL_ADDRESS", f"person{number}@firm.de")
        minter.pseudonym("PERSON", f"Maria{chr(97 + number)} Schmidt")
    plain = [word + " " for word in (PROSE * 50).split()]
    name = minter.pseudonym("PERSON", "Mariaa Schmidt")
    mixed = [c for w in plain for c in (w, *([name[:7], name[7:15], name[15:]] if w == "invoice " else []))]

    def feed(make: Callable[[], Restorer | StreamGuard], chunks: list[str]) -> float:
        def work() -> None:
            one = make()
            for chunk in chunks:
                one.feed(chunk)

        return cost(work) / len(chunks)

    show("make a Restorer of 60 pseudonyms", cost(lambda: Restorer(minter.minted)), "us")
    show("restore, per plain chunk", feed(lambda: Restorer(minter.minted), plain), "us")
    show("restore, per chunk, one in eight part of a pseudonym", feed(lambda: Restorer(minter.minted), mixed), "us")
    whole = "".join(mixed * 40)
    show(f"restore a whole text of {len(whole) // 1000} KB", cost(lambda: Restorer(minter.minted).whole(whole)))
    big = {f"user-{n:010d}@example.com".replace("0", "q"): "a@b.de" for n in range(5_000)}
    show("make a Restorer of 5,000 pseudonyms", cost(lambda: Restorer(big)))
    guard = lambda: StreamGuard(lambda _: (), ("US_SSN",))  # noqa: E731
    show("guard, per plain chunk (without the pattern tier)", feed(guard, plain), "us")


def events() -> None:
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": {"content": " word"}}],
    }
    event = encode(json.dumps(body).encode())
    chunks = [event] * 2_000
    joined = b"".join(chunks)

    def feed(parts: Sequence[bytes]) -> None:
        parser = EventParser()
        for part in parts:
            parser.feed(part)

    show("parse events, one a read, per event", cost(lambda: feed(chunks)) / 2_000, "us")
    show("parse events, all in one read, per event", cost(lambda: feed([joined])) / 2_000, "us")
    split = [joined[i : i + 100] for i in range(0, len(joined), 100)]
    show("parse events, reads of 100 bytes, per event", cost(lambda: feed(split)) / 2_000, "us")
    show("write an event", cost(lambda: [encode(b"x" * 150) for _ in range(1_000)]) / 1_000, "us")


if __name__ == "__main__":
    reading()
    session()
    transforms()
    minting()
    streams()
    events()
