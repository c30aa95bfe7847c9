"""The organisation's own rules: begun, compiled, tried, and checked by an editor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.policy import options, recordings
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data, Overlay
from proxy.cli.policy.recordings import Inputs, Since

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proxy.policy.authoring.trial import RuleUse
    from proxy.policy.bundles.tree import Tree


def compile_rules(
    file: Annotated[Path, typer.Argument(metavar="NAME.yaml", exists=True, dir_okay=False, help="The rules.")],
    twin: Annotated[bool, typer.Option("--twin", help="Print the twin test instead of the module.")] = False,
) -> Answer:
    """Print the Rego that a file of rules in YAML stands for, or its twin test.

    The overlay's `NAME.yaml` is package `org.NAME`: every command that reads an overlay compiles it by itself. To go on
    in Rego, save both and delete the YAML.
    """
    from proxy.policy.forms.reading import compiled

    module, test = compiled(file.stem, file.read_text(encoding="utf-8"), str(file))
    return Answer({"module": module, "test": test}, lambda: typer.echo(test if twin else module, nl=False))


def write_rule(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The rule's name in snake case.")],
    overlay: Annotated[
        Path, typer.Option("--overlay", metavar="DIR", help="Where the organisation's rules live.")
    ] = Path("overlay"),
) -> Answer:
    """Write a new rule of the organisation with its twin test, ready to run and to change.

    The rule is `DIR/NAME/NAME.rego` in package `org.NAME` (default folder `overlay`).
    """
    from proxy.policy.authoring import scaffold

    rule, twin = scaffold.write(overlay, name)
    lines = f"{rule}\n{twin}\nnext: compliance-proxy policy test --overlay {overlay}"
    return Answer({"rule": str(rule), "test": str(twin)}, lambda: typer.echo(lines))


def write_schemas(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Where the organisation's rules live.")] = None,
) -> Answer:
    """Write what an editor needs to check your rules into their folder (default: the configured one, else `overlay`).

    `schemas/input.json` and `schemas/data/SECTION.json` are JSON schemas of what a rule may ask. With the annotations
    that it prints above a package, `opa check --schema DIR/schemas DIR POLICIES` and editors (the language servers of
    OPA and Regal) refuse a reference to what cannot be. `.regal/config.yaml` is written where there is none.
    `policy check` checks the same, and closed words, without either.
    """
    from proxy.policy.authoring import editor

    configured = options.folders(None, None)[1]
    written = [str(path) for path in editor.write(folder or configured or Path("overlay"))]
    lines = [*written, "", "above the package of each rule:", "", editor.package_metadata()]
    return Answer({"written": written, "annotations": editor.package_metadata()}, lambda: typer.echo("\n".join(lines)))


def try_rules(inputs: Inputs = None, since: Since = None, overlay: Overlay = None, data: Data = None) -> Answer:
    """Ask your own rules about recorded, value-free inputs: how often each applies, and to which exchanges.

    Library and gates are left out of it, so a rule counts where something else refuses too. A rule that applies to
    nothing recorded is listed with 0, with the line that is never met. Compare whole decisions with `policy replay`.
    """
    from proxy.cli.policy import documents
    from proxy.core.decision import lawbook
    from proxy.policy.authoring import trial
    from proxy.policy.authoring.advice import parsed

    recorded = recordings.read(inputs, since)
    folder, overlay_dir = options.folders(None, overlay)
    tree = options.policy_tree(folder, overlay_dir)
    document = lawbook.completed(options.policy_data(data, folder), tree.law)
    answers = trial.asked(tree, document, [each.document for each in recorded])
    used = trial.uses(parsed(tree), answers, [each.exchange or each.id for each in recorded])
    return Answer(documents.uses(used, len(recorded), tree), lambda: _show(used, len(recorded), tree))


def _show(used: Sequence[RuleUse], total: int, tree: Tree) -> None:
    from proxy.cli.policy import tables

    rows = tables.table(f"own rules on {total} recorded inputs", "rule", "at", "applies", "for example")
    for use in used:
        rows.add_row(use.rule, tree.where(use.module, use.row), str(use.count), tables.words(list(use.samples)))
    tables.printed(rows)


COMMANDS = {
    "compile": compile_rules,
    "scaffold": write_rule,
    "schemas": write_schemas,
    "try": try_rules,
}
