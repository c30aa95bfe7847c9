"""Sentences in a language that is not read, wherever they stand: in prose of one that is, in quotes, cells, comments.

Every line, sentence and quoted part is judged, and every stretch of words in it, by the words of running text: a name
or an address is no language. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from proxy.detection.tongues import evidence

#: Words that are none: addresses, numbers, code. Anchored where a word begins, which keeps it linear.
NOISE = re.compile(r"(?<!\S)(?:[(\[<\"']{0,3}www\.\S+|[^\s0-9_{}<>=\\|/@#$%^*~`]*[0-9_{}<>=\\|/@#$%^*~`]\S*)")
WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # noqa: RUF001
_BORDERS = re.compile(r"[.!?;:]+(?=\s)|[\n\r\t|\"“”„«»{}\[\]()<>]+|,(?=\S)|(?<=\s)[-–—•*#]+(?=\s)|[\"'][,:]")  # noqa: RUF001
_LATIN = re.compile(r"[a-zß-ɏ\u1e00-\u1eff'’]+")  # noqa: RUF001 -- other scripts are told by their letters
_LONGEST_WORD = 40
_LENGTHS = (2, 3, 4, 5, 6, 8)
#: How much better (log probability) a language that is not read must fit a stretch: two words, or more.
_MARGIN_OF_TWO = 6.5
_MARGIN = 6.0
#: Capitals throughout may be a list of names.
_MARGIN_OF_CAPITALS = 12.0
_FEWEST = 2
_FEWEST_CAPITALS = 4


class _Unit(NamedTuple):
    words: list[str]
    factor: float


def unread(text: str) -> bool:
    """Whether a stretch of words of the text is in a language that is not read."""
    units = list(_units(text))
    told, read = evidence([word for unit in units for word in unit.words])
    done = 0
    for unit in units:
        rows = told[done : done + len(unit.words)]
        done += len(unit.words)
        if _foreign(rows, read, unit.factor):
            return True
    return False


def fits(text: str) -> float:
    """Return how much better (log probability) a read language fits the words of a text than any other."""
    told, read = evidence([word.lower() for word in WORDS.findall(text) if len(word) < _LONGEST_WORD])
    totals = told.sum(axis=0)
    return float(totals[:read].max() - totals[read:].max())


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the lines, sentences and quoted parts of a text, as offsets."""
    done = 0
    for border in (*_BORDERS.finditer(text), None):
        yield done, border.start() if border else len(text)
        done = border.end() if border else done


def _units(text: str) -> Iterator[_Unit]:
    """The running words of each line, sentence and quoted part; of one in capitals all words."""
    for start, end in sentences(text):
        part = text[start:end]
        if len(part) < 2 * _FEWEST:
            continue
        words = [word for word in WORDS.findall(NOISE.sub(" ", part)) if len(word) < _LONGEST_WORD]
        running = [word for word in words if word[0].islower() and _LATIN.fullmatch(word.lower())]
        if len(running) >= _FEWEST:
            yield _Unit([word.lower() for word in running], 1.0)
        elif len(words) >= _FEWEST_CAPITALS:
            lowered = [word.lower() for word in words]
            yield _Unit([word for word in lowered if _LATIN.fullmatch(word)], _MARGIN_OF_CAPITALS / _MARGIN)


def _foreign(rows: Any, read: int, factor: float) -> bool:
    count = len(rows)
    if count < _FEWEST:
        return False
    totals = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    for length in sorted({*_LENGTHS, count}):
        if length > count:
            break
        stretch = totals[length:] - totals[:-length]
        margin = float((stretch[:, read:].max(axis=1) - stretch[:, :read].max(axis=1)).max())
        if margin >= factor * (_MARGIN_OF_TWO if length == _FEWEST else _MARGIN):
            return True
    return False
