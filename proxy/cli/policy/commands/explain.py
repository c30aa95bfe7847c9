"""Shows the rules that fired for each target with citation and evidence.

Then which single fact would have to change. Each fact of the request, the activity, the tenant and the candidates'
evidence is changed alone and the decision made again: `lifts` are the reason codes that then disappear, `then
permitted` says whether that is enough. A recorded request is explained by the policies and the data that decided it
(from this machine, else from the database); with `--today`, or if they are not available, by today's.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from proxy.cli.policy import options
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data, Overlay, Policies


def command(
    subject: Annotated[str, typer.Argument(metavar="INPUT.json|REQUEST_ID", help="An input document, or a request.")],
    policies: Policies = None,
    overlay: Overlay = None,
    data: Data = None,
    today: Annotated[bool, typer.Option("--today", help="With a request id: by today's policies and data.")] = False,
) -> Answer:
    """Show which rules fired for each target, their citation and evidence, and which single fact would change it.

    With a request id, the question is read from the audit log and explained by the policy and data that decided it;
    by today's with --today, or by others that are named.
    """
    from proxy.cli.policy import tables
    from proxy.cli.policy.recordings import decided_by
    from proxy.policy.authoring import explain

    recorded = options.question(subject)
    chosen = today or bool(policies or overlay or data) or Path(subject).is_file()
    source = (None if chosen else decided_by(recorded)) or options.policy_source(policies, overlay, data)
    with source.open() as evaluator:
        explanation = explain.explain(recorded.document, evaluator)

    def show() -> None:
        tables.decision(explanation.decision)
        tables.remedies(explanation)

    return Answer(asdict(explanation), show)
