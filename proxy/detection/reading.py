"""Detection for the command line: texts in, printable answers out, in this process without a pool."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from proxy.codecs.endpoints import TABLE
from proxy.core import field_roles
from proxy.core.deidentification.deidentify import apply_profile
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.findings import SegmentFindings, Status
from proxy.core.leaves import TextLeaf, bare, leaves
from proxy.core.records import TextSpan
from proxy.core.wire import Incoming
from proxy.detection import documents
from proxy.detection.engine import DetectionEngine
from proxy.detection.lists import ListFilter
from proxy.detection.text.borders import across, crossed
from proxy.errors import UnknownRouteError
from proxy.runtime import process
from proxy.runtime.resources import shipped

_LEGAL = "data/legal.json"


@dataclass(frozen=True, slots=True)
class InputLine:
    """One line of ``--jsonl`` input: id and text; ``text`` is None for a malformed line."""

    id: Any
    text: str | None


def parsed(line: str) -> InputLine:
    """Parse one JSON line; a malformed one keeps its place without text."""
    try:
        document = json.loads(line)
    except ValueError:
        return InputLine(None, None)
    if not isinstance(document, dict) or not isinstance(document.get("text"), str):
        return InputLine(document.get("id") if isinstance(document, dict) else None, None)
    return InputLine(document.get("id"), document["text"])


class TextReader:
    """The engine, loaded on first use, with the entity map of the shipped policies and a tenant's lists, if any.

    ``cache`` is a private folder for compiled rules.
    """

    def __init__(self, chosen: ListFilter | None = None, cache: Path | None = None) -> None:
        self._chosen = chosen
        self._cache = cache

    @cached_property
    def engine(self) -> DetectionEngine:
        """The models, loaded when first needed."""
        loaded = DetectionEngine.load(self._cache)
        loaded.settle()
        process.resume_collection()
        return loaded

    @cached_property
    def entities(self) -> dict[str, Any]:
        """Entity type -> its kind and categories."""
        document = json.loads((shipped("policies") / _LEGAL).read_text(encoding="utf-8"))
        entities: dict[str, Any] = document["entity_map"]
        return entities

    def read(self, texts: Sequence[str | TextLeaf]) -> list[SegmentFindings]:
        """Return the findings of whole texts of any length."""
        asked = documents.units(texts)
        segments = documents.finished(asked, self.engine.detect(documents.parts(asked)), self.engine.scanner.scan)
        if self._chosen is None:
            return segments
        return [
            replace(segment, findings=self._chosen.apply(bare(text), segment.findings))
            for text, segment in zip(texts, segments, strict=True)
        ]

    def read_body(self, body: bytes, path: str) -> list[tuple[TextSpan, SegmentFindings]]:
        """Return the texts of a request's body at a path ("/v1/messages"), with their findings on the served path.

        Raises:
            ProxyError: nothing is served at the path, or the body is not a request of its API.

        """
        match = TABLE.find("POST", path, ())
        if match.served is None or match.served.api is None:
            raise UnknownRouteError
        _, api = match.by(body) if match.others else (match.served, match.served.api)
        payload = api.decode(Incoming(body, variables=match.variables))
        texts = [span.text for span in payload.spans]
        segments = self.read(leaves(payload.spans, payload.tool_names))
        segments = across(texts, segments, crossed(texts), self.engine.scanner)
        return list(zip(payload.spans, field_roles.with_roles(payload.spans, segments), strict=True))

    def categories(self, segment: SegmentFindings) -> list[str]:
        """Return the data categories of the findings, sorted."""
        names: set[str] = set()
        for finding in (*segment.findings, *segment.inside):
            names.update(self.entities.get(finding.entity_type, {}).get("categories", ()))
        return sorted(names)

    def answers(self, lines: Sequence[str]) -> list[str]:
        """Answer JSON lines with JSON lines, in order."""
        inputs = [parsed(line) for line in lines]
        segments = iter(self.read([line.text for line in inputs if line.text is not None]))
        return [
            self._answer(line, SegmentFindings(status=Status.FAILED) if line.text is None else next(segments))
            for line in inputs
        ]

    def deidentified(self, text: str, profile: str, minter: Minter) -> str:
        """Return the text changed by a profile.

        Raises:
            ValueError: no profile or operator of this name.

        """
        kinds = {name: str(entry["kind"]) for name, entry in self.entities.items()}
        segment = self.read([text])[0]
        return apply_profile(text, (*segment.findings, *segment.inside), profile, minter, kinds)

    def _answer(self, line: InputLine, segment: SegmentFindings) -> str:
        rows = [
            {
                "start": finding.start,
                "end": finding.end,
                "entity_type": finding.entity_type,
                "score": round(finding.score, 4),
                "recognizer": finding.recognizer,
            }
            for finding in segment.findings
        ]
        document = {
            "id": line.id,
            "findings": rows,
            "categories": self.categories(segment),
            "language": segment.language,
            "coverage": segment.status.value,
        }
        return json.dumps(document)
