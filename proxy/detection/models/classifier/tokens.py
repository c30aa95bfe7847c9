"""Text to tokens to windows: word pieces with character offsets, word shapes, and cuts at natural borders."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from proxy.runtime.recent import BoundedCache

PAD: Final = 0
CLS: Final = 2
SEP: Final = 3

LOWER, TITLE, UPPER, MIXED = range(4)
LINE_START: Final = 4  # added to a shape where the word opens a line
_BREAKS: Final = ".!?;\n"
#: A sign of ASCII, blanks, or characters without either: what is around changes nothing of their pieces.
_RUN: Final = re.compile(r"\n|[ \t\r]+|[!-/:-@\[-`{-~] ?|[^ \t\r\n!-/:-@\[-`{-~]+ ?")
_MOST_KNOWN, _LONGEST_KNOWN = 4096, 24


@dataclass(frozen=True, slots=True)
class WordPieces:
    """The word pieces of one text. All sequences are aligned; ``words`` numbers the word a piece belongs to."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    words: list[int]
    shapes: list[int]


def tokenizer(vocabulary: Path) -> Any:
    """Build the uncased WordPiece tokenizer of BERT from its vocabulary file (one piece a line)."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers  # noqa: PLC0415 - only where a model runs

    pieces = models.WordPiece.from_file(str(vocabulary), unk_token="[UNK]")  # noqa: S106 - no password
    built = Tokenizer(pieces)
    built.normalizer = normalizers.BertNormalizer(lowercase=True)
    built.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return built


def shape(word: str) -> int:
    """How a word is written: 0 lower case or no letters, 1 Title, 2 UPPER (two letters and more), 3 mIxed."""
    if word.islower() or not word[:1].isalpha():
        return MIXED if any(map(str.isupper, word)) else LOWER
    if len(word) > 1 and word.isupper():
        return UPPER
    if word[0].isupper() and (len(word) == 1 or word[1:].islower()):
        return TITLE
    return MIXED if any(map(str.isupper, word)) else LOWER


def read(encoding: Any, text: str) -> WordPieces:
    """Shape and offsets of every word piece of one encoded text."""
    offsets: list[tuple[int, int]] = encoding.offsets
    words: list[int] = encoding.word_ids
    shapes: list[int] = []
    last_end = -1
    index = 0
    while index < len(words):
        stop = index + 1
        while stop < len(words) and words[stop] == words[index]:
            stop += 1
        start, end = offsets[index][0], offsets[stop - 1][1]
        opens = LINE_START if last_end < 0 or (start > last_end and "\n" in text[last_end:start]) else 0
        shapes.extend([shape(text[start:end]) + opens] * (stop - index))
        last_end = end
        index = stop
    return WordPieces(encoding.ids, offsets, words, shapes)


class _Run(NamedTuple):
    """The pieces of a run, counted from its start. ``opening``: their shapes in a new line. ``total``: its words."""

    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    words: tuple[int, ...]
    shapes: tuple[int, ...]
    opening: tuple[int, ...]
    total: int


class Pieces:
    """Reads texts with BERT's tokenizer, which sees a recurring word once."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._cached: BoundedCache[str, _Run] = BoundedCache(_MOST_KNOWN)

    def read(self, text: str) -> WordPieces:
        """Return the word pieces of a text."""
        runs = _RUN.findall(text)
        tokens_of = self._runs(dict.fromkeys(runs))
        ids: list[int] = []
        offsets: list[tuple[int, int]] = []
        words: list[int] = []
        shapes: list[int] = []
        start = count = 0
        opens = True
        for run in runs:
            pieces = tokens_of[run]
            if len(pieces.ids) == 1:
                low, high = pieces.offsets[0]
                ids.append(pieces.ids[0])
                offsets.append((low + start, high + start))
                words.append(count)
                shapes.append(pieces.opening[0] if opens else pieces.shapes[0])
                count += 1
                opens = False
            elif pieces.ids:
                ids += pieces.ids
                offsets += [(low + start, high + start) for low, high in pieces.offsets]
                words += [number + count for number in pieces.words]
                shapes += pieces.opening if opens else pieces.shapes
                count += pieces.total
                opens = False
            opens = opens or run == "\n"
            start += len(run)
        return WordPieces(ids, offsets, words, shapes)

    def _runs(self, runs: Collection[str]) -> dict[str, _Run]:
        """Return the pieces of each run; those not seen before are read together."""
        cached = {run: self._cached[run] for run in runs if run in self._cached}
        new = [run for run in runs if run not in cached]
        for run, pieces in zip(new, self._read(new), strict=True):
            cached[run] = pieces
            if len(run) <= _LONGEST_KNOWN:
                self._cached[run] = pieces
        return cached

    def _read(self, runs: Sequence[str]) -> Iterator[_Run]:
        joined = " ".join(runs)
        tokens = read(self._tokenizer.encode(joined, add_special_tokens=False), joined)
        start = first = 0
        for run in runs:
            last = first
            while last < len(tokens.ids) and tokens.offsets[last][0] < start + len(run):
                last += 1
            words = [number - tokens.words[first] for number in tokens.words[first:last]]
            shapes = [shape % LINE_START for shape in tokens.shapes[first:last]]
            yield _Run(
                tuple(tokens.ids[first:last]),
                tuple((low - start, high - start) for low, high in tokens.offsets[first:last]),
                tuple(words),
                tuple(shapes),
                tuple(shape + LINE_START * (not number) for shape, number in zip(shapes, words, strict=True)),
                words[-1] + 1 if words else 0,
            )
            start, first = start + len(run) + 1, last


def windows(tokens: WordPieces, text: str, size: int) -> list[tuple[int, int]]:
    """Cut into runs of at most ``size`` pieces, as [start, stop) token indices, never inside a word.

    The cut falls on the last line or sentence end in the second half of a full window, else on the last gap between
    words there; a window then begins ``size // 8`` pieces earlier, so that an entity on the cut is seen whole.
    """
    total = len(tokens.ids)
    cuts: list[tuple[int, int]] = []
    start = 0
    while total - start > size:
        stop, clean = _cut(tokens, text, start, start + size)
        cuts.append((start, stop))
        start = stop if clean else _word_start(tokens, max(start + 1, stop - size // 8), stop)
    if start < total:
        cuts.append((start, total))
    return cuts


def _cut(tokens: WordPieces, text: str, start: int, limit: int) -> tuple[int, bool]:
    """Return the best cut in (middle, limit] and whether it is a natural border."""
    middle = (start + limit) // 2
    for index in range(limit, middle, -1):
        left, right = tokens.offsets[index - 1][1], tokens.offsets[index][0]
        if tokens.shapes[index] >= LINE_START or (right > left and text[left - 1] in _BREAKS):
            return index, True
    for index in range(limit, middle, -1):
        if tokens.offsets[index][0] > tokens.offsets[index - 1][1]:
            return index, False
    return limit, False


def _word_start(tokens: WordPieces, index: int, stop: int) -> int:
    while index < stop and tokens.words[index] == tokens.words[index - 1]:
        index += 1
    return index


def batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Group windows of similar length so that a padded batch holds at most ``budget`` tokens."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    groups: list[list[int]] = []
    for index in order:
        if groups and (len(groups[-1]) + 1) * lengths[index] <= budget:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups
