"""The token classifier: names, places, dates and numbers, recognized by their context.

``load()`` returns a shipped model, that of another folder (weights in the shipped format, or a Hugging Face token
classification model), or None without weights. torch is imported only when a model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.models.classifier.labels import CLASSES, NAMES
from proxy.detection.models.classifier.reading import RECOGNIZER, ClassifierReading
from proxy.detection.models.classifier.spans import THRESHOLD, THRESHOLDS, Floats, Span, decode, gather, with_titles
from proxy.detection.models.classifier.tokens import Pieces, WordPieces, tokenizer, windows
from proxy.detection.models.classifier_files import ACCURATE, OWN, VOCABULARY, files

__all__ = ["ACCURATE", "RECOGNIZER", "WINDOW", "Classifier", "load"]

#: Word pieces per window; with its two special tokens, 96 fit the kernels' tiles.
WINDOW: Final = 94

#: (token ids, word shapes) of windows -> label probabilities [pieces, labels] of each.
Score = Callable[[Sequence[list[int]], Sequence[list[int]]], list[Floats]]
#: A text -> its word pieces.
Encode = Callable[[str], WordPieces]


@dataclass(frozen=True)
class Classifier:
    """A loaded model.

    ``names`` are its classes in label order, ``types`` the entity type of each (None: not reported). ``threshold`` is
    the least probability of a reported word, ``thresholds`` overrides it by class. ``settle`` is to be called once in
    the process that reads, after the last fork.
    """

    encode: Encode
    score: Score
    version: str
    names: Sequence[str] = NAMES
    types: Mapping[str, str | None] = field(default_factory=lambda: CLASSES)
    window: int = WINDOW
    threshold: float = THRESHOLD
    thresholds: Mapping[str, float] = field(default_factory=lambda: THRESHOLDS)
    settle: Callable[[], object] = lambda: None

    def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of every text, ordered by start; offsets in characters, end exclusive."""
        return [reading.findings(self.types) for reading in self.read(texts)]

    def spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the spans of every text, including classes without an entity type."""
        return [reading.spans for reading in self.read(texts)]

    def read(self, texts: Sequence[str]) -> list[ClassifierReading]:
        """Return the spans and word probabilities of every text."""
        read_texts = list(map(self.encode, texts))
        cuts = [windows(tokens, text, self.window) for tokens, text in zip(read_texts, texts, strict=True)]
        flat = [(tokens, start, stop) for tokens, rows in zip(read_texts, cuts, strict=True) for start, stop in rows]
        scored = iter(self.score([t.ids[a:b] for t, a, b in flat], [t.shapes[a:b] for t, a, b in flat]) if flat else ())
        return [
            self._decode(tokens, text, rows, [next(scored) for _ in rows])
            for tokens, text, rows in zip(read_texts, texts, cuts, strict=True)
        ]

    def _decode(
        self, tokens: WordPieces, text: str, cuts: list[tuple[int, int]], scored: list[Floats]
    ) -> ClassifierReading:
        if not cuts:
            return ClassifierReading([])
        import numpy as np  # noqa: PLC0415 - comes with torch

        probabilities = np.empty((len(tokens.ids), scored[0].shape[1]), dtype=np.float32)
        reached = 0
        for (start, stop), part in zip(cuts, scored, strict=True):
            first = (start + reached) // 2 if start < reached else start  # each window decides its half of an overlap
            probabilities[first:stop] = part[first - start :]
            reached = stop
        words = gather(tokens, probabilities)
        entities = decode(words, text, self.names, self.threshold, self.thresholds)
        return ClassifierReading(with_titles(entities, text), words)


def load(folder: Path = ACCURATE) -> Classifier | None:
    """Load the model of a folder, None where there is none; one of Hugging Face needs an extra."""
    model_files = files(folder)
    if not model_files:
        return None
    version = sha256(b"".join(file.read_bytes() for file in model_files)).hexdigest()[:12]
    if model_files[0].name != OWN[0]:
        from proxy.detection.models.classifier.folder import load_folder  # noqa: PLC0415 - transformers is optional

        return load_folder(folder, version)
    from proxy.detection.models.classifier.run import scorer  # noqa: PLC0415 - imports torch

    return Classifier(Pieces(tokenizer(folder / VOCABULARY)).read, scorer(model_files[0]), version)
