"""Label probabilities of word pieces into spans of the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proxy.detection.models.classifier.labels import NAMES, NUMBERS
from proxy.detection.models.classifier.tokens import WordPieces

Floats = NDArray[np.float32]

#: Least probability that a word belongs to some class. Recall first: a missed name is worse than a masked word.
THRESHOLD: Final = 0.4
#: Classes that say little by themselves answer for their false alarms first.
THRESHOLDS: Final[Mapping[str, float]] = {
    **dict.fromkeys(("LOCATION", "FACILITY", "NATIONALITY"), 0.5),
    **dict.fromkeys(("ORGANIZATION", "USERNAME"), 0.6),
    "PROFESSION": 0.7,
}
_TRAILING: Final = " \t\r\n,;:"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of words of one class: character offsets, end exclusive."""

    name: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class WordScores:
    """The text's words: probability of each class [words, classes], of no class, and of opening a span."""

    bounds: list[tuple[int, int]]
    classes: Floats
    outside: Floats
    opens: Floats


def gather(tokens: WordPieces, probabilities: Floats) -> WordScores:
    """Average the pieces of every word. ``probabilities`` is [pieces, 1 + 2 * classes], O first, then B and I."""
    numbers = np.asarray(tokens.words)
    firsts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    counts = np.diff(np.append(firsts, len(numbers)))
    mean = _means(probabilities, firsts, counts)
    lasts = firsts + counts - 1
    offsets = tokens.offsets
    bounds = [(offsets[a][0], offsets[b][1]) for a, b in zip(firsts.tolist(), lasts.tolist(), strict=True)]
    return WordScores(bounds, mean[:, 1::2] + mean[:, 2::2], mean[:, 0], probabilities[firsts][:, 1::2])


def _means(rows: Floats, firsts: NDArray[np.intp], counts: NDArray[np.intp]) -> Floats:
    """Average runs of rows; most have but one."""
    means: Floats = rows[firsts]
    several = counts > 1
    if several.any():
        sizes = counts[several]
        sums = np.add.reduceat(rows[np.repeat(several, counts)], np.cumsum(sizes) - sizes, axis=0)
        means[several] = sums / sizes[:, None]
    return means


def with_titles(spans: Sequence[Span], text: str) -> list[Span]:
    """Stretch a person over the title right before the name ("Dr. Lee"), so that the two are one value."""
    joined: list[Span] = []
    for span in spans:
        before = joined[-1] if joined else None
        if (
            before
            and before.name == "TITLE"
            and span.name == "PERSON"
            and not text[before.end : span.start].strip(" .")
        ):
            joined[-1] = Span("PERSON", before.start, span.end, span.score)
        else:
            joined.append(span)
    return joined


def _family(name: str) -> str:
    return "number" if name in NUMBERS else name


def _same(words: WordScores, here: int, there: int, names: Sequence[str], winners: Sequence[int]) -> bool:
    """Whether word ``there`` goes on with the span that word ``here`` is in."""
    left, right = winners[here], winners[there]
    if left != right and _family(names[left]) != _family(names[right]):
        return False
    apart = words.bounds[there][0] > words.bounds[here][1]
    return not (apart and words.opens[there, right] > 0.5)  # noqa: PLR2004 - likelier a beginning than not


def _join(words: WordScores, run: list[int], text: str, names: Sequence[str], winners: Sequence[int]) -> Span | None:
    start, end = words.bounds[run[0]][0], words.bounds[run[-1]][1]
    end = start + len(text[start:end].rstrip(_TRAILING))
    if end <= start:
        return None
    if len(run) == 1:
        return Span(names[winners[run[0]]], start, end, float(1 - words.outside[run[0]]))
    best = int(words.classes[run].sum(axis=0).argmax())
    return Span(names[best], start, end, float(1 - words.outside[run].mean()))


def decode(
    words: WordScores,
    text: str,
    names: Sequence[str] = NAMES,
    threshold: float = THRESHOLD,
    thresholds: Mapping[str, float] | None = None,
) -> list[Span]:
    """Spans in order. A mark between two words of one span, with no space around it, belongs to the span."""
    best = words.classes.argmax(axis=1)
    least = np.array([(thresholds or {}).get(name, threshold) for name in names], dtype=np.float32)
    inside = (1 - words.outside) >= least[best]
    winners: list[int] = best.tolist()
    runs: list[list[int]] = []
    for index in np.flatnonzero(inside).tolist():
        previous = runs[-1][-1] if runs else -3
        touching = index - previous == 1
        bridged = index - previous == 2 and (  # noqa: PLR2004 - exactly one word between
            words.bounds[previous][1] == words.bounds[index - 1][0]
            and words.bounds[index - 1][1] == words.bounds[index][0]
        )
        if (touching or bridged) and _same(words, previous, index, names, winners):
            runs[-1].extend(range(previous + 1, index + 1))
        else:
            runs.append([index])
    joined = (_join(words, run, text, names, winners) for run in runs)
    return [span for span in joined if span]
