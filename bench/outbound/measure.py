"""Sends the material through a system and judges the bodies that left it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from rich.progress import Progress

from bench.outbound import judge, requests
from bench.outbound.judge import Change, Left
from bench.outbound.material import Document, of_patient
from bench.outbound.others import Presidio
from bench.outbound.requests import Request
from bench.outbound.served import PERMISSIVE, SHIPPED, Served
from bench.outbound.sessions import Session
from bench.outbound.sources import CREDITED, Source
from bench.outbound.structure import broken, keys
from proxy.core.entities import ENTITIES
from proxy.core.findings import SegmentFindings


@dataclass(frozen=True, slots=True)
class Passed:
    """What a system made of a request: the body that a third party would get, what was found, what policy said.

    ``pinned`` and ``special`` are of the shipped activity, ``telling`` is what was found of special categories; the body is that
    of an activity that lets these leave.
    """

    body: Any
    findings: Mapping[str, SegmentFindings] = field(default_factory=dict)
    replaced: frozenset[str] = frozenset()
    pinned: bool = False
    special: bool = False
    codes: tuple[str, ...] = ()
    telling: frozenset[str] = frozenset()


class System(Protocol):
    """What requests are sent through."""

    async def send(self, request: Request) -> Passed:
        """Send one."""


class Proxy:
    """The application of this repository."""

    def __init__(self, served: Served) -> None:
        self._served = served

    async def send(self, request: Request) -> Passed:
        """Send it under the shipped activity, and where that keeps it in the region under the permissive one too."""
        self._served.detector.findings.clear()
        sent = await self._served.send(request.body, request.path, SHIPPED)
        outward = await self._served.send(request.body, request.path, PERMISSIVE) if sent.pinned else sent
        body = None if outward.pinned else outward.body  # kept for another reason, such as a text that was not read
        findings = dict(self._served.detector.findings)
        telling = _telling(findings, self._served.special)
        return Passed(body, findings, outward.replaced, sent.pinned, sent.special, sent.codes, telling)


def _telling(findings: Mapping[str, SegmentFindings], special: frozenset[str]) -> frozenset[str]:
    """Return the texts that were found of special categories."""
    return frozenset(
        text[found.start : found.end]
        for text, segment in findings.items()
        for found in segment.findings
        if found.entity_type in ENTITIES and special.intersection(ENTITIES[found.entity_type].categories)
    )


class Anonymized:
    """Presidio over the texts of messages and tools' results; definitions and arguments it leaves alone."""

    def __init__(self) -> None:
        self._presidio = Presidio()
        self._cache: dict[str, str] = {}

    async def send(self, request: Request) -> Passed:
        """Replace what it finds."""
        body = json.loads(json.dumps(request.body))
        for part in ("messages", "input"):
            if part in body:
                body[part] = [self._message(one) for one in body[part]]
        return Passed(body)

    def _message(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._message(one) for one in value]
        if not isinstance(value, dict):
            return value
        texts = {"content", "text", "output"}
        return {
            key: self._text(one)
            if key in texts and isinstance(one, str)
            else self._message(one)
            if key in texts
            else one
            for key, one in value.items()
        }

    def _text(self, text: str) -> str:
        if text not in self._cache:
            self._cache[text] = self._presidio.text(text)
        return self._cache[text]


@dataclass
class Tally:
    """What was counted over one part of the material."""

    texts: int = 0
    values: int = 0
    lines: int = 0
    changed_lines: int = 0
    changed_texts: int = 0
    false_pins: int = 0
    false_special: int = 0
    rewritten: int = 0  # texts that say the same in other bytes: JSON that was written again
    kept: int = 0  # requests whose body never left; nothing more is counted of them
    left: list[tuple[str, str, Left]] = field(default_factory=list)  # document, language
    of_kind: Counter[str] = field(default_factory=Counter)
    of_language: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[str, str]] = field(default_factory=list)  # document, what
    changes: list[tuple[str, Change, bool]] = field(default_factory=list)  # document, line, whether guessed elsewhere
    pins: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


#: Parts of the material, in the order of the report.
PERSONAL, CLEAN, RESULTS, CODE, AGENTS, LABELLED = (
    "personal texts", "clean texts", "clean tool results", "source code", "agents' sessions", "labelled sets",
)  # fmt: skip


@dataclass
class Figures:
    """Everything that was counted of one system, by (part, half)."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)

    def of(self, part: str, half: str) -> Tally:
        """Return the tally of a part's half."""
        return self.tallies.setdefault((part, half), Tally())


