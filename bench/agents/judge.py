"""What became of a session through the proxy, beside the same session straight at the provider."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.agents.provider import Record
from bench.agents.scenarios import Scenario
from bench.agents.session import Session
from bench.outbound.sources import CREDITED

_OTHER_KEYWORDS = "const let var function export interface type enum extends implements switch case default SELECT FROM WHERE INSERT CREATE TABLE"
_KEYWORDS = frozenset(keyword.kwlist) | frozenset(_OTHER_KEYWORDS.split())
#: Members whose values are a definition's own words.
_DEFINING = ("name", "enum", "const", "required")
_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class Damage:
    """Lines (each counted once) of what was sent to third parties, those changed on the way, and what must never change."""

    lines: int = 0
    changed: list[tuple[str, str, str]] = field(default_factory=list)  # (path, as sent, as received)
    credits: int = 0  # changed lines that name an author of code
    keys: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # tools' names, enum members, required keys
    keywords: list[str] = field(default_factory=list)

    @property
    def per_thousand(self) -> float:
        return 1000 * len(self.changed) / max(self.lines, 1)


@dataclass(slots=True)
class Result:
    """A row of the table."""

    program: str
    scenario: Scenario
    direct: Session
    proxied: Session
    damage: Damage
    leaked: dict[str, int]

    @property
    def edits_equal(self) -> bool:
        return self.direct.files == self.proxied.files

    @property
    def said(self) -> bool:
        """Whether the program shows what it has to."""
        return all(words in self.proxied.output for words in self.scenario.said)

    @property
    def stayed(self) -> int:
        """How many requests stayed in the region."""
        return sum(record.stayed for record in self.proxied.sent)

    @property
    def completed(self) -> bool:
        """Whether it ended as the direct run did, one that policy has to keep in the region with turns there."""
        turns = [sum(record.asks_model for record in session.received) for session in (self.direct, self.proxied)]
        same = self.proxied.code == self.direct.code == 0 and turns[0] == turns[1]
        same = same and (bool(self.stayed) or not self.scenario.special)
        return same and self.said and self.edits_equal and not self.proxied.refused

    @property
    def verdict(self) -> str:
        """Return whether it completed, and what else became of it."""
        notes = [f"{self.stayed} in the region"] if self.stayed else []
        notes += [f"{len(self.proxied.refused)} refused"] if self.proxied.refused else []
        notes += [f"{self.proxied.repeated} repeated"] if self.proxied.repeated else []
        return ", ".join(["yes" if self.completed else "no", *notes])

    @property
    def cached(self) -> tuple[int, int]:
        """The tokens that the provider read from its cache, direct and proxied."""
        direct, proxied = (
            sum(record.usage.cached for record in session.received if record.usage and not record.stayed)
            for session in (self.direct, self.proxied)
        )
        return direct, proxied

    @property
    def added_s(self) -> float:
        """Seconds that the model's answers took longer in all."""
        return self.proxied.seconds - self.direct.seconds


def judged(program: str, scenario: Scenario, direct: Session, proxied: Session) -> Result:
    """Compare two sessions."""
    blob = "\n".join(
        json.dumps([record.path, dict(record.headers), record.body], ensure_ascii=False)
        for record in proxied.received
        if not record.stayed
    )
    leaked = {what: count for what, value in scenario.planted.items() if (count := blob.count(value))}
    return Result(program, scenario, direct, proxied, damage(proxied, tuple(scenario.planted.values())), leaked)


def damage(session: Session, planted: Iterable[str]) -> Damage:
    """Compare what left a program with what a third party received; lines with a planted value have to be changed."""
    total = Damage()
    seen: set[str] = set()
    changed: set[tuple[str, str]] = set()
    for sent, received in pairs(session):
        after, before = dict(_leaves(received.body)), dict(_leaves(_without_dropped(sent)))
        total.keys += sorted(before.keys() ^ after.keys())
        for path, value in before.items():
            other = after.get(path, value)
            if not isinstance(value, str) or not isinstance(other, str):
                continue
            lines, others = value.split("\n"), other.split("\n")
            seen.update(lines)
            if value == other:
                continue
            if re.search(rf"/({'|'.join(_DEFINING)})(/\d+)?$", path) and "/tools" in path:
                total.names.append(f"{path}: {value}")
            for line, new in zip(lines, others, strict=False):
                if line != new and (line, new) not in changed and not any(value in line for value in planted):
                    changed.add((line, new))
                    if CREDITED.search(line):
                        total.credits += 1
                        continue
                    total.changed.append((path, line, new))
                    total.keywords += sorted((set(_WORD.findall(line)) - set(_WORD.findall(new))) & _KEYWORDS)
    total.lines = len(seen)
    return total


def pairs(session: Session) -> Iterator[tuple[Record, Record]]:
    """Yield each request with what the third party received of it: of the same path, the one most like it."""
    left = [record for record in session.received if record.asks_model and not record.stayed]
    for sent in session.sent:
        if not sent.asks_model or sent.status != 200 or sent.stayed:
            continue
        body = dict(_leaves(sent.body))
        rated = [(_alike(body, dict(_leaves(record.body))), -index, record) for index, record in enumerate(left)]
        if rated:
            record = max(rated, key=lambda row: row[:2])[2]
            left.remove(record)
            yield sent, record


def _without_dropped(sent: Record) -> Mapping[str, Any]:
    """Return a body without what the proxy says that it left out, as no target takes it."""
    dropped = [name.strip() for name in sent.reply_headers.get("x-compliance-dropped", "").split(",")]
    members = {key: value for key, value in sent.body.items() if key not in dropped}
    if isinstance(members.get("tools"), list):
        members["tools"] = [tool for tool in members["tools"] if f"tools.{tool.get('type')}" not in dropped]
    return members


def _alike(body: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    same = sum(other.get(path) == value for path, value in body.items())
    return same / max(len(body), len(other), 1)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _leaves(member, f"{path}/{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, member in enumerate(value):
            yield from _leaves(member, f"{path}/{index}")
    else:
        yield path, value
