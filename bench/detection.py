"""Quality and cost of detection, beside Presidio's default with the same spaCy model, in one run.

``python -m bench.detection --data-dir DIR`` scores our own payloads and every set it knows in DIR; ``--data FILE [--map LABELS.json]`` scores
one file, where LABELS.json is ``{"GOLD_LABEL": "CLASS" | null, ...}``. Tables go to the terminal and, as JSON, to
``bench/out/detection.json``; plots to ``bench/out`` where matplotlib is installed. ``--identifiers`` needs no data.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # as in a worker, and before numpy is there

# ruff: noqa: E402
import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from bench.detection_scores import Scores, confusion
from bench.detection_sets import ATTRIBUTES, COARSE, Document, Known, Span, known, read
from bench.detection_systems import System, classifier, cost, engine, presidio, resident_mb
from proxy.detection.models.classifier_files import SHIPPED

OUT = Path(__file__).parent / "out"
PAYLOADS = Path(__file__).parent / "payloads"


def gold_spans(document: Document, about: Known | None) -> tuple[list[Span], list[Span]]:
    """Gold spans in classes, and those left out of scoring."""
    if about is None:
        return [(a, b, COARSE.get(label, label)) for a, b, label in document.spans], []
    named = [(a, b, about.labels.get(label)) for a, b, label in document.spans]
    kept = [(a, b, label) for a, b, label in named if label]
    return kept, [(a, b, "-") for a, b, label in named if not label]


def _counts(text: str, span: Span, about: Known | None) -> bool:
    """Whether a finding is one that the set's guidelines would call an identifier."""
    if span[2] in ATTRIBUTES:
        return False
    label = COARSE.get(span[2], span[2])
    if about is None:
        return True
    if about.safe_harbor:
        value = text[span[0] : span[1]]
        if label == "AGE":
            return any(int(number) >= 90 for number in re.findall(r"\d{1,3}", value))
        if label == "DATE" and re.fullmatch(r"\D{0,3}\d{4}s?", value):
            return False
    return label not in about.unscored


def predictions(system: System, document: Document, about: Known | None) -> list[Span]:
    """Findings in classes; under Safe Harbor and in news corpora only those the guidelines ask for."""
    found = [span for span in system.find(document.text) if _counts(document.text, span, about)]
    return [(a, b, COARSE.get(label, label)) for a, b, label in found]


def score(system: System, documents: Iterable[Document], about: Known | None) -> tuple[Scores, Counter[Any]]:
    scores, table = Scores(), Counter[Any]()
    for document in documents:
        gold, hidden = gold_spans(document, about)
        found = predictions(system, document, about)
        scores.add(document, gold, hidden, found)
        table.update(confusion(gold, found))
    return scores, table


def summary(scores: Scores) -> dict[str, float]:
    total = sum(counts.gold for counts in scores.overlap.values())
    hit = sum(counts.hit for counts in scores.overlap.values())
    predicted = sum(counts.predicted for counts in scores.overlap.values())
    right = sum(counts.hit_predicted for counts in scores.overlap.values())
    return {
        "mask_p": scores.mask.precision,
        "mask_r": scores.mask.recall,
        "mask_f2": scores.mask.f2,
        "overlap_p": right / predicted if predicted else 0.0,
        "overlap_r": hit / total if total else 0.0,
        "exact_r": scores.exact.recall,
        "whole": scores.whole / total if total else 0.0,
        "evaluator_p": scores.evaluator.precision,
        "evaluator_r": scores.evaluator.recall,
        "evaluator_f2": scores.evaluator.f2,
        "clean_alarms": scores.clean_hit / scores.clean if scores.clean else 0.0,
        "leaky_docs": scores.leaky,
    }


def per_class(scores: Scores) -> dict[str, dict[str, float]]:
    return {
        label: {
            "gold": counts.gold,
            "overlap_p": counts.precision,
            "overlap_r": counts.recall,
            "char_r": scores.masked[label].recall,
        }
        for label, counts in sorted(scores.overlap.items(), key=lambda item: -item[1].gold)
        if counts.gold or counts.predicted
    }


def _table(rows: list[tuple[str, dict[str, float]]]) -> None:
    if not rows:
        return
    names = list(rows[0][1])
    wide = max(len(title) for title, _ in rows)
    print(" " * wide, *(f"{name:>12}" for name in names))
    for title, row in rows:
        print(
            f"{title:<{wide}}", *(f"{row[name]:>12.3f}" if row[name] < 10 else f"{row[name]:>12.0f}" for name in names)
        )
    print()


