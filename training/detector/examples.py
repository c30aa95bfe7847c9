"""Documents into training windows: token ids, word shapes, and for every token the labels that would be right."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from proxy.detection.models.classifier.labels import LABELS, NAMES, NUMBERS
from proxy.detection.models.classifier.tokens import WordPieces, read, windows
from training.detector.corpora import Marked

_INDEX = {label: index for index, label in enumerate(LABELS)}
_DIGITS = NUMBERS | {"ZIP_CODE", "IP_ADDRESS", "DATE_OF_BIRTH", "YEAR", "AGE"}


@dataclass(frozen=True)
class Example:
    """One window. ``allowed`` holds rows of ``Supervision.table``."""

    ids: list[int]
    shapes: list[int]
    allowed: list[int]


@dataclass
class Supervision:
    """Every distinct set of right labels, numbered."""

    rows: dict[frozenset[int], int] = field(default_factory=dict)

    def row(self, labels: Iterable[str]) -> int:
        return self.rows.setdefault(frozenset(_INDEX[label] for label in labels), len(self.rows))

    def table(self) -> Tensor:
        """Bool [rows, labels]."""
        table = torch.zeros(len(self.rows), len(LABELS), dtype=torch.bool)
        for labels, row in self.rows.items():
            table[row, list(labels)] = True
        return table


def _outside(known: frozenset[str], word: str) -> list[str]:
    """What a token outside every span may be: O, or a class the corpus does not label and the word could be."""
    numeric = any(map(str.isdigit, word))
    open_classes = [name for name in NAMES if name not in known and (numeric or name not in _DIGITS)]
    return ["O", *(f"{prefix}-{name}" for name in open_classes for prefix in "BI")]


def _inside(classes: tuple[str, ...], *, first: bool) -> list[str]:
    if not classes:
        return list(LABELS)
    return ["O" if name == "O" else f"{'B' if first else 'I'}-{name}" for name in classes]


def _supervise(tokens: WordPieces, text: str, spans: list[Marked], known: frozenset[str], to: Supervision) -> list[int]:
    rows: list[int] = []
    place, opened = 0, -1
    for start, end in tokens.offsets:
        while place < len(spans) and spans[place][1] <= start:
            place += 1
        if place < len(spans) and spans[place][0] < end:
            rows.append(to.row(_inside(spans[place][2], first=opened != place)))
            opened = place
        else:
            rows.append(to.row(_outside(known, text[start:end])))
    return rows


def examples(
    documents: Iterable[tuple[str, list[Marked]]],
    known: frozenset[str],
    tokenizer: Any,
    to: Supervision,
    rng: random.Random,
) -> Iterator[Example]:
    """Cut every document at a size drawn for it, as the run time would, and label the windows."""
    for text, spans in documents:
        tokens = read(tokenizer.encode(text, add_special_tokens=False), text)
        rows = _supervise(tokens, text, spans, known, to)
        for start, stop in windows(tokens, text, rng.choice([32, 48, 62, 80, 94, 94])):
            yield Example(tokens.ids[start:stop], tokens.shapes[start:stop], rows[start:stop])
