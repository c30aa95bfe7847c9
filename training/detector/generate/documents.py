"""An endless, reproducible stream of made-up documents."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from faker import Faker

from training.detector.generate import noise, people, records
from training.detector.generate.grammar import Cast, Span, choose, fill, templates

#: Share of each language among the documents.
SHARES = {
    "en": 0.27, "de": 0.12, "es": 0.055, "fr": 0.08, "it": 0.08, "pt": 0.075, "nl": 0.065, "pl": 0.085,
    "cs": 0.02, "ro": 0.02, "sv": 0.02, "tr": 0.02, "da": 0.0225, "fi": 0.0225, "hu": 0.0225, "uk": 0.0225,
}  # fmt: skip
#: Share of records, as tools and databases write them, among the documents of a language.
RECORDS = 0.3
_TITLE = re.compile(
    "(?:^|(?<=[^\\w.]))("
    + "|".join(sorted({re.escape(title) for row in people.TITLES.values() for title in row}, key=len, reverse=True))
    + r")\s$"
)


def _mark_titles(text: str, spans: list[Span]) -> list[Span]:
    """Mark a title right before a person that the template wrote out."""
    taken = {end for _, end, _ in spans}
    found = []
    for start, _, label in spans:
        match = _TITLE.search(text, max(0, start - 14), start) if label == "PERSON" else None
        if match and match.end(1) not in taken and match.group(1) not in people.SALUTATIONS:
            found.append((match.start(1), match.end(1), "TITLE"))
    return sorted([*spans, *found])


def _join(rng: random.Random, language: str) -> tuple[str, list[Span]]:
    """One to three templates under one another, sharing their people."""
    cast = Cast(rng, language)
    text, spans = "", []
    for _ in range(rng.choice([1, 1, 1, 1, 2, 2, 3])):
        part, found = fill(cast, choose(rng, rng.choice(templates(language))))
        gap = rng.choice(["\n", " ", "\n\n"]) if text else ""
        shift = len(text) + len(gap)
        text += gap + part
        spans += [(start + shift, end + shift, label) for start, end, label in found]
    return text, spans


def _quote(rng: random.Random, text: str, spans: list[Span]) -> tuple[str, list[Span]]:
    """Put a mark before every line, as in a quoted mail or a list; a span over two lines becomes two."""
    mark = rng.choice(["> ", ">", "??? ", "- ", "* ", "# ", "// ", "    ", "| "])
    lines, moved, place = [], [], 0
    for number, line in enumerate(text.split("\n")):
        shift = (number + 1) * len(mark)
        for start, end, label in spans:
            first, last = max(start, place), min(end, place + len(line))
            if first < last:
                moved.append((first + shift, last + shift, label))
        place += len(line) + 1
        lines.append(mark + line)
    return "\n".join(lines), sorted(moved)


def document(rng: random.Random, language: str) -> tuple[str, list[Span]]:
    """One document of a language as text and spans of ``labels`` classes."""
    if rng.random() < RECORDS:
        text, spans = records.record(rng, language)
    else:
        text, spans = _join(rng, language)
    spans = _mark_titles(text, spans)
    if "\n" in text and rng.random() < 0.05:
        text, spans = _quote(rng, text, spans)
    return noise.rewritten(rng, text), spans


def documents(seed: int, count: int) -> Iterator[tuple[str, list[Span]]]:
    """Yield ``count`` documents as text and spans of ``labels`` classes."""
    rng = random.Random(seed)
    Faker.seed(seed)
    names, shares = list(SHARES), list(SHARES.values())
    for _ in range(count):
        yield document(rng, rng.choices(names, shares)[0])