async def measure(
    system: System,
    documents: Sequence[Document],
    files: Sequence[Source],
    sessions: Sequence[Session],
    progress: Progress,
    name: str,
) -> Figures:
    """Send everything; return what was counted."""
    figures = Figures()
    bar = progress.add_task(name, total=len(documents) + len(files) + sum(len(one.requests) for one in sessions))
    steps: list[tuple[Any, Callable[[Figures, System, Any], Awaitable[int]]]] = [
        (documents, _document), (files, _file), (sessions, _session),
    ]  # fmt: skip
    for items, step in steps:
        for item in items:
            progress.advance(bar, await step(figures, system, item))
    return figures


async def _document(figures: Figures, system: System, document: Document) -> int:
    tally, request = figures.of(_part(document), document.half), requests.of(document)
    passed = await system.send(request)
    _pins(tally, document.name, passed, special=document.special or of_patient(document.values, passed.telling))
    tally.texts += 1
    if passed.body is None:
        tally.kept += 1
        return 1
    after = request.text(passed.body)
    if document.clean:
        _lines(tally, document.name, document.text, after, passed)
    else:
        _values(tally, document, passed)
    if what := broken(document.kind, document.text, after):
        tally.broken.append((document.name, what))
    return 1


def _part(document: Document) -> str:
    if document.half not in {"shipped", "drawn"}:
        return LABELLED
    if not document.clean:
        return PERSONAL
    return RESULTS if document.kind.split()[0] == "json" else CLEAN


def _values(tally: Tally, document: Document, passed: Passed) -> None:
    distinct = dict.fromkeys(document.values)
    tally.values += len(distinct)
    tally.of_kind.update(value.kind for value in distinct)
    tally.of_language[document.language] += len(distinct)
    values = judge.left(document, passed.body, passed.findings, passed.replaced)
    tally.left += [(document.name, document.language, value) for value in values]


def _pins(tally: Tally, name: str, passed: Passed, *, special: bool) -> None:
    tally.false_special += passed.special and not special
    if passed.pinned and not special:
        tally.false_pins += 1
        tally.pins.append((name, passed.codes))


def _lines(tally: Tally, name: str, before: str, after: str, passed: Passed, *, credited: bool = False) -> None:
    tally.lines += judge.laid_out(before).count("\n") + 1
    tally.rewritten += before != after and judge.laid_out(before) == judge.laid_out(after)
    changed = judge.changes(before, after)
    if credited:
        changed = [change for change in changed if not CREDITED.search(change.before)]
    tally.changed_lines += sum(change.before.count("\n") + 1 for change in changed)
    tally.changed_texts += bool(changed)
    tally.changes += [(name, change, _elsewhere(change, before, passed)) for change in changed]


def _elsewhere(change: Change, text: str, passed: Passed) -> bool:
    """Whether nothing was found in a changed line: a value found elsewhere was replaced here too."""
    if not passed.findings:
        return False
    segment = passed.findings.get(text)
    if segment is None:  # read in parts, such as the leaves of JSON
        return not any(
            part[f.start : f.end] in change.before for part, one in passed.findings.items() for f in one.findings
        )
    start = text.find(change.before)
    end = start + len(change.before)
    return not any(f.start < end and f.end > start and f.entity_type in passed.replaced for f in segment.findings)


async def _file(figures: Figures, system: System, source: Source) -> int:
    tally = figures.of(CODE, source.half)
    request = requests.result(requests.CHAT, source.text)
    passed = await system.send(request)
    _pins(tally, source.name, passed, special=False)
    tally.texts += 1
    if passed.body is None:
        tally.kept += 1
        return 1
    after = request.text(passed.body)
    _lines(tally, source.name, source.text, after, passed, credited=True)
    if what := broken("python", source.text, after):
        tally.broken.append((source.name, what))
    return 1


async def _session(figures: Figures, system: System, session: Session) -> int:
    """Send the turns of a session; each text counts once, and a text that leaves otherwise than before breaks the cache."""
    tally = figures.of(AGENTS, session.half)
    seen: dict[str, str] = {}
    for request in session.requests:
        passed = await system.send(request)
        _pins(tally, session.name, passed, special=False)
        tally.texts += 1
        if passed.body is None:
            tally.kept += 1
            continue
        if keys(passed.body) != keys(request.body):
            tally.broken.append((session.name, "keys of the body changed"))
        for (place, before), (_, after) in zip(judge.leaves(request.body), judge.leaves(passed.body), strict=False):
            if place in seen:
                if seen[place] != after:
                    tally.broken.append((session.name, f"prompt cache lost at {place}"))
            else:
                _lines(tally, f"{session.name} {place}", before, after, passed, credited=True)
            seen[place] = after
    return len(session.requests)
