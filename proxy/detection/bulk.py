"""Detection as work over very many lines: what ``detect --jsonl`` answers, line by line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from proxy.bulk.running import Answering
from proxy.detection.detector import versions_here
from proxy.detection.lists import ListFilter
from proxy.detection.patterns.scanner import PatternScanner
from proxy.detection.remote.protocol import identity


@dataclass(frozen=True)
class DetectionWork:
    """Reads texts with the models, ``batch`` at once, and applies a tenant's lists."""

    lists: ListFilter | None = None
    cache: Path | None = None
    batch: int = 16

    @property
    def identity(self) -> str:
        """The versions of all that finds, and the lists."""
        lists = b"" if self.lists is None else self.lists.digest
        return hashlib.sha256(identity(versions_here(PatternScanner())).encode() + lists).hexdigest()

    def open(self) -> Answering:
        """Load the models."""
        from proxy.detection.models import arithmetic  # noqa: PLC0415 - before what they change is imported

        arithmetic.pin()
        arithmetic.skip_meta_registrations()
        from proxy.detection.reading import TextReader  # noqa: PLC0415

        reader = TextReader(self.lists, self.cache)

        def answered(lines: Sequence[str]) -> list[str]:
            groups = (lines[at : at + self.batch] for at in range(0, len(lines), self.batch))
            return [answer for group in groups for answer in reader.answers(group)]

        return answered
