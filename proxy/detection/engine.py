"""Full detection of texts in this process: run by the workers, and by the command line without a pool.

One text: decoded view -> language -> patterns, spaCy, token classifier and the deployment's own recognizers -> names,
terms and ages by rule -> offsets of the original -> encoded parts -> one disjoint set of findings.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from proxy.core.findings import ENCODED, Finding, SegmentFindings, Status
from proxy.core.records import Extracted
from proxy.core.search.decoding import Nested, View, decoded, holds_binary, nested, opaque
from proxy.detection.files.attachments import UNREAD, extract
from proxy.detection.meaning.ages import ages, countable, minor
from proxy.detection.meaning.regions import hints
from proxy.detection.meaning.terms import TermFinder
from proxy.detection.merge import disjoint, foremost
from proxy.detection.models import classifier, classifier_files
from proxy.detection.models.arbiter import entities, passages
from proxy.detection.models.classifier.reading import ClassifierReader
from proxy.detection.models.ner import MODEL, NerEngine
from proxy.detection.models.presidio import (
    LANGUAGE,
    ClassifierRecognizer,
    NerRecognizer,
    PatternRecognizer,
    Recognizer,
)
from proxy.detection.patterns.scanner import PatternScanner
from proxy.detection.patterns.secret_rules import SecretRules
from proxy.detection.people.guesses import Doubts, tidied
from proxy.detection.people.impersonal import without_weak_names
from proxy.detection.people.name_rules import find_names
from proxy.detection.people.names import names
from proxy.detection.people.roles import assigned
from proxy.detection.plugins import recognizers, sources
from proxy.detection.text.chunks import blob, covered, split, worst
from proxy.detection.text.code import Kinds, spoken, without_symbols
from proxy.detection.text.frames import framed, unkeyed
from proxy.detection.text.language import identify
from proxy.detection.text.language_id import WordEvidence
from proxy.detection.text.plain import Ruled
from proxy.detection.text.turned import ReadText, read_text

#: Languages of the spaCy model; beside a classifier it reads only these.
_SPACY_LANGUAGES = frozenset({"en", "und"})
_DEEPEST = 2
#: A URL identifies nobody by itself, but its content may.
_ADDRESS = "URL"
_WARMING = (
    "Ann Lee of 12 High Street called on 3 May 2021 about mrs Roe, account 12345678. Vad heter ni allihopa egentligen?"
)


class DetectionEngine:
    """Pattern tier, spaCy, token classifier (where their weights are present) and the deployment's own recognizers."""

    def __init__(
        self,
        scanner: PatternScanner,
        nlp: NerEngine,
        classifier: Any = None,
        cache: Path | None = None,
        custom: Iterable[Recognizer] = (),
    ) -> None:
        self.scanner = scanner
        self._nlp = nlp
        self._terms = TermFinder()
        self._secrets = SecretRules.load(cache)
        self._reader = ClassifierReader(classifier) if classifier is not None else None
        guessing = [NerRecognizer(), *([] if self._reader is None else [ClassifierRecognizer(self._reader)])]
        self._ruling: list[Recognizer] = [PatternRecognizer(scanner), *custom]
        self._recognizers: list[Recognizer] = [*self._ruling, *guessing]
        self._kinds = Kinds()
        self._doubts = Doubts(self._terms, trained=classifier is not None)

    @classmethod
    def load(cls, cache: Path | None = None) -> DetectionEngine:
        """Load every model from disk. ``cache`` is a private folder for compiled rules."""
        nlp = NerEngine([LANGUAGE])
        nlp.load()
        engine = cls(
            PatternScanner(), nlp, classifier.load(classifier_files.chosen()), cache, recognizers.load(sources.folder())
        )
        engine.detect([_WARMING])  # load now what loads on first use
        return engine

    def settle(self) -> None:
        """Move to the GPU what runs on one. Called once, in the process that reads, after the last fork."""
        if self._reader is not None:
            self._reader.settle()

    def describe(self) -> dict[str, Any]:
        """Return the models in use."""
        return {
            "spacy": f"{MODEL} {version(MODEL)}",
            "classifier": "" if self._reader is None else str(self._reader.version),
        }

    def detect(self, texts: Sequence[str]) -> list[SegmentFindings]:
        """Return the findings of each text, in order."""
        return self._detect(texts, _DEEPEST)

    def _detect(self, texts: Sequence[str], depth: int) -> list[SegmentFindings]:
        """Unpack encoded texts; read all others with the models in one batch."""
        blobs = {index: blob_read for index, text in enumerate(texts) if (blob_read := blob(text)) is not None}
        read = iter(self._read([text for index, text in enumerate(texts) if index not in blobs], depth))
        return [
            self._unpacked(text, blobs[index], depth) if index in blobs else next(read)
            for index, text in enumerate(texts)
        ]

    def _unpacked(self, text: str, match: re.Match[str], depth: int) -> SegmentFindings:
        """Read an encoded document or text: each entity type in it is a finding over the whole part."""
        inner = _contents(match) if depth else UNREAD
        kind = Ruled if isinstance(text, Ruled) else str
        pieces = [kind(part) for _, part in split(inner.text)] if inner.text else []
        segments = self._detect(pieces, depth - 1)
        everything = [finding for segment in segments for finding in _over(segment, 0, len(text))]
        findings = disjoint(everything)
        unread = Status.COMPLETE if inner.status is Status.COMPLETE else Status.PARTIAL
        return SegmentFindings(
            findings=findings,
            status=worst([unread, *(segment.status for segment in segments)]),
            minor=any(segment.minor for segment in segments),
            inside=covered(everything, findings),
        )

    def _read(self, texts: Sequence[str], depth: int) -> list[SegmentFindings]:
        reads = [self._reread(read_text(text)) for text in texts]
        ruled = [isinstance(text, Ruled) for text in texts]
        parts = [nested(read.text) for read in reads]
        inner = self._inner(list(zip(parts, ruled, strict=True)), depth)
        guessed = [read for read, rules_alone in zip(reads, ruled, strict=True) if not rules_alone]
        if self._reader is not None:
            self._reader.find([read.text for read in guessed])
        artifacts_of_models = iter(
            self._artifacts([read.text for read in guessed], [read.language for read in guessed])
        )
        artifacts = [None if rules_alone else next(artifacts_of_models) for rules_alone in ruled]
        segments = []
        for text, (view, shown, language, status, evidence), artifact, encoded_parts, encoded_segments in zip(
            texts, reads, artifacts, parts, inner, strict=True
        ):
            encoded = [
                finding
                for part, segment in zip(encoded_parts, encoded_segments, strict=True)
                for finding in _over(segment, part.start, part.end)
            ]
            read_findings = [*self._findings(shown, language, artifact, evidence), *encoded]
            inner_findings = assigned(shown, tidied(shown, disjoint(framed(shown, read_findings)), language))
            if view is not None:
                inner_findings = _without_weak_encoded(text, view, inner_findings, status, language)
            findings, hidden = self._placed(text, view, inner_findings, encoded)
            unread = Status.PARTIAL if _unread(text, view, shown, [*findings, *encoded_parts]) else Status.COMPLETE
            segments.append(
                SegmentFindings(
                    findings=findings,
                    status=worst([status, unread, *(segment.status for segment in encoded_segments)]),
                    language=language,
                    minor=minor(shown, inner_findings, self._kinds.programs)
                    or any(segment.minor for segment in encoded_segments),
                    regions=hints(shown, inner_findings),
                    inside=covered(hidden, findings),
                )
            )
        return segments

    def _reread(self, read: ReadText) -> ReadText:
        """Return a text that is not read to its end as one that is, if it is a program that says nothing unread."""
        kind = self._kinds.language(read.text) if read.status is Status.PARTIAL else ""
        return read._replace(status=identify(spoken(read.text, kind))[1]) if kind else read

    def _inner(self, parts: Sequence[tuple[Sequence[Nested], bool]], depth: int) -> list[list[SegmentFindings]]:
        """Read the encoded parts of each text in one batch, as the text is; parts nested too deep are unread."""
        flat = [Ruled(part.text) if rules_alone else part.text for encoded, rules_alone in parts for part in encoded]
        unread = [SegmentFindings(status=Status.PARTIAL)] * len(flat)
        read = iter(self._detect(flat, depth - 1) if depth and flat else unread)
        return [[next(read) for _ in encoded] for encoded, _ in parts]

    def _artifacts(self, texts: Sequence[str], languages: Sequence[str]) -> list[Any]:
        """SpaCy's entities, beside a classifier only of passages where that is unsure, in spaCy's languages."""
        reader = self._reader
        if reader is None:
            return entities(self._nlp, texts, [[(0, len(text))] for text in texts], LANGUAGE)
        parts = [
            passages(text, reader.reading(text)) if language in _SPACY_LANGUAGES else []
            for text, language in zip(texts, languages, strict=True)
        ]
        return entities(self._nlp, texts, parts, LANGUAGE)

    def _findings(self, text: str, language: str, artifact: Any, evidence: WordEvidence) -> list[Finding]:
        """Return what is found in a text, without artifacts of models by rules alone."""
        findings = self._ruled(text) if artifact is None else self._guessed(text, artifact, language)
        findings.extend(self._terms.find(text, language, evidence))
        findings.extend(ages(text, findings))
        if self._secrets is not None:
            findings.extend(self._secrets.find(text))
        return without_symbols(text, findings, self._kinds.programs)

    def _ruled(self, text: str) -> list[Finding]:
        findings = foremost(finding for recognizer in self._ruling for finding in recognizer.find(text, None))
        return [f for f in findings if f.entity_type not in {"AGE", "DATE"} or countable(text, f, findings)]

    def _guessed(self, text: str, artifact: Any, language: str) -> list[Finding]:
        reading = None if self._reader is None else self._reader.reading(text)
        guess = foremost(finding for recognizer in self._recognizers for finding in recognizer.find(text, artifact))
        guess.extend(names(text, self._terms))
        guess = self._doubts.settle(text, guess)
        guess = [f for f in guess if f.entity_type not in {"AGE", "DATE"} or countable(text, f, guess)]
        return [*guess, *find_names(text, guess, reading, language)]

    def _placed(
        self, text: str, view: View | None, read: Sequence[Finding], encoded: Sequence[Finding]
    ) -> tuple[tuple[Finding, ...], list[Finding]]:
        """Return the findings at the original's offsets, and those over encoded parts, where one may hide another.

        Several findings in one decoded part all extend over the whole part.
        """
        if view is None:
            return tuple(read), list(encoded)
        placed = list(unkeyed(text, map(view.back, read)))
        hidden = [*map(view.back, encoded), *_together(placed)]
        as_written = without_symbols(text, [*unkeyed(text, self.scanner.candidates(text))], self._kinds.programs)
        written = [part for finding in as_written for part in _around(finding, placed)]
        return disjoint([*placed, *hidden, *written]), hidden


