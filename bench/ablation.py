"""What each family of rules on names and each list of words buys: every one switched off in turn, models' readings kept.

    python -m bench.ablation [--data-dir DIR] [--only TEXT] [--limit N] [--classifier NAME] [--jobs N]

Reads our own texts of ``bench.outbound``, its code and sessions of agents, the payloads and the labelled sets in DIR once
with the models and keeps what these say in ``bench/out``; each family is then read without in a process of its own, in
seconds. Per family: its lines; the values and gold spans that stay readable without it (*values*, *spans*), of the names
that agents are asked about too (*asked*); the clean texts and clean documents that change without it (*clean*,
*alarms*), the lines of agents' sessions and of code that do (*agents*, *code*); the characters wrongly hidden that it
spares. A family whose figures are all 0 or below buys nothing. Names of people alone are judged by the type under which
they are found: places, firms and dates may stay.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before numpy is there

# ruff: noqa: E402
import argparse
import hashlib
import importlib
import inspect
import json
import pickle
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from proxy.detection import languages

OUT: Final = Path(__file__).parent / "out"
PAYLOADS: Final = Path(__file__).parent / "payloads"
_SEEDS: Final = (11, 12)
_FILES, _ROUNDS = 12, 2
_HIDDEN: Final = "\1"
#: What stands in an emptied list: no text has it.
_NEVER: Final = "qqzzxqqz"
_PEOPLE: Final = "proxy.detection.people"


def _nothing(*_: Any, **__: Any) -> tuple[Any, ...]:
    return ()


def _findings(_: str, findings: Sequence[Any], *__: Any, **___: Any) -> Any:
    return findings


def _false(*_: Any, **__: Any) -> bool:
    return False


def _none(*_: Any, **__: Any) -> set[Any]:
    return set()


#: Family -> (module, name in it, what stands in its place, the file whose lines it is or functions of it).
RULES: Final[Mapping[str, tuple[str, str, Any, str]]] = {
    "rows": (f"{_PEOPLE}.name_rules", "rows", _nothing, "rows.py words.py"),
    "speakers": (f"{_PEOPLE}.name_rules", "speakers", _nothing, "speakers.py"),
    "reporting verbs": (f"{_PEOPLE}.name_rules", "names_by_reporting_verb", _nothing, "reporting_verbs.py"),
    "announced names": ("proxy.detection.engine", "names", lambda *_: [], "names.py"),
    "mailboxes": (f"{_PEOPLE}.names", "_of_mailboxes", _nothing, ""),
    "dictated": (f"{_PEOPLE}.names", "_dictated", _nothing, ""),
    "eponyms": (f"{_PEOPLE}.guesses", "of_disease", _false, ""),
    "tidied": ("proxy.detection.engine", "tidied", lambda _, findings, *__: tuple(findings), ""),
    "symbols": (f"{_PEOPLE}.guesses", "symbol", _false, ""),
    "worded guesses": (f"{_PEOPLE}.guesses", "_is_worded", _false, ""),
    "named places": (f"{_PEOPLE}.guesses", "_named_place", lambda *_: "", ""),
    "product names": (f"{_PEOPLE}.product_names", "is_product_name", _false, ""),
    "products of impersonal texts": (f"{_PEOPLE}.impersonal", "product_names", _none, ""),
    "named after": (f"{_PEOPLE}.product_names", "named_after", _false, ""),
    "weak names": ("proxy.detection.documents", "without_weak_names", _findings, "impersonal.py"),
    "bare places": ("proxy.detection.documents", "without_bare", lambda _, segment: segment, ""),
    "unsupported": ("proxy.detection.documents", "without_unsupported", _findings, "carriers.py"),
    "likely people": ("proxy.detection.documents", "with_likely_people", _findings, ""),
    "records": ("proxy.detection.documents", "with_records", _findings, "records.py"),
    "public figures": ("proxy.detection.documents", "with_public", _findings, "public.py public_figures.txt"),
    "accounted": ("proxy.detection.documents", "accounted", _findings, ""),
    "declined family names": (f"{_PEOPLE}.known_names", "_of_family", lambda *_: None, ""),
    "goods": (f"{_PEOPLE}.carriers", "is_goods", _false, ""),
    "personal keys": (f"{_PEOPLE}.carriers", "is_personal", _false, ""),
    "sentences in data": (f"{_PEOPLE}.carriers", "_is_in_sentence", _false, ""),
    "streets without evidence": (f"{_PEOPLE}.impersonal", "_is_no_street", _false, ""),
    "tables": ("proxy.detection.text.tables", "findings_in", lambda *_: [], ""),
    "unsaid": ("proxy.detection.documents", "without_unsaid", _findings, ""),
}


def families() -> dict[str, int]:
    """Return family -> lines: the rules above, then every list of words and of patterns."""
    return {**{name: _lines_of(rule) for name, rule in RULES.items()}, **_lists()}


def rule_lines() -> int:
    """Return how many lines the rules on names and the vocabulary of the languages have in all."""
    folders = Path(languages.__file__).parent, Path(languages.__file__).parents[1] / "people"
    files = (file for folder in folders for ending in ("py", "toml") for file in folder.rglob(f"*.{ending}"))
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def _lines_of(rule: tuple[str, str, Any, str]) -> int:
    module, name, _, files = rule
    if files:
        folder = Path(languages.__file__).parents[1] / "people"
        return sum(len((folder / file).read_text().splitlines()) for file in files.split())
    return len(inspect.getsource(getattr(importlib.import_module(module), name)).splitlines())


def _lists() -> dict[str, int]:
    lines: Counter[str] = Counter()
    for file in Path(languages.__file__).parent.glob("*.toml"):
        part = key = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                part, key = line.strip("[]"), ""
            elif part in {"words", "patterns"}:
                key = line.split(" = [")[0] if " = [" in line else key
                lines[f"{part}.{key}"] += bool(key)
    return dict(lines)


def _switched_off(family: str) -> None:
    """Take a family away, before the rules are imported where it is a list."""
    part, _, name = family.partition(".")
    if part in {"words", "patterns"}:
        for code, language in languages.LANGUAGES.items():
            lists: Any = getattr(language, part)
            lists.pop(name, None)
            if code == languages.SHARED:
                lists[name] = (_NEVER,)
    elif family:
        module, attribute, instead, _ = RULES[family]
        setattr(importlib.import_module(module), attribute, instead)


class _Kept:
    """The models' readings, kept in a file; what it lacks is read by the models, which are loaded then."""

    def __init__(self, choice: str) -> None:
        from proxy.detection.models import classifier_files
        from proxy.detection.models.classifier.labels import CLASSES

        weights = (file.read_bytes() for file in classifier_files.files(classifier_files.SHIPPED[choice]))
        self._file = OUT / f"ablation-{choice}-{hashlib.sha256(b''.join(weights)).hexdigest()[:12]}.pickle"
        self._choice = choice
        self._readings, self._entities = pickle.loads(self._file.read_bytes()) if self._file.exists() else ({}, {})
        self.types, self.version, self.missed = CLASSES, choice, 0
        self._loaded: list[Any] = []

    def settle(self) -> None:
        """Nothing to move."""

    def read(self, texts: Sequence[str]) -> list[Any]:
        """Return the classifier's readings."""
        self._fill(self._readings, texts, self._read)
        return [self._readings[text] for text in texts]

    def _read(self, texts: Sequence[str]) -> list[Any]:
        return list(self._models()[0].read(texts))

    def process_batch(self, texts: Sequence[str], language: str) -> Iterator[tuple[str, Any]]:
        """Yield spaCy's entities."""
        from proxy.detection.models.analyzer import NlpArtifacts
        from proxy.detection.models.arbiter import Entity

        def entities(missing: Sequence[str]) -> list[Any]:
            read = self._models()[1].process_batch(missing, language)
            return [[Entity(e.label_, e.start_char, e.end_char) for e in found.entities] for _, found in read]

        self._fill(self._entities, texts, entities)
        made: Any = NlpArtifacts
        return ((text, made(self._entities[text], None, [], [], None, language)) for text in texts)

    def _fill(self, kept: dict[str, Any], texts: Sequence[str], read: Callable[[Sequence[str]], list[Any]]) -> None:
        missing = [text for text in dict.fromkeys(texts) if text not in kept]
        if missing:
            self.missed += len(missing)
            kept.update(zip(missing, read(missing), strict=True))

    def _models(self) -> list[Any]:
        if not self._loaded:
            from proxy.detection.models import classifier
            from proxy.detection.models.classifier_files import SHIPPED
            from proxy.detection.models.ner import NerEngine

            nlp = NerEngine(["en"])
            nlp.load()
            self._loaded = [classifier.load(SHIPPED[self._choice]), nlp]
        return self._loaded

    def save(self) -> None:
        """Write the file anew where something was missing."""
        if self.missed:
            OUT.mkdir(exist_ok=True)
            self._file.write_bytes(pickle.dumps((self._readings, self._entities)))


