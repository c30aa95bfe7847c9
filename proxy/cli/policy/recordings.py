"""Recorded inputs, their decisions by two policies, and the differences: what several commands share."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.policy import options
from proxy.cli.policy.answers import Answer

if TYPE_CHECKING:
    from proxy.policy.authoring.compare import Comparison, Recorded
    from proxy.policy.authoring.parallel import Policy

Inputs = Annotated[
    Path | None,
    typer.Option("--inputs", metavar="FILE", help="Recorded inputs as JSON lines, or a file of cases."),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="WHEN", help="Inputs in the audit log since 24h, 7d or an ISO date."),
]
FailOnChange = Annotated[bool, typer.Option("--fail-on-change", help="Exit with 1 when anything changes.")]


def read(inputs: Path | None, since: str | None) -> list[Recorded]:
    """Return the inputs of a file, or those of the audit log since a moment.

    Raises:
        ValueError: neither or both are given, or the moment is invalid.

    """
    from datetime import UTC, datetime

    from proxy.audit.access import whole
    from proxy.policy.authoring import replay as recordings

    if (inputs is None) == (since is None):
        raise ValueError("give either --inputs FILE or --since WHEN")
    if inputs is not None:
        return list(recordings.from_lines(inputs.read_bytes()))
    begin = recordings.since(str(since), datetime.now(UTC))
    query = {"since": begin.isoformat()}
    documents = options.from_log("policy replay", query, lambda dsn: whole.decisions_since(dsn, begin))
    return recordings.inputs(documents)


def outcomes(policy: Policy, inputs: list[Recorded]) -> Iterator[Mapping[str, Any]]:
    """Yield the decision of each input."""
    from proxy.policy.authoring import parallel

    return parallel.outcomes(policy, [recorded.document for recorded in inputs])


def compared(
    inputs: list[Recorded], before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]
) -> Comparison:
    """Return the differences between two decisions of each input."""
    from proxy.cli.policy import tables
    from proxy.policy.authoring.compare import compare

    with tables.progress("deciding") as advance:
        return compare(inputs, before, after, lambda: advance(len(inputs)))


def report(comparison: Comparison, fail_on_change: bool) -> Answer:
    """Return a comparison as an answer: not ok if an input is undecided or, with ``fail_on_change``, any changes."""
    from proxy.cli.policy import documents, tables

    ok = not (comparison.failures or (fail_on_change and comparison.changed))
    return Answer(documents.comparison(comparison), lambda: tables.comparison(comparison), ok)


_LOOK_S = 0.5


@contextmanager
def bounded(cpu_s: float, message: str) -> Iterator[Callable[[], None]]:
    """End the process with status 1 once it has used so much processor time since the last call of what is given.

    An evaluation holds no lock of Python, so the thread that watches goes on meanwhile.
    """
    done, since = threading.Event(), [time.process_time()]

    def watch() -> None:
        while not done.wait(_LOOK_S):
            if time.process_time() - since[0] > cpu_s:
                sys.stderr.write(f"{message}\n")
                sys.stderr.flush()
                os._exit(1)

    def ended() -> None:
        since[0] = time.process_time()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield ended
    finally:
        done.set()
        watching.join()
