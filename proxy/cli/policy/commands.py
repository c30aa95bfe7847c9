"""``compliance-proxy policy``: check, test, evaluate, explain, compare, replay, build and verify policies.

Every command runs the engine in this process, which is fresh and never forks after loading it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.policy import live, options, rollout
from proxy.cli.policy.options import AsJson, Data, Overlay, Policies

if TYPE_CHECKING:
    from proxy.policy.engine.evaluator import Evaluator

#: Where the contracts keep their example data document, seen from a file of cases.
_EXAMPLE_DATA = Path("..") / "contracts" / "example_data_document.json"

app = typer.Typer(no_args_is_help=True, help="Author, test, compare and roll out the policies written in Rego.")


@app.callback()
def _group(
    on_behalf_of: Annotated[str, typer.Option("--on-behalf-of", hidden=True, help="Who asked for the command.")] = "",
) -> None:
    options.ASKER.set(on_behalf_of[:200])


@app.command()
def check(policies: Policies = None, overlay: Overlay = None, data: Data = None, as_json: AsJson = False) -> None:
    """Parse and compile everything; refuse impure builtins; require metadata, twin tests and known reason codes.

    Then decide a grid of questions over the data document, as an activation does. Prints ``file:line: code: message``
    and exits with 1 when there is anything to mend; warnings (``warning: ...``) name what exists nowhere.
    """
    from proxy.cli.policy import checks

    with options.refusals():
        tree, problems, warnings = checks.checked(policies, overlay, data)
    if as_json:
        from proxy.cli.policy import documents

        options.print_json(documents.check(problems, tree, warnings))
        raise typer.Exit(1 if problems else 0)
    for kind, found in (("", problems), ("warning: ", warnings)):
        for problem in found:
            where = tree.where(problem.module, problem.row) if problem.module else "library"
            typer.echo(f"{where}: {kind}{problem.code}: {problem.message}")
    if problems:
        raise options.fail(f"{len(problems)} problems in {len(tree.everything())} modules")
    typer.echo(f"{len(tree.modules)} modules and {len(tree.tests)} test modules: nothing to mend")


@app.command("test")
def run_tests(
    policies: Policies = None,
    overlay: Overlay = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Measure the library's lines that tests reach.")] = False,
    floor: Annotated[float, typer.Option("--floor", help="With --coverage: fail below this percentage.")] = 95.0,
    match: Annotated[str, typer.Option("--match", help="Run only tests whose package or name contains this.")] = "",
    as_json: AsJson = False,
) -> None:
    """Run every ``test_*`` rule; exit with 1 when one fails or coverage is below the floor."""
    from proxy.cli.policy import tables
    from proxy.policy.authoring import suite

    with options.refusals():
        folder, beside = options.folders(policies, overlay)
        tree = options.policy_tree(folder, beside)
        with tables.progress("testing") as advance:
            report = suite.run(
                tree, suite.folder_data(folder), coverage=coverage, match=match, ended=lambda _, total: advance(total)
            )
    short = coverage and report.coverage < floor
    if as_json:
        from proxy.cli.policy import documents

        options.print_json(documents.tests(report, tree, floor if coverage else None))
    else:
        tables.tests(report, tree)
        if coverage:
            tables.coverage(report, floor)
        typer.echo(f"{len(report.results) - len(report.failed)} of {len(report.results)} tests pass")
    if report.failed or short or not report.results:
        raise typer.Exit(1)


@app.command("eval")
def evaluate(
    document: Annotated[Path | None, typer.Argument(metavar="INPUT.json", help="An input document.")] = None,
    cases: Annotated[Path | None, typer.Option("--cases", metavar="FILE", help="Evaluate a file of cases.")] = None,
    policies: Policies = None,
    overlay: Overlay = None,
    data: Data = None,
    deadline: Annotated[
        float, typer.Option("--deadline", metavar="S", help="Longest single evaluation, seconds; then it ends with 2.")
    ] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Decide one input document, or a file of worked cases; exit with 1 unless every case passes."""
    if (document is None) == (cases is None):
        raise options.fail("give either INPUT.json or --cases FILE", 2)
    from proxy.cli.policy import tables

    if cases is not None and data is None:
        data = _beside(cases)
    with options.refusals(), options.open_evaluator(policies, overlay, data) as evaluator:
        if cases is not None:
            _judge(cases, options.bounded(evaluator, deadline), as_json)
            return
        answer = options.bounded(evaluator, deadline).decide(options.json_file(document)) if document else {}
    if as_json:
        options.print_json(answer)
    else:
        tables.decision(answer)


def _beside(path: Path) -> Path | None:
    """Return the data document that a file of cases is shipped with, and say so; None when there is none."""
    found = path.parent / _EXAMPLE_DATA
    if not found.is_file():
        return None
    typer.echo(f"data document: {found.resolve()} (choose another with --data)", err=True)
    return found


def _judge(path: Path, evaluator: Evaluator, as_json: bool) -> None:
    from dataclasses import asdict

    from proxy.cli.policy import tables
    from proxy.policy.authoring import cases

    verdicts = list(cases.judge(cases.read(path.read_bytes()), evaluator))
    failing = [verdict for verdict in verdicts if verdict.differences]
    if as_json:
        options.print_json([asdict(verdict) for verdict in verdicts])
    elif failing:
        tables.cases(failing)
    typer.echo(f"{len(verdicts) - len(failing)} of {len(verdicts)} cases pass", err=as_json)
    if failing:
        raise typer.Exit(1)


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(metavar="INPUT.json|REQUEST_ID", help="An input document, or a request.")],
    policies: Policies = None,
    overlay: Overlay = None,
    data: Data = None,
    today: Annotated[bool, typer.Option("--today", help="With a request id: by today's policies and data.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show which rules fired for each target, their citation and evidence, and which single fact would change it.

    With a request id, the question is read from the audit log and answered by the policy and the data that decided
    it; by those of today with --today, or by others that are named.
    """
    from dataclasses import asdict

    from proxy.cli.policy import kept as policy_kept
    from proxy.cli.policy import tables
    from proxy.policy.authoring import explain as explaining

    with options.refusals():
        asked = options.question(subject)
        chosen = today or bool(policies or overlay or data) or Path(subject).is_file()
        source = (None if chosen else policy_kept.decided_by(asked)) or options.policy_source(policies, overlay, data)
        with source.open() as evaluator:
            explanation = explaining.explain(asked.document, evaluator)
    if as_json:
        options.print_json(asdict(explanation))
        return
    tables.decision(explanation.decision)
    tables.remedies(explanation)


@app.command()
def scaffold(
    name: Annotated[str, typer.Argument(help="The rule's name in snake case.")],
    overlay: Annotated[
        Path, typer.Option("--overlay", metavar="DIR", help="Where the organisation's rules live.")
    ] = Path("overlay"),
    as_json: AsJson = False,
) -> None:
    """Write a new rule of the organisation's own with its twin test, ready to run and to change."""
    from proxy.policy.authoring import scaffold as scaffolding

    with options.refusals():
        rule, twin = scaffolding.write(overlay, name)
    if as_json:
        options.print_json({"rule": str(rule), "test": str(twin)})
        return
    typer.echo(f"{rule}\n{twin}\nnext: compliance-proxy policy test --overlay {overlay}")


app.command("diff")(rollout.diff)
app.command("replay")(rollout.replay)
app.command("what-if")(rollout.what_if)
app.command("shadow")(live.shadow)
app.command("activate")(live.activate)
app.command("build")(rollout.build)
app.command("verify")(rollout.verify)
