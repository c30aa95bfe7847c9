"""SC-01, SC-02, SC-24: what must never be at rest or in an error."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bench.hostile.rows import Found, judged
from bench.hostile.stand import CHAT, EMBEDDINGS, Stand, messages
from bench.system_checks import searching
from bench.system_checks.checks import check
from bench.system_checks.searching import Search

_TESTS = Path(__file__).parents[2] / "tests"
_FILES = (_TESTS / "golden" / "decision_cases.json", _TESTS / "acceptance" / "cases" / "payloads.json")
_CALLERS = ("sales", "clinic", "quiet", "hiring")
CANARIES = (
    "Ottilie Brandt",
    "ottilie.brandt@lettermail.org",
    "DE89370400440532013000",
    "536-22-8145",
    "Katarzyna Wójcik",
)
_KEYED = "hmac-sha256:"


@cache
def _cases() -> tuple[Mapping[str, Any], ...]:
    """Return the worked cases that have a payload."""
    return tuple(one for file in _FILES for one in json.loads(file.read_text())["cases"] if one.get("payload"))


def _identifiers() -> list[str]:
    named = [
        text
        for one in _cases()
        for name, texts in one["expect"].items()
        if name.startswith("must_not")
        for text in texts
    ]
    return sorted({*named, *CANARIES})


async def _sent(stand: Stand) -> int:
    """Send every payload as several callers, and the canaries with a subject; return how many were answered."""
    bodies = [one["payload"] for one in _cases()]
    bodies += [{"messages": messages(f"Write to {value} about type 2 diabetes.")} for value in CANARIES]
    answered = 0
    for body in bodies:
        payload = body if isinstance(body, dict) else {"messages": messages(str(body))}
        path = EMBEDDINGS if "input" in payload else CHAT
        for caller in _CALLERS:
            content = json.dumps({"model": "say", **payload}).encode()
            answer = await stand.post(caller, content, {"x-compliance-subject": CANARIES[0]}, path)
            answered += answer.status in {200, 403, 451}
    return answered


async def _everywhere(stand: Stand, texts: list[str]) -> Found:
    answered = await _sent(stand)
    exported = await _exported(stand)
    search = Search(texts)
    rows, faults = await searching.tables(stand, search)
    seen, held = await asyncio.to_thread(searching.files, stand.folder, search)
    faults += held + await searching.shown(stand, search) + exported
    figures = {"answered": answered, "texts": len(texts), "rows": rows, "files": seen}
    if answered < len(_CALLERS):
        return Found(False, "hardly a payload was answered: it shows nothing", figures)
    return judged([f"held by {', '.join(faults)}"] if faults else [], "none is held anywhere", **figures)


async def _exported(stand: Stand) -> list[str]:
    """Export the log into the stack's folder, where files are searched; return what went wrong."""
    status, said = await stand.command(
        "audit", "export", "--out", str(stand.folder / f"export-{len(list(stand.folder.iterdir()))}")
    )
    return [f"audit export ended with {status}: {said[-200:]}"] if status else []


@check("SC-01", "all payloads of the worked cases and planted values, as four callers; then every table, file (database, log, export), "
       "metric and health page is searched for them, in six ways of writing")  # fmt: skip
async def raw(stand: Stand) -> Found:
    """Traces need a collector and the embedded engine keeps no decision log: its output is among the files."""
    return await _everywhere(stand, searching.written(_identifiers()))


@check(
    "SC-02",
    "the same is searched for MD5, SHA-1, SHA-256 and SHA-512 of every value, in hex and base64",
)
async def hashed(stand: Stand) -> Found:
    """Also look at the form of each keyed reference."""
    found = await _everywhere(stand, searching.digests(_identifiers()))
    refs = await stand.sql(
        "SELECT DISTINCT json_array_elements_text(body #> '{facts,caller,subject_refs}') AS ref FROM audit.record "
        "WHERE kind = 'decision'"
    )
    bare = [one["ref"] for one in refs if not one["ref"].startswith(_KEYED) or one["ref"].count(":") < 2]
    if not refs or bare:
        return Found(False, f"{len(bare)} of {len(refs)} references of subjects do not name their key")
    return Found(found.holds, found.said, {**found.figures, "keyed references": len(refs)})


def _broken(value: str) -> Iterator[tuple[str, bytes, str]]:
    """Yield what is wrong, the body, and the model where the target answers with an error."""
    whole = json.dumps({"model": "say", "messages": messages(f"Write to {value}.")})
    yield "cut JSON", whole[:-3].encode(), ""
    yield "no JSON", f"messages={value}".encode(), ""
    yield "not UTF-8", whole.encode()[:-4] + b"\xff\xfe" + whole.encode()[-4:], ""
    yield "wrong types", json.dumps({"model": value, "messages": value, "tools": value}).encode(), ""
    yield "unknown role", json.dumps({"model": "say", "messages": [{"role": value, "content": value}]}).encode(), ""
    yield "unknown member", json.dumps({"model": "say", "messages": messages("hello"), value: value}).encode(), ""
    yield "lone surrogate", whole.replace(value[:3], "\\ud800").encode() + value.encode(), ""
    yield "combining marks", json.dumps({"model": "say", "messages": messages(value + "\u0301" * 20_000)}).encode(), ""
    yield (
        "10 MB",
        json.dumps({"model": "say", "messages": messages(f"{value} " * (10_000_000 // len(value)))}).encode(),
        "",
    )
    yield (
        "upstream 500 echo",
        json.dumps({"model": "third-echo-500", "messages": messages(f"Write to {value}.")}).encode(),
        "",
    )
    yield (
        "upstream 400 echo",
        json.dumps({"model": "local-echo-400", "messages": messages(f"Write to {value}.")}).encode(),
        "",
    )


@check("SC-24", "JSON that is cut, no JSON, not UTF-8, of wrong types, 10 MB, 20,000 combining marks, and targets whose error repeats the "
       "prompt; the replies and the logs are searched")  # fmt: skip
async def errors(stand: Stand) -> Found:
    """Send each with a value of its own; an error must not repeat it."""
    value = "Henrike Vogelsang"
    search = Search([value.lower(), value[::-1].lower()])
    faults, statuses = [], []
    for name, body, _ in _broken(value):
        answer = await stand.post("sales", body)
        statuses.append(answer.status)
        if not answer.status or (answer.status >= 400 and search.holds(answer.body.decode(errors="replace"))):
            faults.append(f"{name}: {answer} repeats it" if answer.status else f"{name}: no answer")
    seen, held = await asyncio.to_thread(searching.files, stand.state_dir, search)
    refused = sum(one >= 400 for one in statuses)
    if refused < len(statuses) // 2:
        faults.append(f"only {refused} of {len(statuses)} were refused")
    return judged(faults + held, f"{refused} of {len(statuses)} refused, none repeats the value", files=seen)
