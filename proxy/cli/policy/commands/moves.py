"""Says which activities policy would keep at the old target if a new one came first.

`policy moves openai/us region/eu` decides about people of each tenant, activity and origin, with a name alone and with
health data, for each operation of the old target (or `--operation`), with both targets as candidates. A flow that the
old target may have and the new one may not stays where it is after a promotion; the answer is then no. `routes promote`
asks the same for the tenant, operation and model of its route.
"""

from __future__ import annotations

from typing import Annotated

import typer

from proxy.cli.policy import options
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data, Overlay, Policies


def command(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The target tried first now.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The one tried first then.")],
    tenant: Annotated[str, typer.Option("--tenant", metavar="TENANT", help="Only this tenant.")] = "",
    operation: Annotated[str, typer.Option("--operation", metavar="OPERATION", help="Only this operation.")] = "",
    model: Annotated[str, typer.Option("--model", metavar="MODEL", help="The model that is asked for.")] = "",
    policies: Policies = None,
    overlay: Overlay = None,
    data: Data = None,
) -> Answer:
    """Show which activities policy would keep at the old target; exit with 1 if there are any."""
    from datetime import UTC, datetime

    from proxy.cli.policy import tables
    from proxy.core import nearest
    from proxy.core.records import Operation
    from proxy.core.targets.canary import Move
    from proxy.policy.authoring import matrix

    with options.open_evaluator(policies, overlay, data) as evaluator:
        targets, tenants = evaluator.data["targets"], evaluator.data["tenants"]
        named = (("target", old, targets), ("target", new, targets), ("tenant", tenant, tenants))
        for kind, name, names in (*named, ("operation", operation, tuple(Operation))):
            if name not in names and (name or kind == "target"):
                raise ValueError(f"there is no {kind} '{name}'{nearest.hint(name, names)}")
        permitted = matrix.kept(
            evaluator, datetime.now(UTC).date().isoformat(), Move(old, new, tenant, operation, model)
        )
    rows = [
        {"tenant": flow.tenant, "activity": flow.activity, "origin": flow.origin, "codes": list(carriage.codes)}
        for flow, carriage in sorted(permitted.items())
    ]
    return Answer(
        {"stays": rows}, lambda: tables.printed(tables.moves(rows)) if rows else typer.echo("nothing stays"), not rows
    )
