"""What became of a request: which planted values still stand in the body that left, and which lines changed."""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from bench.leaks.judge import Received
from bench.leaks.people import Value, plain
from bench.outbound.material import Document, Planted
from bench.outbound.persons import LANGUAGES, words
from proxy.core.findings import PUBLIC, SegmentFindings

#: Reasons why a value is left.
NOT_FOUND, STAYS, SPREAD, IN_PART = "not found", "found under a type that stays", "spread", "replaced in part"
_TITLES = (
    "mr mrs ms miss dr herr herrn frau hr fr mme madame mlle monsieur doña don sra sr señora señor sig signora signor dott dottssa "
    "avv dhr mw meneer mevrouw huisarts pan pani panem panią mec dona eng the la le dra van von der den ter zum zur del della des dos das"
)
_STREETS = (
    "street lane road avenue court crescent rise close steps straße strasse weg gasse hang mühle allee rue avenue chemin allée place quai "
    "impasse calle avenida paseo plaza camino travesía bajo via viale piazza corso vicolo strada salita laan straat plein kade dijk kerkpad "
    "ulica ulicy ul rynek aleja osiedle rua avenida largo travessa praceta dto flat hinter achter twenty two vingt deux catorce quaranta "
    "negentien dwanaście trinta dois"
)
_LEAST_PART, _LEAST_DIGITS, _TAIL = 3, 9, 6


@dataclass(frozen=True, slots=True)
class Left:
    """A value that stands in the body. ``types``: those under which it was found, if any."""

    value: Planted
    whole: bool
    reason: str
    types: tuple[str, ...] = ()


@cache
def _no_names() -> frozenset[str]:
    listed = [title for language in LANGUAGES for title in words(language)["titles"].split("|")]
    return frozenset(_folded(word).strip(".") for word in (*listed, *_TITLES.split(), *_STREETS.split()))


def _folded(text: str) -> str:
    return plain(unicodedata.normalize("NFKC", text)).casefold()


def parts(value: Planted, beside: str) -> list[str]:
    """Return the parts of a value that tell of it by themselves and stand nowhere else in the text, ``beside`` it."""
    if value.kind in {"name", "address"}:
        shown = [word for word in re.findall(r"[^\W\d_]+", value.text) if len(word) >= _LEAST_PART]
        shown = [word for word in shown if _folded(word).strip(".") not in _no_names()]
        if value.kind == "address":  # the name of the street: its longest word
            shown = sorted(shown, key=len)[-1:]
        return [word for word in shown if not re.search(rf"(?<!\w){re.escape(_folded(word))}(?!\w)", beside)]
    digits = re.sub(r"\D", "", value.text)
    tail = [value.text[-_TAIL:]] if len(digits) >= _LEAST_DIGITS and value.text[-_TAIL:].isdigit() else []
    return [digit for digit in tail if digit not in beside]


def left(
    document: Document, body: Any, findings: Mapping[str, SegmentFindings], replaced: frozenset[str]
) -> Iterator[Left]:
    """Yield the document's values that stand in the body, each with the reason."""
    received = Received(json.dumps(body))
    beside = document.text
    for value in document.values:
        beside = beside.replace(value.text, "\0")
    beside = _folded(beside)
    for value in dict.fromkeys(document.values):
        whole = bool(received.holds(Value(value.kind, value.text, (value.text,))))
        some = [part for part in parts(value, beside) if received.holds(Value(value.kind, part, (part,)))]
        if (whole and (value.kind not in {"name", "address"} or some)) or some:
            yield Left(value, whole, *_reason(value, findings, replaced))


def _reason(
    value: Planted, findings: Mapping[str, SegmentFindings], replaced: frozenset[str]
) -> tuple[str, tuple[str, ...]]:
    """Return why a value is left, by the findings where it stands."""
    types: set[str] = set()
    changed = missed = 0
    for text, segment in findings.items():
        for match in re.finditer(re.escape(value.text), text):
            over = [f for f in (*segment.findings, *segment.inside) if f.start < match.end() and f.end > match.start()]
            types.update(f.entity_type + (" (public)" if f.subject_role == PUBLIC else "") for f in over)
            hit = [f for f in over if f.entity_type in replaced and f.subject_role != PUBLIC]
            changed += bool(hit)
            missed += not hit
    named = tuple(sorted(types))
    if changed:
        return (SPREAD if missed else IN_PART), named
    return (STAYS if types else NOT_FOUND), named


@dataclass(frozen=True, slots=True)
class Change:
    """A line that left otherwise than it came."""

    before: str
    after: str


def changes(before: str, after: str) -> list[Change]:
    """Return the lines of a text that changed; of JSON the leaves, each of which counts as a line."""
    if before == after:
        return []
    before, after = laid_out(before), laid_out(after)
    old, new = before.split("\n"), after.split("\n")
    if len(old) == len(new):
        return [Change(one, other) for one, other in zip(old, new, strict=True) if one != other]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [
        Change("\n".join(old[a:b]), "\n".join(new[c:d])) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"
    ]


def laid_out(text: str) -> str:
    """Return a text, JSON with each leaf on a line of its own."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=0)
    except ValueError:
        return text


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (pointer, text) of every string of a body."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, f"{path}/{key}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from leaves(one, f"{path}/{number}")
    elif isinstance(value, str):
        yield path, value
