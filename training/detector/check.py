"""Scores of the classifier on freshly made-up documents, per language and class.

``python -m training.detector.check [--count N] [--held]``: the templates are those of training, the names, numbers and
choices are not. It shows which classes a language knows, not how well real text is read; ``bench.detection`` does that.
``--held`` takes the templates of ``held/``, which no training reads, for the languages that have no other evidence.
``PROXY_CLASSIFIER`` chooses the classifier.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import torch
from faker import Faker

from proxy.detection.models.classifier import Classifier, load
from proxy.detection.models.classifier_files import chosen
from testing.counts import Counts
from training.detector.generate.documents import SHARES, document
from training.detector.generate.grammar import Cast, Span, choose, fill

SEED = 7_919
HELD = Path(__file__).parent / "held"
#: Rows beside the classes: personal values found under any class, and documents without any that were left alone.
ANY, CLEAN = "any class", "clean texts left alone"
_SILENT = frozenset({"TITLE", "YEAR", "SEX", "FAMILY", "HEALTH_CONDITION", "MEDICATION"})
Maker = Callable[[random.Random, str], tuple[str, list[Span]]]


def held(rng: random.Random, language: str) -> tuple[str, list[Span]]:
    """One document of a template that was held back."""
    lines = (HELD / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return fill(Cast(rng, language), choose(rng, rng.choice(lines)))


def languages(*, only_held: bool) -> list[str]:
    """The languages that are scored."""
    return sorted(file.stem for file in HELD.glob("*.txt")) if only_held else list(SHARES)


def _overlaps(counts: dict[str, Counts], gold: list[Span], found: list[Span]) -> None:
    for spans, others, field in ((gold, found, "gold"), (found, gold, "predicted")):
        for start, end, label in spans:
            hit = any(label == name and a < end and start < b for a, b, name in others)
            row = counts[label]
            if field == "gold":
                row.gold, row.hit = row.gold + 1, row.hit + hit
            else:
                row.predicted, row.hit_predicted = row.predicted + 1, row.hit_predicted + hit


def _hidden(counts: dict[str, Counts], gold: list[Span], found: list[Span]) -> None:
    wanted = [span for span in gold if span[2] not in _SILENT]
    seen = [span for span in found if span[2] not in _SILENT]
    row = counts[ANY]
    row.gold += len(wanted)
    row.hit += sum(any(a < end and start < b for a, b, _ in seen) for start, end, _ in wanted)
    row.predicted += len(seen)
    row.hit_predicted += sum(any(a < end and start < b for a, b, _ in wanted) for start, end, _ in seen)
    if not wanted:
        counts[CLEAN].gold += 1
        counts[CLEAN].hit += not seen


def measure(classifier: Classifier, language: str, count: int, make: Maker = document) -> dict[str, Counts]:
    """Count overlaps in ``count`` documents of one language."""
    rng = random.Random(SEED)
    Faker.seed(SEED)
    counts: dict[str, Counts] = defaultdict(Counts)
    for _ in range(count):
        text, gold = make(rng, language)
        found = [(span.start, span.end, span.name) for span in classifier.spans([text])[0]]
        _hidden(counts, gold, found)
        _overlaps(counts, [span for span in gold if span[2] != "TITLE"], [s for s in found if s[2] != "TITLE"])
    return counts


def main() -> None:
    """Print recall / precision per class, one column a language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=400, help="documents of each language")
    parser.add_argument("--held", action="store_true", help="templates that no training reads")
    given = parser.parse_args()
    torch.set_num_threads(1)
    classifier = load(chosen())
    if classifier is None:
        print("SKIPPED: no weights in this checkout")
        return
    make = held if given.held else document
    tables = {name: measure(classifier, name, given.count, make) for name in languages(only_held=given.held)}
    print("| class |", " | ".join(tables), "|")
    print("|---|" + "---|" * len(tables))
    for name in (ANY, CLEAN, *classifier.names):
        cells = [
            "" if not row.gold else f"{row.recall:.2f} / {row.precision:.2f}" if name != CLEAN else f"{row.recall:.2f}"
            for row in (t[name] for t in tables.values())
        ]
        print(f"| {name} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
