"""Sentences in a language that is not read, wherever they stand: in prose of one that is, in quotes, cells, comments.

Every line, sentence and quoted part is judged, and every stretch of words in it, by the words of running text: a name
or an address is no language. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from proxy.detection.text.tongues import Told

#: Words that are none: addresses, numbers, code. Anchored where a word begins, which keeps it linear.
NOISE = re.compile(
    r"(?<!\S)(?:--?[A-Za-z]{2}\S*|[(\[<\"']{0,3}www\.\S+|[^\s0-9_{}<>=\\|/@#$%^*~`]*[0-9_{}<>=\\|/@#$%^*~`]\S*)"
)
WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # noqa: RUF001
_BORDERS = re.compile(
    r"[.!?;:]+(?=\s)|[\n\r\t|\"“”„«»{}\[\]()<>]+|,(?=\S)|(?<=\s)[-–—•*#]+(?=\s)|[\"'][,:]"  # noqa: RUF001
)
_LATIN = re.compile(r"[a-zß-ɏ\u1e00-\u1eff'’]+")  # noqa: RUF001 -- other scripts are told by their letters
_LONGEST_WORD = 40
_LENGTHS = (2, 3, 4, 5, 6, 8)
#: How much better (log probability) a language that is not read must fit a stretch: two words, or more.
_MARGIN_OF_TWO = 6.5
_MARGIN = 6.0
#: Capitals throughout may be a list of names.
_MARGIN_OF_CAPITALS = 12.0
_ROUNDING = 1e-6
#: Languages that stand near read ones, or of which the model saw little: words of theirs that no read language has.
_TELLING = frozenset(
    """
    ek sy hulle julle baie asseblief môre vandag moenie hoekom dankie pasiënt verlede gediagnoseer suikersiekte
    jiena inti huwa hija kienet qal qalet mhux ukoll minn dawn jekk għal
    zuen zion dago naiz nire zure dugu ziren baina mesedez kaixo egin izan hori eta gaixoak zizkion zizkiotela
    ny amin izy misy tsy ireo izany aho ianao nilaza marary
    datt huet ech hatt wéi déi dësen muer mäin hunn kënnt krut vun
    isch nöd nid üs gsi öppis hüt morn hät händ chönd gaht ghaa verzellt übercho früelig
    """.split()
)
_MALTESE = frozenset("ħġċ")
_FEWEST_TELLING = 2
_FEWEST = 2
_FEWEST_CAPITALS = 4


class _Unit(NamedTuple):
    words: list[str]
    factor: float


def told_of(text: str) -> Told:
    """Return what the words of a text tell, for every question about it."""
    return Told(map(str.lower, WORDS.findall(text)))


def unread(text: str, told: Told | None = None) -> bool:
    """Whether a stretch of words of the text is in a language that is not read."""
    known = told or told_of(text)
    units = [unit for unit in _units(text) if len(unit.words) >= _FEWEST]
    if not units:
        return False
    if any(_telling(unit.words) for unit in units):
        return True
    rows = known.rows([word for unit in units for word in unit.words])
    ends = np.cumsum([len(unit.words) for unit in units])
    starts = ends - [len(unit.words) for unit in units]
    most = _most(rows, starts, known.read)
    return any(
        bound >= unit.factor * _MARGIN and _foreign(rows[start:end], known.read, unit.factor)
        for unit, start, end, bound in zip(units, starts, ends, most, strict=True)
    )


def _telling(words: list[str]) -> bool:
    """Whether two words are ones that no read language has."""
    telling = {word for word in words if word in _TELLING or not _MALTESE.isdisjoint(word)}
    return len(telling) >= _FEWEST_TELLING


def _most(rows: Any, starts: Any, read: int) -> Any:
    """Return for each unit what no stretch of it can exceed: most units need not be looked through.

    Each word's best language that is not read is set against one that is, the same for the whole unit.
    """
    gains = np.maximum(rows[:, read:].max(axis=1, keepdims=True) - rows[:, :read], 0.0)
    return np.add.reduceat(gains, starts, axis=0).min(axis=1) + _ROUNDING


def fits(text: str, told: Told | None = None) -> float:
    """Return how much better (log probability) a read language fits the words of a text than any other."""
    known = told or Told()
    rows = known.rows([word.lower() for word in WORDS.findall(text) if len(word) < _LONGEST_WORD])
    totals = rows.sum(axis=0)
    return float(totals[: known.read].max() - totals[known.read :].max())


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
    totals = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    for length in sorted({*_LENGTHS, count}):
        if length > count:
            break
        stretch = totals[length:] - totals[:-length]
        margin = float((stretch[:, read:].max(axis=1) - stretch[:, :read].max(axis=1)).max())
        if margin >= factor * (_MARGIN_OF_TWO if length == _FEWEST else _MARGIN):
            return True
    return False
