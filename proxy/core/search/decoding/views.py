"""Views: decoded texts that map exactly to the offsets of the original."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from proxy.core.findings import Finding
from proxy.core.search.needs import Test, always

#: New text for characters ``from`` to ``to`` of a match: (new text, from, to).
Piece = tuple[str, int, int]
Rewrite = Callable[[re.Match[str]], Iterable[Piece] | None]


def utf8_pieces(plain: str, width: int) -> list[Piece]:
    """Return the pieces of a text whose UTF-8 bytes were each written in ``width`` characters."""
    pieces: list[Piece] = []
    offset = 0
    for character in plain:
        size = width * len(character.encode())
        pieces.append((character, offset, offset + size))
        offset += size
    return pieces


@dataclass(frozen=True, slots=True)
class View:
    """A decoded text. Character ``i`` stems from [``origin[i]``, ``until[i]``) of the original.

    ``deep``: something is encoded more deeply than was decoded.
    """

    text: str
    origin: Sequence[int]
    until: Sequence[int]
    deep: bool = False

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the original of characters [start, end), which are not empty."""
        return min(self.origin[start:end]), max(self.until[start:end])

    def back(self, finding: Finding) -> Finding:
        """Return the finding with the offsets of the original text."""
        start, end = self.span(finding.start, finding.end)
        return replace(finding, start=start, end=end)


@dataclass(frozen=True, slots=True)
class Nested:
    """An encoded part of a text, its span and decoded text; replaced whole or not at all."""

    start: int
    end: int
    text: str


class Decoder(NamedTuple):
    """Undoes one encoding in place.

    ``pattern`` finds candidates in linear time; ``rewrite`` returns the pieces that replace a match, None to leave it.
    ``needs`` tests whether the pattern can match in a text at all. ``spread``: the new characters are alphanumeric ones
    of the match, each with its own span.
    """

    name: str
    pattern: re.Pattern[str]
    rewrite: Rewrite
    needs: Test = always
    spread: bool = False


def identity(text: str) -> View:
    """Return a text as its own view."""
    return View(text, range(len(text)), range(1, len(text) + 1))


def rewritten(current: View, decoder: Decoder) -> View:
    """Apply a decoder; return the same view when it decodes nothing."""
    text = current.text
    if not decoder.needs(text):
        return current
    out: list[str] = []
    origin: list[int] = []
    until: list[int] = []
    done = 0
    for match in decoder.pattern.finditer(text):
        pieces = decoder.rewrite(match)
        if pieces is None:
            continue
        _copy(current, done, match.start(), out, origin, until)
        for new, low, high in pieces:
            first, last = match.start() + low, match.start() + high
            places = _pieces_of(text, first, last, new) if decoder.spread else None
            start, end = (0, 0) if places else current.span(first, last)
            for number, character in enumerate(new):
                out.append(character)
                origin.append(current.origin[places[number]] if places else start)
                until.append(current.until[places[number]] if places else end)
        done = match.end()
    if not done:
        return current
    _copy(current, done, len(text), out, origin, until)
    return View("".join(out), origin, until)


def _copy(current: View, low: int, high: int, out: list[str], origin: list[int], until: list[int]) -> None:
    out.append(current.text[low:high])
    origin.extend(current.origin[low:high])
    until.extend(current.until[low:high])


def _pieces_of(text: str, first: int, last: int, new: str) -> list[int]:
    """Return the places of the remaining characters: all, or the alphanumeric ones."""
    if len(new) == last - first:
        return list(range(first, last))
    return [index for index in range(first, last) if text[index].isalnum()]
