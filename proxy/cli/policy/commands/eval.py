"""Prints the decision for one input document.

With `--cases`, decides every case of a file `{"cases": [{"id", "title", "input_document", "data_overrides",
"expect"}]}`, prints each difference and, last, `N of M cases pass`. `--data` names their data document.

`data_overrides`: `exceptions` are added to the registered ones; `dpf_revoked_at` revokes the EU's adequacy
decision for the US from that day; `data_age_days` moves `as_of` back; `policy_status: unavailable` means that the
engine is down; any other key of the data document is merged into it.

`expect`: `action`, `selected_target` and `http_status` exactly; `permitted_targets` exactly and in order;
`denied[target]` and `block_codes` at least; `obligations_include` of the selected target (of a reply: of any) with
equal fields, at least these `entities`, at least `min_days`; `obligations_exclude_types` none of these;
`transfer_mechanism` of the selected target. Fields that are missing or null are not checked. A case also fails if the
enforcement point would not accept the answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.policy import options
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data, Overlay, Policies

if TYPE_CHECKING:
    from proxy.policy.engine.evaluator import Evaluator


def command(
    document: Annotated[Path | None, typer.Argument(metavar="INPUT.json", help="An input document.")] = None,
    cases: Annotated[Path | None, typer.Option("--cases", metavar="FILE", help="Evaluate a file of cases.")] = None,
    policies: Policies = None,
    overlay: Overlay = None,
    data: Data = None,
    deadline: Annotated[
        float,
        typer.Option(
            "--deadline", metavar="S", help="CPU-time limit of the evaluation, in seconds; exit with 2 beyond it."
        ),
    ] = 10.0,
) -> Answer:
    """Decide one input document, or a file of worked cases; exit with 1 unless every case passes."""
    from proxy.cli.policy import tables

    if (document is None) == (cases is None):
        raise ValueError("give either INPUT.json or --cases FILE")
    with options.open_evaluator(policies, overlay, data) as evaluator:
        if cases is not None:
            return _judged(cases, options.bounded(evaluator, deadline))
        answer = options.bounded(evaluator, deadline).decide(options.json_file(document)) if document else {}
    return Answer(answer, lambda: tables.decision(answer))


def _judged(path: Path, evaluator: Evaluator) -> Answer:
    from dataclasses import asdict

    from proxy.cli.policy import tables
    from proxy.policy.authoring import cases

    verdicts = list(cases.judge(cases.read(path.read_bytes()), evaluator))
    failing = [verdict for verdict in verdicts if verdict.differences]

    def show() -> None:
        if failing:
            tables.cases(failing)
        typer.echo(f"{len(verdicts) - len(failing)} of {len(verdicts)} cases pass")

    return Answer([asdict(verdict) for verdict in verdicts], show, not failing)
