"""Prints what the shadow policy decided differently from the live one on live traffic.

Since `WHEN` (24h), by tenant, activity, action and reason codes, with exchanges to look up.
"""

from __future__ import annotations

from typing import Annotated

import typer

from proxy.cli.policy import options, recordings
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.recordings import FailOnChange


def command(
    since: Annotated[
        str, typer.Option("--since", metavar="WHEN", help="Differences since 24h, 7d or an ISO date.")
    ] = "24h",
    fail_on_change: FailOnChange = False,
) -> Answer:
    """Show what the shadow policy decided differently from the live one, with exchanges to look up."""
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