def measured(family: str, options: argparse.Namespace) -> dict[str, float]:
    """Return the figures of all texts without a family, "" for none."""
    _switched_off(family)
    from proxy.detection.engine import DetectionEngine
    from proxy.detection.patterns.scanner import PatternScanner
    from proxy.detection.reading import TextReader
    from testing import rule_cache

    kept, reader = _Kept(options.classifier), TextReader()
    engine: Any = DetectionEngine(PatternScanner(), kept, kept, rule_cache.folder())  # type: ignore[arg-type]
    reader.__dict__["engine"] = engine
    figures: Counter[str] = Counter()
    _of_outbound(reader, figures)
    _of_agents(reader, figures)
    _of_sets(reader, options, figures)
    if not family:
        kept.save()
    return dict(figures)


def _of_outbound(reader: Any, figures: Counter[str]) -> None:
    """Count what stays readable of the texts of ``bench.outbound``, and which clean ones change."""
    from bench.outbound import judge, material, requests

    replaced = _replaced()
    for document in [*material.shipped(), *(one for seed in _SEEDS for one in material.drawn(seed, 1))]:
        shown = [text for _, text in _shown(reader, requests.of(document), replaced)]
        if document.values:
            rest = list(judge.left(document, shown, {}, replaced))
            figures["values"] += len(rest)
            figures["names"] += sum(one.value.kind == "name" for one in rest)
        else:
            figures["clean"] += any(_HIDDEN in text for text in shown)


