"""Prints the recorded traffic that would stop or move, by tenant, activity and target.

With the permitted alternatives. For `--dpf-falls` and `--adequacy-falls`, both sides are decided on that day, so that
only the fall counts.
"""

from __future__ import annotations

from typing import Annotated

import typer

from proxy.cli.policy import options, recordings
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data, Overlay, Policies
from proxy.cli.policy.recordings import Inputs, Since


def command(
    inputs: Inputs = None,
    since: Since = None,
    cut_off: Annotated[
        str, typer.Option("--cut-off", metavar="PROVIDER", help="Assume that this provider is unavailable.")
    ] = "",
    dpf_falls: Annotated[
        str,
        typer.Option(
            "--dpf-falls", metavar="DATE", help="Assume that the EU-US Data Privacy Framework falls on this day."
        ),
    ] = "",
    baa_lapses: Annotated[
        str, typer.Option("--baa-lapses", metavar="PROVIDER", help="Assume that this provider's BAA lapses.")
    ] = "",
    lapses: Annotated[
        str,
        typer.Option(
            "--lapses", metavar="KIND=PROVIDER", help="A contract or assessment: dpa, scc, tia, uk_idta, bcr."
        ),
    ] = "",
    adequacy_falls: Annotated[
        str,
        typer.Option("--adequacy-falls", metavar="LIST:PLACE=DATE", help="A decision, such as eu:GB=2027-01-01."),
    ] = "",
    policies: Policies = None,
    overlay: Overlay = None,
    data: Data = None,
) -> Answer:
    """Show the recorded traffic that would stop or move, and the permitted alternatives."""
    from proxy.cli.policy import documents, tables
    from proxy.policy.authoring import whatif

    event = whatif.LegalEvent(cut_off, dpf_falls, baa_lapses, lapses, adequacy_falls)
    if event == whatif.LegalEvent():
        raise ValueError("give one of --cut-off, --dpf-falls, --baa-lapses, --lapses or --adequacy-falls")
    with options.open_evaluator(policies, overlay, data) as evaluator:
        recorded = recordings.read(inputs, since)
        affected = whatif.flows(recorded, evaluator, event)
    return Answer(documents.flows(affected, len(recorded)), lambda: tables.flows(affected, len(recorded)))
