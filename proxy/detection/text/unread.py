"""Detects passages in a language that is not read, also inside prose that is: in quotations, cells, comments.

Every line, sentence and quotation is judged, and every stretch of words in it, by its running words: names and
addresses belong to no language. Linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from proxy.detection.languages import words as vocabulary
from proxy.detection.text.language_id import WordEvidence

#: Tokens that are not words: addresses, numbers, code, accounts ("anna.k"). Anchored at their start, for linear time.
NOISE = re.compile(
    r"(?<!\S)(?:--?[A-Za-z]{2}\S*|[(\[<\"']{0,3}www\.\S+|[^\s0-9_{}<>=\\|/@#$%^*~`]*[0-9_{}<>=\\|/@#$%^*~`]\S*"
    r"|[^\W\d_A-Z]{1,20}\.[^\W\d_A-Z]{2,20}(?![^\s,;:)\"']))"
)
WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # noqa: RUF001
#: What may be noise: without it, nothing is.
_NOISY = re.compile(r"[-.0-9_{}<>=\\|/@#$%^*~`]")
#: All borders begin with one of a set of signs, which lets ``re`` skip what lies between.
_BORDERS = re.compile(
    r"[.!?;:\n\r\t|\"“”„«»{}\[\]()<>,–—•*#'-]"  # noqa: RUF001
    r"(?:(?<=[.!?;:])(?<![.!?;:][.!?;:])[.!?;:]*+(?=\s)|(?<=[\n\r\t|\"“”„«»{}\[\]()<>])[\n\r\t|\"“”„«»{}\[\]()<>]*"
    r"|(?<=,)(?=\S)|(?<=\s[-–—•*#])[-–—•*#]*+(?=\s)|(?<=')[,:])"  # noqa: RUF001
)
_LATIN = re.compile(r"[a-zß-ɏ\u1e00-\u1eff'’]+")  # noqa: RUF001 -- other scripts are recognized by their letters
#: What nearly every word of a language has, and abbreviations in code often lack.
_VOWEL = re.compile(r"[aeiouyà-öø-ýÿ-ž\u1e00-\u1eff]")
_LONGEST_WORD = 40
#: Letters of a short word, and of its beginning or end that it shares with another: ``nsec usec``, ``arg argval``.
_SHORT, _ALIKE = 7, 3
_LENGTHS = (2, 3, 4, 5, 6, 8)
#: By how much (log probability) an unread language must fit better: a stretch of two words, and longer ones.
_MARGIN_OF_TWO = 6.5
_MARGIN = 6.0
#: Capitals throughout may be a list of names.
_MARGIN_OF_CAPITALS = 12.0
_ROUNDING = 1e-6
#: Words of languages close to read ones, or rare in the training data, that no read language has.
_FOREIGN_WORDS = frozenset(vocabulary("foreign"))
_MALTESE = frozenset("ħġċ")
_FEWEST_FOREIGN = 2
_FEWEST = 2
_FEWEST_CAPITALS = 4


class Sentence(NamedTuple):
    """A line, sentence or quoted part of a text: its offsets, and its words as written."""

    start: int
    end: int
    words: list[str]


class _Unit(NamedTuple):
    words: list[str]
    factor: float


def unread(text: str, evidence: WordEvidence | None = None) -> bool:
    """Whether a stretch of words of the text is in a language that is not read."""
    evidence = evidence or WordEvidence()
    units = [unit for unit in _units(text) if len(unit.words) >= _FEWEST]
    if not units:
        return False
    if any(_has_foreign_words(unit.words) for unit in units):
        return True
    rows = evidence.rows([word for unit in units for word in unit.words])
    ends = np.cumsum([len(unit.words) for unit in units])
    starts = ends - [len(unit.words) for unit in units]
    most = _most(rows, starts, evidence.read)
    return any(
        bound >= unit.factor * _MARGIN and _foreign(rows[start:end], evidence.read, unit.factor)
        for unit, start, end, bound in zip(units, starts, ends, most, strict=True)
    )


def _has_foreign_words(words: list[str]) -> bool:
    """Whether two of the words exist in no language that is read."""
    foreign = {word for word in words if word in _FOREIGN_WORDS or not _MALTESE.isdisjoint(word)}
    return len(foreign) >= _FEWEST_FOREIGN


def _most(rows: Any, starts: Any, read: int) -> Any:
    """Return an upper bound for every stretch of each unit, so that most units need not be searched.

    For each word the best unread language is compared with one read language, the same for the whole unit.
    """
    gains = np.maximum(rows[:, read:].max(axis=1, keepdims=True) - rows[:, :read], 0.0)
    return np.add.reduceat(gains, starts, axis=0).min(axis=1) + _ROUNDING


def fits(text: str, evidence: WordEvidence | None = None) -> float:
    """Return how much better (log probability) a read language fits the words of a text than any other."""
    evidence = evidence or WordEvidence()
    rows = evidence.rows([word.lower() for word in WORDS.findall(text) if len(word) < _LONGEST_WORD])
    totals = rows.sum(axis=0)
    return float(totals[: evidence.read].max() - totals[evidence.read :].max())


@lru_cache(maxsize=2)
def sentences(text: str) -> Sequence[Sentence]:
    """Return the lines, sentences and quoted parts of a text; no word is in two of them."""
    borders = [border.span() for border in _BORDERS.finditer(text)]
    spans = zip([0, *(end for _, end in borders)], [*(start for start, _ in borders), len(text)], strict=True)
    return [Sentence(start, end, WORDS.findall(text, start, end)) for start, end in spans]


def _units(text: str) -> Iterator[_Unit]:
    """Yield the running words of each line, sentence and quotation; all words where it is in capitals."""
    for start, end, written in sentences(text):
        part = text[start:end]
        if len(part) < 2 * _FEWEST:
            continue
        noisy = _NOISY.search(part) is not None or "www." in part
        shown = WORDS.findall(NOISE.sub(" ", part)) if noisy else written
        words = [word for word in shown if len(word) < _LONGEST_WORD]
        running = [word.lower() for word in words if word[0].islower()]
        running = running if part.isascii() else list(filter(_is_latin, running))
        running = list(_distinct(running))
        if len(running) >= _FEWEST:
            yield _Unit(running, 1.0)
        elif len(words) >= _FEWEST_CAPITALS:
            yield _Unit(list(filter(_is_latin, map(str.lower, words))), _MARGIN_OF_CAPITALS / _MARGIN)


def _distinct(words: list[str]) -> Iterator[str]:
    """Yield each word once, without abbreviations and short words built like the one before: code has these."""
    before = ""
    for word in dict.fromkeys(words):
        if _VOWEL.search(word) is None:
            continue
        alike = len(word) <= _SHORT and (word[:_ALIKE] == before[:_ALIKE] or word[-_ALIKE:] == before[-_ALIKE:])
        if not alike:
            yield word
        before = word if len(word) <= _SHORT else ""


def _is_latin(word: str) -> bool:
    return word.isascii() or _LATIN.fullmatch(word) is not None


def _foreign(rows: Any, read: int, factor: float) -> bool:
    count = len(rows)
    totals = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    for length in sorted({*_LENGTHS, count}):
        if length > count:
            break
        stretch = totals[length:] - totals[:-length]
        margin = float((stretch[:, read:].max(axis=1) - stretch[:, :read].max(axis=1)).max())
        if margin >= factor * (_MARGIN_OF_TWO if length == _FEWEST else _MARGIN):
            return True
    return False