def _without_weak_encoded(
    text: str, view: View, findings: Sequence[Finding], status: Status, language: str
) -> tuple[Finding, ...]:
    """Drop encoded names that are weak in the decoded text, and mark the others: as written, nothing can judge them."""
    encoded = {
        f
        for f in findings
        if f.entity_type == "PERSON" and text[slice(*view.span(f.start, f.end))] != view.text[f.start : f.end]
    }
    if not encoded:
        return tuple(findings)
    likely = frozenset(without_weak_names(view.text, findings, status, language))
    judged = (f for f in findings if f not in encoded or f in likely)
    return tuple(_named_encoded(f) if f in encoded else f for f in judged)


def _named_encoded(finding: Finding) -> Finding:
    return replace(finding, recognizer=f"{ENCODED}{finding.recognizer.removeprefix(ENCODED)}")


def _around(finding: Finding, placed: Sequence[Finding]) -> Iterable[Finding]:
    """Yield a finding in the raw text; of a URL only what lies around the findings inside it.

    A whole percent-encoded sentence is one URL, which would hide the names in it.
    """
    start = finding.start
    inside = (f for f in placed if f.entity_type != _ADDRESS and f.start < finding.end and finding.start < f.end)
    for inner in sorted(inside, key=lambda f: f.start) if finding.entity_type == _ADDRESS else ():
        if inner.start > start:
            yield replace(finding, start=start, end=inner.start)
        start = max(start, inner.end)
    if start < finding.end:
        yield replace(finding, start=start)


