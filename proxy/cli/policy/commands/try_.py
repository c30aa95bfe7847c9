"""Asks the organisation's own rules about recorded inputs: how often each applies, and to which exchanges.

Library and gates are left out of it, so a rule counts where something else refuses too. A rule that applies to nothing
recorded is listed with 0, with the line that is never met. Compare whole decisions with `policy replay`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxy.cli.policy import options, recordings
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data, Overlay
from proxy.cli.policy.recordings import Inputs, Since

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proxy.policy.authoring.trial import RuleUse
    from proxy.policy.bundles.tree import Tree


def command(inputs: Inputs = None, since: Since = None, overlay: Overlay = None, data: Data = None) -> Answer:
    """Ask your own rules about recorded, value-free inputs: how often each applies, and to what."""
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