def _of_agents(reader: Any, figures: Counter[str]) -> None:
    """Count the lines of agents' sessions and of code that change, each text once, and the names left of those asked about."""
    from bench.outbound import judge, requests
    from bench.outbound.sessions import peopled, sessions
    from bench.outbound.sources import CREDITED, sources

    replaced, seen = _replaced(), set[str]()

    def changed(request: Any) -> int:
        new = [pair for pair in _shown(reader, request, replaced) if pair[0] not in seen]
        seen.update(text for text, _ in new)
        lines = (pair for text, shown in new for pair in zip(text.split("\n"), shown.split("\n"), strict=False))
        return sum(_HIDDEN in shown and not CREDITED.search(line) for line, shown in lines)

    for seed in _SEEDS:
        files = sources(seed, _FILES)
        for session in sessions(seed, files):
            figures["agents"] += changed(session.requests[-1])
        figures["code"] += sum(changed(requests.result(requests.CHAT, file.text)) for file in files)
        for document, request in peopled(seed, _ROUNDS):
            shown = [text for _, text in _shown(reader, request, replaced)]
            figures["asked"] += len(list(judge.left(document, shown, {}, replaced)))


def _replaced() -> frozenset[str]:
    from proxy.core.entities import ENTITIES

    return frozenset(name for name, entity in ENTITIES.items() if entity.kind not in {"quasi", "attr"})