def _together(placed: Sequence[Finding]) -> list[Finding]:
    """Return the findings that overlap others, each extended over the whole overlap."""
    together: list[Finding] = []
    group: list[Finding] = []
    for finding in (*sorted(placed, key=lambda f: f.start), None):
        if finding is not None and group and finding.start < max(f.end for f in group):
            group.append(finding)
            continue
        if len(group) > 1:
            start, end = group[0].start, max(f.end for f in group)
            together += _over(SegmentFindings(findings=tuple(group)), start, end)
        group = [] if finding is None else [finding]
    return together


def _unread(text: str, view: View | None, shown: str, findings: Sequence[Finding | Nested]) -> bool:
    """Whether something encoded was not read: a file, a part nested too deep, or bytes that no finding covers."""
    if holds_binary(text) or (view is not None and view.deep):
        return True
    places = [(start, end) if view is None else view.span(start, end) for start, end in opaque(shown)]
    return any(not any(part.start < end and start < part.end for part in findings) for start, end in places)


def _over(segment: SegmentFindings, start: int, end: int) -> Iterable[Finding]:
    """Return the best finding of each entity type of an encoded part, over the whole part."""
    best: dict[str, Finding] = {}
    for f in sorted((*segment.findings, *segment.inside), key=lambda f: f.score):
        best[f.entity_type] = _named_encoded(f.at(start, end))
    return best.values()


def _contents(match: re.Match[str]) -> Extracted:
    """Return the text of a ``data:`` URI or of a long base64 run."""
    text = decoded(match.group("data"))
    if text is not None:
        return Extracted(text, Status.COMPLETE)
    media = match.group("media")
    try:
        data = base64.b64decode(match.group("data"), altchars=None, validate=True)
    except binascii.Error:
        return UNREAD
    document = extract(media or "application/octet-stream", data)
    # The part is sent unchanged, with what was not read: pictures, properties, comments.
    return replace(document, status=Status.PARTIAL) if document.status is Status.COMPLETE else document
