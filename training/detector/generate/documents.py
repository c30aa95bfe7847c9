"""An endless, reproducible stream of made-up documents."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from faker import Faker

from training.detector.generate import people
from training.detector.generate.grammar import Cast, Span, choose, fill

#: Share of each language among the documents.
SHARES = {
    "en": 0.30, "de": 0.13, "es": 0.06, "fr": 0.09, "it": 0.09, "pt": 0.08, "nl": 0.07, "pl": 0.09,
    "cs": 0.025, "ro": 0.025, "sv": 0.025, "tr": 0.025,
}  # fmt: skip
_FOLDER = Path(__file__).parent / "templates"
_TITLE = re.compile(
    "(?:^|(?<=[^\\w.]))("
    + "|".join(sorted({re.escape(title) for row in people.TITLES.values() for title in row}, key=len, reverse=True))
    + r")\s$"
)

#: Dictation has no marks and no lines.
_UNMARKED = str.maketrans(dict.fromkeys('.,:;!?()"-\n/', " "))
_MISREAD = str.maketrans("01", "Ol")  # what a scanner makes of digits


@cache
def templates(language: str) -> tuple[str, ...]:
    lines = (_FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.replace("\\n", "\n") for line in lines if line.strip())


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


def _mistyped(rng: random.Random, text: str) -> str:
    letters = list(text)
    for place in rng.sample(range(len(text)), max(1, len(text) // 40)):
        if letters[place].isalpha():
            letters[place] = rng.choice("abcdefghijklmnopqrstuvwxyz")
    return "".join(letters)


#: Other ways of typing the same characters, and how often each is taken.
_WAYS: tuple[tuple[float, Callable[[random.Random, str], str]], ...] = (
    (0.09, lambda _, text: text.lower()),
    (0.03, lambda _, text: text.upper()),
    (0.02, lambda _, text: text.replace(".", " ").replace(",", " ")),
    (0.015, lambda _, text: text.translate(_MISREAD)),
    (0.05, lambda _, text: text.lower().translate(_UNMARKED)),
    (0.02, _mistyped),
)


def _rewrite(rng: random.Random, text: str) -> str:
    """Another way of typing the same characters; the length never changes."""
    weights = [share for share, _ in _WAYS]
    ways = [way for _, way in _WAYS]
    way = rng.choices([None, *ways], [1 - sum(weights), *weights])[0]
    changed = way(rng, text) if way and text else text
    return changed if len(changed) == len(text) else text


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
    text, spans = _join(rng, language)
    spans = _mark_titles(text, spans)
    if "\n" in text and rng.random() < 0.05:
        text, spans = _quote(rng, text, spans)
    return _rewrite(rng, text), spans


def documents(seed: int, count: int) -> Iterator[tuple[str, list[Span]]]:
    """Yield ``count`` documents as text and spans of ``labels`` classes."""
    rng = random.Random(seed)
    Faker.seed(seed)
    names, shares = list(SHARES), list(SHARES.values())
    for _ in range(count):
        yield document(rng, rng.choices(names, shares)[0])
