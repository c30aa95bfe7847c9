"""Decides many recorded inputs on all cores: each worker is a spawned process with its own engine."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proxy.policy.engine.evaluator import Evaluator

#: Inputs per task of a worker, and the number of inputs from which starting workers pays off.
CHUNK = 100
WORTH_WORKERS = 400

_evaluator: list[Evaluator] = []


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy to open: a folder (with overlay and data) or a bundle file (with its own data)."""

    path: Path
    overlay: Path | None
    data: Mapping[str, Any] | None

    def open(self) -> Evaluator:
        """Open it in this process.

        Raises:
            BundleRefusedError: it cannot be loaded.

        """
        return Evaluator.open(self.path, self.overlay, self.data)


def outcomes(policy: Policy, documents: Sequence[Mapping[str, Any]], workers: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield the outcome of each document, in order. ``workers`` 0 means one per core.

    Raises:
        BundleRefusedError: the policy cannot be loaded.

    """
    with policy.open() as evaluator:
        count = workers or os.cpu_count() or 1
        if count == 1 or len(documents) < WORTH_WORKERS:
            yield from (evaluator.outcome(document) for document in documents)
            return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, context, _open, (policy,)) as pool:
        chunks = [list(documents[at : at + CHUNK]) for at in range(0, len(documents), CHUNK)]
        yield from itertools.chain.from_iterable(pool.map(_decide, chunks))


def _open(policy: Policy) -> None:
    _evaluator.append(policy.open())


def _decide(documents: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    (evaluator,) = _evaluator
    return [evaluator.outcome(document) for document in documents]
