"""Replay as work over very many recorded inputs: each line is judged where it is, and the judgements are counted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from proxy.bulk.running import Answering
from proxy.policy.authoring.compare import Comparison, Judged, judged
from proxy.policy.authoring.parallel import Policy
from proxy.policy.authoring.replay import UnreadableInputError, recorded


@dataclass(frozen=True)
class ReplayWork:
    """Decides recorded inputs with ``candidate``; without a recorded decision, with ``live`` too."""

    live: Policy
    candidate: Policy

    @property
    def identity(self) -> str:
        """A digest of both policies: all their files, and their data."""
        mac = hashlib.sha256()
        for policy in (self.live, self.candidate):
            for role, folder in (("policies", policy.path), ("overlay", policy.overlay)):
                for name, file in _files(folder):
                    mac.update(f"{role}/{name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
            mac.update(json.dumps(policy.data, sort_keys=True, default=str).encode())
        return mac.hexdigest()

    def open(self) -> Answering:
        """Load both policies.

        Raises:
            BundleRefusedError: one cannot be loaded.

        """
        live, candidate = self.live.open(), self.candidate.open()

        def judgement(line: str) -> str:
            try:
                entry = orjson.loads(line)
                question = recorded(entry if isinstance(entry, dict) else {})
            except ValueError as error:
                raise UnreadableInputError(str(error)) from error
            before = live.outcome(question.document) if question.decision is None else question.decision
            judged_input = judged(question, before, candidate.outcome(question.document))
            return json.dumps([judged_input.id, judged_input.exchange, judged_input.key, judged_input.failures])

        def answered(lines: Sequence[str]) -> list[str]:
            return [judgement(line) for line in lines]

        return answered


def counted(answers: Iterable[str]) -> Comparison:
    """Return the comparison that these answers make."""
    comparison = Comparison()
    for answer in answers:
        identity, exchange, key, failures = json.loads(answer)
        comparison.add(Judged(identity, exchange, _key(key), tuple(failures)))
    return comparison


def _key(key: Any) -> tuple[str, str, str, str, str] | None:
    if key is None:
        return None
    tenant, activity, moved, gained, lost = key
    return tenant, activity, moved, gained, lost


def _files(folder: Path | None) -> Iterator[tuple[str, Path]]:
    """Yield each file with its path below the folder; a bundle file with "."."""
    if folder is not None:
        for file in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if file.is_file():
                yield file.relative_to(folder).as_posix(), file
