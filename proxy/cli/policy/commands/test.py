"""Runs every rule named `test_*`.

The tree is loaded as `opa test FOLDER` loads it (JSON files in `data` under their folder's path). The library's tests
run without the overlay, because they state the law; the overlay's run with both. `--match` runs only tests whose
package or name contains a text. `--coverage` measures which lines of the library the tests reach, lists the worst
files with the lines not reached, and fails below `--floor` (95). A test that does not end ends the command once it has
used `--patience` seconds (60) of processor time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.policy import options
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Overlay, Policies
from proxy.cli.policy.patience import bounded

if TYPE_CHECKING:
    from proxy.policy.authoring.suite import PolicyTestReport
    from proxy.policy.bundles.tree import Tree


_ENDLESS = "no test has ended in {:g} s of processor time: one does not end; find it with --match, or raise --patience"


def command(
    policies: Policies = None,
    overlay: Overlay = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Measure the library's lines that tests reach.")] = False,
    floor: Annotated[float, typer.Option("--floor", help="With --coverage: fail below this percentage.")] = 95.0,
    match: Annotated[str, typer.Option("--match", help="Run only tests whose package or name contains this.")] = "",
    patience: Annotated[float, typer.Option("--patience", help="Most processor time without an end, seconds.")] = 60.0,
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
    least = floor if coverage else None
    passed = bool(report.results) and not report.failed and (least is None or report.coverage >= least)
    return Answer(documents.tests(report, tree, least), lambda: _show(report, tree, least), passed)


def _show(report: PolicyTestReport, tree: Tree, floor: float | None) -> None:
    from proxy.cli.policy import tables

    tables.tests(report, tree)
    if floor is not None:
        tables.coverage(report, floor)
    typer.echo(f"{len(report.results) - len(report.failed)} of {len(report.results)} tests pass")
