"""Recorded inputs, their decisions by two policies, and the differences: what several commands share.

The policies that decided come from this machine, else from the database.
"""

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


def revision_of(recorded: Recorded) -> str:
    """Return the revision of the bundle that decided, "" if no decision was recorded."""
    return str(((recorded.decision or {}).get("policy") or {}).get("revision", ""))


def stored_bundle(revision: str) -> Path:
    """Return the bundle of a revision; one that only the database has is stored here from then on.

    Raises:
        BundleRefusedError: it is in neither place.
        ConfigurationError: it is not here and no database is known.
        RegistryUnavailableError: it is not here and the database cannot be reached.

    """
    from proxy.cli.installation import database_url
    from proxy.policy.activation import activation
    from proxy.policy.faults import BundleRefusedError
    from proxy.registry import reading
    from proxy.registry.fleet import is_bundle_of
    from proxy.service import rollout
    from proxy.settings import Settings

    folder = rollout.revisions_dir(Settings())
    path = activation.archived(folder, revision)
    if not path.is_file():
        packed = reading.kept_bundle(database_url(), revision)
        if packed is None or not is_bundle_of(revision, packed):
            raise BundleRefusedError("unreadable", f"no bundle of revision {revision} is here or in the database")
        activation.archive(folder, revision, packed)
    return path


def decided_by(recorded: Recorded) -> Policy | None:
    """Return the policies and data of the recorded decision; None if they are not available. Either is remarked on."""
    from proxy.errors import ConfigurationError, RegistryUnavailableError
    from proxy.policy.authoring.parallel import Policy

    revision = revision_of(recorded)
    try:
        path = stored_bundle(revision) if revision else None
    except (ConfigurationError, RegistryUnavailableError) as error:
        options.remark(f"explained by today's policy: {error}")
        return None
    if path is None:
        return None
    options.remark(f"explained by the policy and data that decided it: revision {revision}")
    return Policy(path, None, None)
