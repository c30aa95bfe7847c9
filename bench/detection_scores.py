"""Ways to compare predicted with gold spans: the mask, overlaps, exact spans, and Presidio's own evaluator."""

from __future__ import annotations

import string
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bench.detection_sets import Document, Span
from testing.counts import Counts


@dataclass
class Scores:
    """Everything counted over the documents of one set."""

    mask: Counts = field(default_factory=Counts)  # non-space characters, whatever the class
    overlap: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))  # same class, any overlap
    exact: Counts = field(default_factory=Counts)
    evaluator: Counts = field(default_factory=Counts)
    masked: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))  # characters per gold class
    whole: int = 0  # gold spans with every character covered
    clean: int = 0  # documents without a gold span
    clean_hit: int = 0  # of those, documents with a predicted span
    leaky: int = 0  # documents with gold spans of which some character shows

    def add(self, document: Document, gold: list[Span], hidden: list[Span], predicted: list[Span]) -> None:
        """Count one document. ``hidden`` are gold spans that are left out of scoring."""
        mask(self, document.text, gold, hidden, predicted)
        _spans(self, gold, predicted)
        _evaluate(self.evaluator, document.text, [*gold, *hidden], predicted)
        if not gold and not hidden:
            self.clean += 1
            self.clean_hit += bool(predicted)


def mask(scores: Scores, text: str, gold: list[Span], hidden: list[Span], predicted: list[Span]) -> None:
    wanted, masked, skipped = bytearray(len(text)), bytearray(len(text)), bytearray(len(text))
    for area, spans in ((wanted, gold), (masked, predicted), (skipped, hidden)):
        for start, end, _ in spans:
            area[start:end] = b"\1" * (end - start)
    for place, sign in enumerate(text):
        if sign.isspace() or (skipped[place] and not wanted[place]):
            continue
        scores.mask.gold += wanted[place]
        scores.mask.predicted += masked[place]
        scores.mask.hit += wanted[place] and masked[place]
    scores.mask.hit_predicted = scores.mask.hit
    leaks = False
    for start, end, label in gold:
        letters = [place for place in range(start, end) if not text[place].isspace()]
        covered = sum(masked[place] for place in letters)
        scores.masked[label].gold += len(letters)
        scores.masked[label].hit += covered
        scores.whole += covered == len(letters)
        leaks |= covered < len(letters)
    scores.leaky += leaks


def _spans(scores: Scores, gold: list[Span], predicted: list[Span]) -> None:
    for start, end, label in gold:
        counts = scores.overlap[label]
        counts.gold += 1
        counts.hit += any(label == name and a < end and start < b for a, b, name in predicted)
    for start, end, label in predicted:
        counts = scores.overlap[label]
        counts.predicted += 1
        counts.hit_predicted += any(label == name and a < end and start < b for a, b, name in gold)
    right = len(set(gold) & set(predicted))
    scores.exact.gold += len(gold)
    scores.exact.predicted += len(predicted)
    scores.exact.hit += right
    scores.exact.hit_predicted += right


# --- presidio-evaluator 0.3.2, SpanEvaluator(iou_threshold=0.75), level "pii" -------------------------------------------

_IOU = 0.75
_ADDRESS_WORDS = (
    "'s street st. st de rue via and a the or do as of day address country state city zip po apt unit corner p.o. box suite"
    " mr. mrs. miss year years y/o month months old morning noon afternoon night evening this first last week weeks weekend"
    " days age ago inc inc. ltd >> >>> >>>> >>>>> >>>>>>"
)


@cache
def _skipped() -> frozenset[str]:
    from spacy.lang.en.stop_words import STOP_WORDS

    return frozenset({*string.punctuation, *string.whitespace, "", *_ADDRESS_WORDS.split(), *STOP_WORDS})


@cache
def _english() -> Any:
    import spacy

    return spacy.blank("en")


@dataclass
class _Run:
    first: int  # token numbers
    stop: int
    start: int  # characters, skip words at the ends left out
    end: int


def _skip(token: str) -> bool:
    return token.lower() in _skipped() or not token.strip()


def _runs(tokens: list[Any], spans: list[Span]) -> list[_Run]:
    """Runs of tokens that begin in a span, without skip words, those with only skip words between them merged."""
    inside = [
        any(a <= token.idx < b or (token.idx <= a and b <= token.idx + len(token)) for a, b, _ in spans)
        for token in tokens
    ]
    runs: list[_Run] = []
    place = 0
    while place < len(tokens):
        stop = place
        while stop < len(tokens) and inside[stop]:
            stop += 1
        kept = [token for token in tokens[place:stop] if not _skip(token.text)]
        if kept:
            start, end = kept[0].idx, kept[-1].idx + len(kept[-1])
            if runs and all(_skip(token.text) for token in tokens[runs[-1].stop : place]):
                runs[-1].stop, runs[-1].end = stop, end
            else:
                runs.append(_Run(place, stop, start, end))
        place = max(stop, place + 1)
    return runs


def _iou(left: _Run, right: _Run) -> float:
    shared = min(left.end, right.end) - max(left.start, right.start)
    return shared / (max(left.end, right.end) - min(left.start, right.start)) if shared > 0 else 0.0


def _combined(gold: _Run, found: list[_Run]) -> float:
    wanted = set(range(gold.start, gold.end + 1))
    covered: set[int] = set()
    for index, run in enumerate(found):
        covered |= set(range(run.start - bool(index), run.end + (not index)))
    return len(wanted & covered) / len(wanted | covered)


def _evaluate(counts: Counts, text: str, gold: list[Span], predicted: list[Span]) -> None:
    tokens = list(_english()(text))
    wanted, found = _runs(tokens, gold), _runs(tokens, predicted)
    used: set[int] = set()
    for run in wanted:
        near = [index for index, other in enumerate(found) if _iou(run, other) > 0]
        used.update(near)
        counts.gold += 1
        if near:
            overlap = _iou(run, found[near[0]]) if len(near) == 1 else _combined(run, [found[index] for index in near])
            counts.predicted += 1
            counts.hit += overlap >= _IOU
    counts.predicted += len(found) - len(used)
    counts.hit_predicted = counts.hit


def confusion(gold: list[Span], predicted: list[Span]) -> Counter[tuple[str, str]]:
    """How often a gold class meets a predicted class; "-" is none."""
    table: Counter[tuple[str, str]] = Counter()
    for start, end, label in gold:
        names = [name for a, b, name in predicted if a < end and start < b]
        table[label, names[0] if names else "-"] += 1
    for start, end, name in predicted:
        if not any(a < end and start < b for a, b, _ in gold):
            table["-", name] += 1
    return table