def _cost_table(systems: list[System], documents: list[Document]) -> dict[str, dict[str, float]]:
    prose = "\n".join(document.text for document in documents)
    rows = {}
    for system in systems:
        rows[system.name] = {
            "ms_100B": cost(system.find, prose[:100]),
            "ms_1KB": cost(system.find, prose[1000:2000]),
            "ms_10KB": cost(system.find, prose[2000:12000], rounds=3),
        }
    _table(list(rows.items()))
    print(f"resident memory of this process with all systems loaded: {resident_mb():.0f} MB\n")
    return rows


def _plot(report: dict[str, Any]) -> None:
    try:
        import matplotlib as mpl
    except ImportError:
        print("matplotlib is not installed: no plots")
        return
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    sets = {name: systems for name, systems in report.items() if name != "cost"}
    for figure in ("mask_f2", "evaluator_f2", "mask_r", "mask_p"):
        plt.figure(figsize=(9, 4))
        names = sorted({system for systems in sets.values() for system in systems})
        for offset, system in enumerate(names):
            heights = [systems.get(system, {}).get("all", {}).get(figure, 0) for systems in sets.values()]
            plt.bar([index + offset * 0.25 for index in range(len(sets))], heights, 0.25, label=system)
        plt.xticks([index + 0.25 for index in range(len(sets))], list(sets), rotation=15)
        plt.ylabel(figure)
        plt.legend()
        plt.tight_layout()
        plt.savefig(OUT / f"detection_{figure}.png")
        plt.close()


def _files(given: argparse.Namespace) -> list[tuple[Path, Known | None]]:
    if given.data:
        about = Known("und", json.loads(given.map.read_text(encoding="utf-8"))) if given.map else known(given.data)
        return [(given.data, about)]
    folders = [PAYLOADS]
    if given.data_dir is None or not given.data_dir.is_dir():
        print("SKIPPED: the public sets, for want of a folder (--data-dir DIR); our own payloads follow")
    else:
        folders.append(given.data_dir)
    files = [file for folder in folders for file in sorted(folder.glob("*.jsonl"))]
    return [(file, known(file)) for file in files if known(file) and ".train." not in file.name]


def _systems(given: argparse.Namespace) -> list[System]:
    makers: dict[str, Callable[[], System]] = {
        "classifier": lambda: classifier(given.threshold),
        "ours": engine,
        "presidio": presidio,
        **{choice: partial(engine, choice, choice) for choice in SHIPPED},
    }
    return [makers[name]() for name in given.systems.split(",")]


def _measure(given: argparse.Namespace, systems: list[System]) -> dict[str, Any]:
    report: dict[str, Any] = {}
    for file, about in _files(given):
        documents = read(file, given.limit)
        print(f"== {file.name}: {len(documents)} documents, {sum(len(d.text) for d in documents)} characters\n")
        rows, report[file.stem] = [], {}
        for system in systems:
            scores, table = score(system, documents, about)
            report[file.stem][system.name] = {"all": summary(scores), "classes": per_class(scores)}
            rows.append((system.name, summary(scores)))
            if given.classes:
                print(f"-- {system.name}, per class")
                _table(list(per_class(scores).items()))
            if given.confusion:
                print(table.most_common(25), "\n")
        _table(rows)
        report["cost"] = (
            _cost_table(systems, documents) if given.cost and "cost" not in report else report.get("cost", {})
        )
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, help="folder with the sets of bench/detection_sets.py")
    parser.add_argument("--data", type=Path, help="one file")
    parser.add_argument("--map", type=Path, help="JSON file: gold label -> class or null")
    parser.add_argument(
        "--systems",
        default="ours,classifier,presidio",
        help="comma-separated: ours, classifier (both as PROXY_CLASSIFIER says), accurate, fast, presidio",
    )
    parser.add_argument("--threshold", type=float, help="the classifier's threshold")
    parser.add_argument("--limit", type=int, help="read only this many documents of each file")
    parser.add_argument("--classes", action="store_true", help="print the figures of every class")
    parser.add_argument("--confusion", action="store_true", help="print which classes are taken for which")
    parser.add_argument("--cost", action="store_true", help="measure CPU time per size, and memory")
    parser.add_argument(
        "--identifiers", action="store_true", help="instead: checked identifiers of every country, on generated texts"
    )
    given = parser.parse_args()
    if given.identifiers:
        from bench.detection_identifiers import run

        sys.exit(0 if run(each=25, examples=2) else 1)
    import torch

    torch.set_num_threads(1)
    OUT.mkdir(exist_ok=True)
    report = _measure(given, _systems(given))
    if report:
        (OUT / "detection.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
        _plot(report)


if __name__ == "__main__":
    main()
