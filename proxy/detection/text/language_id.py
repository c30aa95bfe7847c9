"""Which languages the words of a text belong to: a linear model over hashed character n-grams and whole words.

The columns are first the languages that are read (technical and Latin words included), then groups of languages that
are not (romanised ones and reversed English included). Numpy only; the model is trained by ``training/language_id``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from proxy.runtime.recent import BoundedCache

_FILE = Path(__file__).with_suffix(".npz")
_BITS = np.uint64((1 << 16) - 1)
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_MIX_WORDS = np.uint64(0x94D049BB133111EB)
_LONGEST_GROUP = 5
_WHOLE = 3  # a whole word weighs as much as three n-grams
_FLOOR = -6.0  # so that no single word rules a language out
_SPACE = 32
#: Words whose probabilities are remembered, and the letters of the longest: 3 MB of a worker.
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 8192, 24
_Ids = npt.NDArray[np.int64]


class _Model(NamedTuple):
    weights: npt.NDArray[np.int8]
    scale: float
    read: int  # the first columns, of languages that are read


@lru_cache(maxsize=1)
def _model() -> _Model:
    with np.load(_FILE) as stored:
        return _Model(stored["weights"], float(stored["scale"]), int(stored["read"]))


def log_probabilities(words: Sequence[str]) -> tuple[npt.NDArray[Any], int]:
    """Return log probabilities (word, language) of lower-case words, and the number of columns that are read.

    A single letter carries no evidence: its row is zero.
    """
    model = _model()
    if not words:
        return np.zeros((0, model.weights.shape[1])), model.read
    ids, starts = features(words)
    counts = np.diff(np.append(starts, len(ids)))
    sums = np.add.reduceat(model.weights[ids], starts, axis=0, dtype=np.int32)
    scores = sums * (model.scale / counts)[:, None]
    scores -= scores.max(axis=1, keepdims=True)
    scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
    floored = np.maximum(scores, _FLOOR)
    floored[np.fromiter(map(len, words), dtype=np.int64) == 1] = 0.0
    return floored, model.read


_remembered: BoundedCache[str, npt.NDArray[Any]] = BoundedCache(_MOST_REMEMBERED)


def _log_probabilities(words: Sequence[str]) -> npt.NDArray[Any]:
    """Return the log probabilities (word, language) of distinct lower-case words, one at least.

    Words recur from text to text, and a word tells the same in any company: what it tells is remembered.
    """
    rows = {word: row for word in words if (row := _remembered.get(word)) is not None}
    new = [word for word in words if word not in rows]
    for word, row in zip(new, log_probabilities(new)[0], strict=True):
        rows[word] = row
        if len(word) <= _LONGEST_REMEMBERED:
            _remembered[word] = row.copy()
    return np.array([rows[word] for word in words])


class WordEvidence:
    """Log probabilities of the words of one text, computed once per distinct word."""

    __slots__ = ("_places", "_rows", "read")

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._places: dict[str, int] = {}
        self._rows, self.read = log_probabilities(())
        self.add(words)

    def add(self, words: Iterable[str]) -> None:
        """Add lower-case words."""
        new = [word for word in dict.fromkeys(words) if word not in self._places]
        if new:
            self._places.update(zip(new, range(len(self._rows), len(self._rows) + len(new)), strict=True))
            self._rows = np.concatenate([self._rows, _log_probabilities(new)])

    def rows(self, words: Sequence[str]) -> npt.NDArray[Any]:
        """Return the log probabilities (word, language) of lower-case words."""
        self.add(words)
        return self._rows[[self._places[word] for word in words]]

    def totals(self, passages: Sequence[Sequence[str]]) -> npt.NDArray[Any]:
        """Return the sums (passage, language) over the words of each passage; none is empty."""
        rows = self.rows([word for words in passages for word in words])
        if not passages:
            return rows
        ends = np.cumsum([len(words) for words in passages])
        return np.add.reduceat(rows, ends - [len(words) for words in passages], axis=0)


def features(words: Sequence[str]) -> tuple[_Ids, _Ids]:
    """Return the hashed n-grams (2 to 5) and whole-word hash of each word: ids, and where each word's ids start."""
    joined = f" {' '.join(words)} ".encode("utf-32-le", "replace")
    codes = np.frombuffer(joined, dtype=np.uint32).astype(np.uint64)
    space = codes == _SPACE
    number = np.cumsum(space) - 1  # index of the word at each position
    with np.errstate(over="ignore"):
        parts = _groups(codes, space, number)
        whole = _words(codes, space, number)
    places = np.arange(len(words))
    parts += [(whole, places)] * _WHOLE
    ids = np.concatenate([part for part, _ in parts])
    owner = np.concatenate([owners for _, owners in parts])
    inside = owner < len(words)
    ids, owner = ids[inside], owner[inside]
    order = np.argsort(owner, kind="stable")
    return ids[order], np.searchsorted(owner[order], places)


def _groups(codes: Any, space: Any, number: Any) -> list[tuple[_Ids, _Ids]]:
    """Return every n-gram within a word, with the index of that word."""
    before = np.concatenate([[0], np.cumsum(space)])
    rolled = codes + np.uint64(7)
    groups = []
    for size in range(2, _LONGEST_GROUP + 1):
        last = len(codes) - size + 1
        if last <= 0:
            break
        rolled = rolled[:last] * _PRIME + codes[size - 1 :]
        at = np.arange(last)
        at = at[before[at + size - 1] == before[at + 1]]
        value = rolled[at] + np.uint64(size)
        value ^= value >> np.uint64(29)
        value *= _MIX
        value ^= value >> np.uint64(32)
        groups.append(((value & _BITS).astype(np.int64), number[at]))
    return groups


def _words(codes: Any, space: Any, number: Any) -> _Ids:
    starts = np.nonzero(space)[0]
    within = (np.arange(len(codes)) - starts[number]).astype(np.uint64)
    term = (codes + np.uint64(1)) * (within * np.uint64(2) + np.uint64(1)) * _PRIME
    term ^= term >> np.uint64(31)
    term *= _MIX_WORDS
    term[space] = 0
    total = np.add.reduceat(term, starts)[:-1]
    total ^= total >> np.uint64(30)
    total *= _MIX
    total ^= total >> np.uint64(33)
    ids: _Ids = (total & _BITS).astype(np.int64)
    return ids
