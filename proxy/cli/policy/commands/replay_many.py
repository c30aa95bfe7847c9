"""Replays more recorded inputs than one process holds, here or on a Ray cluster (`--ray`, extra `ray`).

What becomes of each input is written to `--out`, in parts; a stopped run goes on with those that are missing. The
result is that of `policy replay`. Inputs are JSON lines, in files, folders or an object store.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proxy.cli.installation import Ray, Workers, run_bulk
from proxy.cli.policy import options
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data, Overlay
from proxy.cli.policy.recordings import FailOnChange


def command(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT…", help="Files and folders of recorded inputs.")],
    out: Annotated[str, typer.Option(metavar="FOLDER", help="Folder for the results, written in parts.")],
    candidate: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A library, an overlay or a bundle (default: the configured library)."),
    ] = None,
    overlay: Overlay = None,
    data: Data = None,
    ray: Ray = "",
    ray_workers: Workers = 0,
    fail_on_change: FailOnChange = False,
) -> Answer:
    """Decide very many recorded inputs again as 'policy replay' does, here or on Ray; go on with a stopped run."""
    from proxy.cli.policy import recordings
    from proxy.policy.authoring.bulk import ReplayWork, counted

    chosen = candidate or options.folders(None, None)[0]
    work = ReplayWork(options.policy_source(None, overlay, data), options.candidate_source(chosen, overlay, data))
    answers, planned = run_bulk(work, inputs, out, ray, ray_workers)
    return recordings.report(counted(answers.read(planned)), fail_on_change)
