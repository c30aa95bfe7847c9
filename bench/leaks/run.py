"""Sends everything through a running stack and keeps what was seen."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.hostile.echo import said
from bench.hostile.stand import EMBEDDINGS, Answer, Stand
from bench.leaks.cases import Case
from bench.leaks.clean import TEXTS
from bench.leaks.judge import Received
from bench.leaks.replies import PUBLIC, Disclosure

#: Sensitive authentication data is removed for good: it does not come back. Everything else does.
FOR_GOOD = frozenset({"cvv", "pin"})
_TOOL = {"type": "function", "function": {"name": "note", "parameters": {"type": "object"}}}
_AT_ONCE = 4
_PART = 2  # a part of a value this short is looked for as a whole only
_UNSEEN, _ESCAPE = re.compile(r"[\s\"\\]+(?!u[0-9a-fA-F]{4})"), re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass
class Seen:
    """What became of one case. ``way``: third party, local, refused, failed."""

    case: Case
    way: str
    said: str = ""
    leaked: list[tuple[str, str]] = field(default_factory=list)  # kind, mark
    lost: list[str] = field(default_factory=list)  # kinds that did not come back
    broken: str = ""
    received: str = ""
    got: str = ""


@dataclass
class Told:
    """What became of one disclosure or clean text."""

    name: str
    kind: str
    way: str
    bad: list[str] = field(default_factory=list)
    detail: str = ""


class Runner:
    """Asks, four at a time, and finds what reached which target by a word of its own in each request."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._journal: list[dict[str, Any]] = []

    async def cases(self, cases: Sequence[Case]) -> list[Seen]:
        """Send every case."""
        async with asyncio.TaskGroup() as tasks:
            made = [tasks.create_task(self._case(number, case)) for number, case in enumerate(cases)]
        journal = _by_tag(await self.stand.received())
        return [_seen(case, *one.result(), journal) for case, one in zip(cases, made, strict=True)]

    async def _case(self, number: int, case: Case) -> tuple[str, Answer, dict[str, Any]]:
        tag = f"lk{number}"
        body = {"model": f"{tag}-call" if "call" in case.mode else tag, **case.body}
        if "stream" in case.mode:
            body["stream"] = True
        if "call" in case.mode:
            body.setdefault("tools", [_TOOL])
        async with self._turn:
            return tag, await self.stand.chat(case.caller, body), body

    async def embeddings(self, cases: Sequence[Case]) -> list[Seen]:
        """Send the texts of some cases for embedding, where nothing comes back."""
        found = []
        for number, case in enumerate(cases):
            text = said(case.body)
            body = json.dumps({"model": f"em{number}", "input": [text, "ok"]}).encode()
            answer = await self.stand.post(case.caller, body, path=EMBEDDINGS)
            made = Case("place", "embeddings", case.caller, {}, case.plants)
            found.append(_seen(made, f"em{number}", answer, None, _by_tag(await self.stand.received())))
        return found

    async def disclosures(self, disclosures: Sequence[Disclosure]) -> list[Told]:
        """Let a provider disclose, whole, streamed and in arguments."""
        found = []
        for number, one in enumerate(disclosures):
            for mode in ("whole", "stream", "call"):
                name = f"d{number}" + ("-call" if mode == "call" else "")
                await self.stand.say(name, one.reply)
                extra = {"stream": True} if mode == "stream" else {"tools": [_TOOL]} if mode == "call" else {}
                answer = await self.stand.ask("care", one.request, f"do-say-{name}", **extra)
                found.append(_told(one, mode, answer))
        return found

    async def clean(self, share: float = 1.0) -> list[Told]:
        """Send texts that hold nothing; each must pass to the third party and back untouched."""
        found = []
        for number, text in enumerate(TEXTS[: max(1, round(len(TEXTS) * share))]):
            since = await self.stand.count()
            answer = await self.stand.ask("care", text, f"cl{number}")
            got = [one for one in await self.stand.received(since) if one["target"].startswith(("standin", "third"))]
            arrived = json.loads(got[0]["body"])["messages"][0]["content"] if got else ""
            bad = [] if arrived == text else [f"{answer} {answer.target}: {arrived[:160]!r}"]
            found.append(Told(text[:50], "clean", answer.target, bad, text))
        return found


def _by_tag(journal: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in journal:
        try:
            model = str(json.loads(one["body"]).get("model", ""))
        except ValueError:
            model = "unread"
        found.setdefault(model.removesuffix("-call"), []).append(one)
    return found


def _seen(
    case: Case, tag: str, answer: Answer, body: dict[str, Any] | None, journal: dict[str, list[dict[str, Any]]]
) -> Seen:
    third = [one["body"] for one in journal.get(tag, []) if not one["target"].startswith("local")]
    way = (
        "third party"
        if third
        else "local"
        if answer.target.startswith("local")
        else "refused"
        if answer.status in {400, 403, 413, 429, 451}
        else "failed"
    )
    seen = Seen(case, way, str(answer), received="\n".join(third))
    views = [Received(one) for one in third]
    seen.leaked = [(value.kind, mark) for value in case.plants for view in views if (mark := view.holds(value))]
    if body is not None and answer.status == 200:
        _came_back(seen, answer, body)
    return seen


def _came_back(seen: Seen, answer: Answer, body: dict[str, Any]) -> None:
    """Hold the reply, which repeats the request, against the request."""
    got, expected = answer.text, said(body)
    seen.got = got
    if "call" in seen.case.mode:
        try:
            got = json.loads(got)["text"]
        except (ValueError, LookupError, TypeError):
            seen.broken = "the arguments are not JSON"
            return
    for value in seen.case.plants:
        if value.kind not in FOR_GOOD and value.text in expected and value.text not in got:
            seen.lost.append(value.kind)
    if not seen.lost and not _same_but(expected, got, [one.text for one in seen.case.plants if one.kind in FOR_GOOD]):
        seen.broken = "words beside the planted values changed"


def _same_but(expected: str, got: str, removed: Sequence[str]) -> bool:
    """Whether a text came back but for what was removed for good. White space and quotes of nested JSON do not count."""
    for value in removed:
        for part in (value, value[: len(value) // 2], value[len(value) // 2 :]):
            expected = expected.replace(part, "\0") if len(part) > _PART else expected
    expected, got = _bare(expected), _bare(got)
    place = 0
    for piece in expected.split("\0"):
        at = got.find(piece, place)
        if at < 0 or (place == 0 and at > 0 and not expected.startswith("\0")):
            return False
        place = at + len(piece)
    return True


def _bare(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), _UNSEEN.sub("", text))


def _told(one: Disclosure, mode: str, answer: Answer) -> Told:
    view = Received(json.dumps({"text": answer.text}))
    told = Told(f"{one.name}, {mode}", one.kind, answer.target, detail=answer.text[:300])
    told.bad += [f"delivered: {value.kind}" for value in one.others if view.holds(value)]
    if answer.status != 200:
        told.bad.append(f"not answered: {answer}")
    elif PUBLIC not in answer.text:
        told.bad.append("public name lost")
    return told
