"""Decides recorded inputs again with a candidate: a folder or a bundle file.

Compares with each recorded decision; if none was recorded, with the configured policies. Uses every core. An input
that the candidate cannot decide is listed and makes the exit status 1. Changes are grouped by tenant, activity, action
and reason codes, with exchanges to look up (in JSON, `samples` are their decision ids). With `--at-recorded-data`, each
input is decided over the data document that was in force for it, from the bundles in `revisions` of the state
directory, else from the database; a revision that is in neither is exit status 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.policy import options, recordings
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data, Overlay
from proxy.cli.policy.recordings import FailOnChange, Inputs, Since

if TYPE_CHECKING:
    from proxy.policy.authoring.compare import Recorded


def command(
    candidate: Annotated[
        Path | None,
        typer.Option(
            "--candidate",
            metavar="DIR",
            help="A library, an overlay or a bundle (default: the configured library).",
        ),
    ] = None,
    inputs: Inputs = None,
    since: Since = None,
    overlay: Overlay = None,
    data: Data = None,
    at_recorded_data: Annotated[
        bool,
        typer.Option("--at-recorded-data", help="Decide each with the data document that was in force for it."),
    ] = False,
    fail_on_change: FailOnChange = False,
) -> Answer:
    """Decide recorded, value-free inputs again with a candidate and show what would change.

    Each is compared with its recorded decision; if none was recorded, with the configured policies.
    """
    if at_recorded_data and data is not None:
        raise ValueError("give either --data or --at-recorded-data")
    recorded = recordings.read(inputs, since)
    chosen = candidate or options.folders(None, None)[0]
    if at_recorded_data:
        return recordings.report(recordings.compared(*_at_recorded_data(recorded, chosen, overlay)), fail_on_change)
    undecided = [question for question in recorded if question.decision is None]
    live = recordings.outcomes(options.policy_source(None, overlay, data), undecided)
    before = (next(live) if question.decision is None else question.decision for question in recorded)
    after = recordings.outcomes(options.candidate_source(chosen, overlay, data), recorded)
    return recordings.report(recordings.compared(recorded, before, after), fail_on_change)


def _at_recorded_data(
    recorded: list[Recorded], candidate: Path, overlay: Path | None
) -> tuple[list[Recorded], list[Mapping[str, Any]], Iterator[Mapping[str, Any]]]:
    """Return the inputs grouped by the revision that decided them, its decisions, and the candidate's over its data.

    Raises:
        ValueError: an input has no recorded decision.
        BundleRefusedError: the bundle of a revision is neither here nor in the database.

    """
    from proxy.cli.policy.recordings import revision_of, stored_bundle
    from proxy.policy.authoring.parallel import Policy
    from proxy.policy.bundles import bundle

    revisions: dict[str, list[Recorded]] = {}
    for question in recorded:
        revisions.setdefault(revision_of(question), []).append(question)
    if "" in revisions:
        raise ValueError("an input was recorded without a decision, so its data revision is unknown")
    recorded_data = {revision: bundle.read(stored_bundle(revision)).data for revision in revisions}
    if candidate.is_dir() and not (candidate / "main.rego").is_file():
        candidate, overlay = options.folders(None, candidate)
    _, overlay_dir = options.folders(candidate, overlay)
    overlay_in_use = None if candidate.is_file() else overlay_dir
    policies = {revision: Policy(candidate, overlay_in_use, data) for revision, data in recorded_data.items()}
    ordered = [question for group in revisions.values() for question in group]
    after = (
        answer for revision, group in revisions.items() for answer in recordings.outcomes(policies[revision], group)
    )
    return ordered, [question.decision or {} for question in ordered], after
