"""What two policies decide differently: over a set of inputs, over very many, on live traffic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proxy.cli.installation import Ray, Workers, run_bulk
from proxy.cli.policy import options, recordings
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data, Overlay
from proxy.cli.policy.recordings import FailOnChange, Inputs, Since


def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="The old policies: a folder or a bundle file.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The new policies, likewise.")],
    inputs: Inputs = None,
    since: Since = None,
    overlay: Annotated[Path | None, typer.Option("--overlay", metavar="DIR", help="An overlay on both.")] = None,
    data: Data = None,
    fail_on_change: FailOnChange = False,
) -> Answer:
    """Decide the inputs with two policies and show the differences.

    Each policy is a folder, or a bundle file with its own data. Differences are grouped by tenant, activity, action and
    reason codes, with sample ids.
    """
    recorded = recordings.read(inputs, since)
    first, second = (
        recordings.outcomes(options.policy_source(source, overlay, data), recorded) for source in (before, after)
    )
    return recordings.report(recordings.compared(recorded, first, second), fail_on_change)


def replay_many(
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
    """Decide very many recorded inputs again as `policy replay` does, here or on a Ray cluster (extra `ray`).

    What becomes of each input is written to `--out`, in parts; a stopped run goes on with those that are missing. The
    result is that of `policy replay`. Inputs are JSON lines, in files, folders or an object store.
    """
    from proxy.cli.policy import recordings
    from proxy.policy.authoring.bulk import ReplayWork, counted

    chosen = candidate or options.folders(None, None)[0]
    work = ReplayWork(options.policy_source(None, overlay, data), options.candidate_source(chosen, overlay, data))
    answers, planned = run_bulk(work, inputs, out, ray, ray_workers)
    return recordings.report(counted(answers.read(planned)), fail_on_change)


def shadow(
    since: Annotated[
        str, typer.Option("--since", metavar="WHEN", help="Differences since 24h, 7d or an ISO date.")
    ] = "24h",
    fail_on_change: FailOnChange = False,
) -> Answer:
    """Show what the shadow policy decided differently from the live one on live traffic.

    Since `WHEN` (24h), by tenant, activity, action and reason codes, with exchanges to look up.
    """
    from datetime import UTC, datetime

    from proxy.audit.access import whole
    from proxy.policy.authoring import replay
    from proxy.policy.authoring.compare import Comparison, judged
    from proxy.policy.decision.shadow import EVENT

    begin = replay.since(since, datetime.now(UTC))
    query = {"since": begin.isoformat()}
    comparison = Comparison()
    documents = options.from_log("policy shadow", query, lambda dsn: whole.events_since(dsn, EVENT, begin))
    for recorded, candidate in replay.differences(documents):
        comparison.add(judged(recorded, recorded.decision or {}, candidate))
    return recordings.report(comparison, fail_on_change)


COMMANDS = {
    "diff": diff,
    "replay-many": replay_many,
    "shadow": shadow,
}
