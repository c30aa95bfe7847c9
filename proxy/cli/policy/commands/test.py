"""Runs every rule named `test_*`.

The tree is loaded as `opa test FOLDER` loads it (JSON files in `data` under their folder's path). The library's tests
run without the overlay, because they state the law; the overlay's run with both. `--match` runs only tests whose
package or name contains a text. `--coverage` measures which lines of the library, and of the overlay, the tests
reach, lists the worst files with the lines not reached, and fails if either is below `--floor` (95). `--mutants` leaves
out each rule of the overlay, and each condition, in turn, and fails if all tests of the overlay pass without it. A test
that does not end ends the command once it has used `--patience` seconds (60) of processor time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.policy import options
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Overlay, Policies
from proxy.cli.policy.recordings import bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from proxy.policy.authoring.mutants import Mutant
    from proxy.policy.authoring.suite import PolicyTestReport
    from proxy.policy.bundles.tree import Tree


_ENDLESS = "no test has ended in {:g} s of processor time: one does not end; find it with --match, or raise --patience"


def command(
    policies: Policies = None,
    overlay: Overlay = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Measure the library's lines that tests reach.")] = False,
    floor: Annotated[float, typer.Option("--floor", help="With --coverage: fail below this percentage.")] = 95.0,
    mutants: Annotated[bool, typer.Option("--mutants", help="Leave out each own rule and condition in turn.")] = False,
    match: Annotated[str, typer.Option("--match", help="Run only tests whose package or name contains this.")] = "",
    patience: Annotated[float, typer.Option("--patience", help="CPU-time limit of each test, in seconds.")] = 60.0,
) -> Answer:
    """Run every ``test_*`` rule; exit with 1 when one fails or coverage is below the floor."""
    from proxy.cli.policy import documents, tables
    from proxy.policy.authoring import suite

    folder, overlay_dir = options.folders(policies, overlay)
    tree = options.policy_tree(folder, overlay_dir)
    with tables.progress("testing") as advance, bounded(patience, _ENDLESS.format(patience)) as ended:

        def seen(_: object, total: int) -> None:
            ended()
            advance(total)

        report = suite.run(tree, suite.folder_data(folder), coverage=coverage, match=match, ended=seen)
        judged = _judged(tree, suite.folder_data(folder), seen) if mutants and not report.failed else []
    least = floor if coverage else None
    passed = bool(report.results) and not report.failed and (least is None or report.least() >= least)
    passed &= not any(survives for _, survives in judged)
    document = documents.tests(report, tree, least) | ({"mutants": documents.mutants(judged, tree)} if mutants else {})
    return Answer(document, lambda: _show(report, tree, least, judged), passed)


def _judged(tree: Tree, data: Mapping[str, Any], seen: Callable[[object, int], None]) -> list[tuple[Mutant, bool]]:
    from proxy.policy.authoring import mutants

    chosen = list(mutants.mutants(tree))
    judged = []
    for each in mutants.survivors(tree, data, chosen):
        judged.append(each)
        seen(each, len(chosen))
    return judged


def _show(report: PolicyTestReport, tree: Tree, floor: float | None, judged: Sequence[tuple[Mutant, bool]]) -> None:
    from proxy.cli.policy import tables

    tables.tests(report, tree)
    if floor is not None:
        tables.coverage(report, floor)
    if judged:
        tables.mutants(judged, tree)
    typer.echo(f"{len(report.results) - len(report.failed)} of {len(report.results)} tests pass")