def _shown(reader: Any, request: Any, replaced: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield each text of a request and the same with what is replaced in it hidden."""
    from proxy.core.findings import PUBLIC

    for span, segment in reader.read_body(json.dumps(request.body).encode(), request.path):
        text = span.text
        for f in sorted((*segment.findings, *segment.inside), key=lambda f: -f.start):
            if f.entity_type in replaced and f.subject_role != PUBLIC:
                text = text[: f.start] + re.sub(r"[^\n]", _HIDDEN, text[f.start : f.end]) + text[f.end :]
        yield span.text, text


def _of_sets(reader: Any, options: argparse.Namespace, figures: Counter[str]) -> None:
    """Count gold spans of the labelled sets that are not hidden whole, and clean documents with a finding."""
    from bench.detection import gold_spans, predictions
    from bench.detection_scores import Scores, mask
    from bench.detection_sets import known, read
    from bench.detection_systems import System
    from proxy.core.findings import PUBLIC

    def find(text: str) -> list[Any]:
        found = reader.read([text])[0].findings
        return [(f.start, f.end, f.entity_type) for f in found if f.subject_role != PUBLIC]

    folders = [PAYLOADS, *([options.data_dir] if options.data_dir else [])]
    for file in (file for folder in folders for file in sorted(folder.glob("*.jsonl"))):
        if (about := known(file)) is not None and ".train." not in file.name:
            scores, system = Scores(), System("", find)
            for document in read(file, options.limit):
                gold, hidden = gold_spans(document, about)
                found = predictions(system, document, about)
                mask(scores, document.text, gold, hidden, found)
                figures["spans"] += len(gold)
                figures["alarms"] += bool(found and not gold and not hidden)
            figures["spans"] -= scores.whole
            figures["wrong"] += scores.mask.predicted - scores.mask.hit
            figures["missed"] += scores.mask.gold - scores.mask.hit


_FIGURES: Final = ("values", "names", "clean", "agents", "code", "asked", "spans", "alarms", "missed", "wrong")


def _in_process(family: str, given: Sequence[str]) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.ablation", *given, "--without", family]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _row(name: str, lines: int, figures: Mapping[str, float], whole: Mapping[str, float]) -> str:
    if not figures:
        return f"{name:<32}{lines:>6}  fails without"
    bought = (figures.get(figure, 0) - whole.get(figure, 0) for figure in _FIGURES)
    return f"{name:<32}{lines:>6}" + "".join(f"{change:>+8.0f}" for change in bought)


def main() -> int:
    """Run every family, or one."""
    parser = argparse.ArgumentParser(prog="python -m bench.ablation", description=str(__doc__).splitlines()[0])
    parser.add_argument("--data-dir", type=Path, help="folder with the sets of bench/detection_sets.py")
    parser.add_argument("--limit", type=int, default=25, help="documents of each labelled set (default %(default)s)")
    parser.add_argument("--classifier", default="accurate", help="accurate or fast (default %(default)s)")
    parser.add_argument("--only", default="", help="families whose names hold this")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--without", help="print the figures without one family as JSON")
    options = parser.parse_args()
    if options.without is not None:
        print(json.dumps(measured(options.without, options)))
        return 0
    given = [
        f"--{name.replace(chr(95), chr(45))}={value}"
        for name, value in vars(options).items()
        if name in {"limit", "classifier"}
    ]
    given += [f"--data-dir={options.data_dir}"] if options.data_dir else []
    whole = _in_process("", given)
    print(f"{rule_lines()} lines of rules and vocabulary")
    print(f"{'family':<32}{'lines':>6}" + "".join(f"{figure:>8}" for figure in _FIGURES))
    print(f"{'(all on)':<32}{'':>6}" + "".join(f"{whole[figure]:>8.0f}" for figure in _FIGURES), flush=True)
    chosen = {name: lines for name, lines in families().items() if options.only in name}
    with ThreadPoolExecutor(options.jobs) as pool:
        for name, figures in zip(chosen, pool.map(lambda name: _in_process(name, given), chosen), strict=True):
            print(_row(name, chosen[name], figures, whole), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
