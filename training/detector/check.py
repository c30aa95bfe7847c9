"""Scores of the shipped classifier on freshly made-up documents, per language and class.

``python -m training.detector.check [--count N]``: the templates are those of training, the names, numbers and choices
are not. It shows which classes a language knows, not how well real text is read; ``bench.detection`` does that.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict

import torch
from faker import Faker

from proxy.detection.models.classifier import Classifier, load
from testing.counts import Counts
from training.detector.generate.documents import SHARES, document
from training.detector.generate.grammar import Span

SEED = 7_919


def _overlaps(counts: dict[str, Counts], gold: list[Span], found: list[Span]) -> None:
    for spans, others, field in ((gold, found, "gold"), (found, gold, "predicted")):
        for start, end, label in spans:
            hit = any(label == name and a < end and start < b for a, b, name in others)
            row = counts[label]
            if field == "gold":
                row.gold, row.hit = row.gold + 1, row.hit + hit
            else:
                row.predicted, row.hit_predicted = row.predicted + 1, row.hit_predicted + hit


def measure(classifier: Classifier, language: str, count: int) -> dict[str, Counts]:
    """Count overlaps of the same class in ``count`` documents of one language."""
    rng = random.Random(SEED)
    Faker.seed(SEED)
    counts: dict[str, Counts] = defaultdict(Counts)
    for _ in range(count):
        text, gold = document(rng, language)
        found = [(span.start, span.end, span.name) for span in classifier.spans([text])[0]]
        _overlaps(counts, [span for span in gold if span[2] != "TITLE"], [s for s in found if s[2] != "TITLE"])
    return counts


def main() -> None:
    """Print recall / precision per class, one column a language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=400, help="documents of each language")
    given = parser.parse_args()
    torch.set_num_threads(1)
    classifier = load()
    if classifier is None:
        print("SKIPPED: no weights in this checkout")
        return
    tables = {language: measure(classifier, language, given.count) for language in SHARES}
    print("| class |", " | ".join(tables), "|")
    print("|---|" + "---|" * len(tables))
    for name in classifier.names:
        cells = [
            f"{row.recall:.2f} / {row.precision:.2f}" if row.gold else "" for row in (t[name] for t in tables.values())
        ]
        print(f"| {name} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
