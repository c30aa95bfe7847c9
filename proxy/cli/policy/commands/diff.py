"""Decides the inputs with two policies and prints the differences.

Each policy is a folder, or a bundle file with its own data. Differences are grouped by tenant, activity, action and
reason codes, with sample ids.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proxy.cli.policy import options, recordings
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data
from proxy.cli.policy.recordings import FailOnChange, Inputs, Since


def command(
    before: Annotated[Path, typer.Argument(metavar="A", help="The old policies: a folder or a bundle file.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The new policies, likewise.")],
    inputs: Inputs = None,
    since: Since = None,
    overlay: Annotated[Path | None, typer.Option("--overlay", metavar="DIR", help="An overlay on both.")] = None,
    data: Data = None,
    fail_on_change: FailOnChange = False,
) -> Answer:
    """Decide a set of inputs with two policies and show the differences."""
    recorded = recordings.read(inputs, since)
    first, second = (
        recordings.outcomes(options.policy_source(source, overlay, data), recorded) for source in (before, after)
    )
    return recordings.report(recordings.compared(recorded, first, second), fail_on_change)
