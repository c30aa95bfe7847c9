"""``policy check``: the checks, then the decisions, then warnings for the author."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proxy.cli.policy import options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxy.policy.authoring.check import Problem
    from proxy.policy.bundles.tree import Tree
    from proxy.policy.engine.syntax import Module

#: The module that decides; a tree without it (an overlay alone) decides nothing.
_MAIN = "main.rego"


def checked(
    policies: Path | None, overlay: Path | None, data: Path | None
) -> tuple[Tree, list[Problem], list[Problem]]:
    """Return the tree, its problems and its warnings; nothing is decided without a readable catalog or ``data``.

    Raises:
        BundleRefusedError: the tree cannot be read.


    """
    from datetime import UTC, datetime

    from proxy.catalog import vocabulary
    from proxy.core.decision import lawbook
    from proxy.errors import ConfigurationError, RegistryUnavailableError
    from proxy.policy.authoring import matrix, vacuous
    from proxy.policy.authoring.advice import advice
    from proxy.policy.authoring.check import Problem, check
    from proxy.policy.authoring.suite import folder_data

    folder, overlay_dir = options.folders(policies, overlay)
    tree = options.policy_tree(folder, overlay_dir)
    problems = check(tree)
    features: frozenset[str] = frozenset()
    try:
        if data is None:
            catalog = options.installed(folder)
            document, features = dict(catalog.data_document), catalog.features
        else:
            document = options.policy_data(data, folder)
    except (ConfigurationError, RegistryUnavailableError, OSError):
        if data is not None:
            raise
        return tree, problems, []
    due = matrix.stale(lawbook.completed(document, tree.law), datetime.now(UTC).date())
    warnings = [
        *advice(tree, document, vocabulary.country_or_part, features),
        *(Problem("", 0, "law_stale", f"{law}: {why}") for law, why in due),
    ]
    if not problems:
        problems = vacuous.problems(tree, folder_data(folder))
    if not problems and "package compliance\n" in tree.modules.get(_MAIN, ""):
        problems, effects = tried(tree, document)
        warnings += effects
    return tree, problems, warnings


@functools.cache
def library(policies: Path | None) -> Mapping[str, Module]:
    """Return the modules of the library, parsed."""
    from proxy.policy.authoring.check import parsed

    folder, _ = options.folders(policies, None)
    return parsed(options.policy_tree(folder, None).library().everything())[0]


def drafted(policies: Path | None, overlay: Path | None) -> tuple[Tree, list[Problem]]:
    """Return the tree, and what its overlay shows while it is written.

    Raises:
        BundleRefusedError: the tree cannot be read.

    """
    from proxy.policy.authoring.check import draft

    tree = options.policy_tree(*options.folders(policies, overlay))
    return tree, draft(tree, library(policies))


def tried(tree: Tree, document: Mapping[str, Any]) -> tuple[list[Problem], list[Problem]]:
    """Return why the tree would not be activated with the document, and warnings about what its rules do."""
    import tempfile
    from datetime import UTC, datetime

    from proxy.core.decision import lawbook
    from proxy.policy.activation import proof
    from proxy.policy.authoring import trial
    from proxy.policy.authoring.advice import parsed
    from proxy.policy.bundles import bundle
    from proxy.policy.decision import grid
    from proxy.policy.faults import BundleRefusedError
    from proxy.runtime.clock import timestamp
    from proxy.settings import Settings

    document = lawbook.completed(document, tree.law)
    now, modules = timestamp(datetime.now(UTC).timestamp()), parsed(tree)
    inputs = trial.inputs(modules, document, now)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "candidate.tar.gz"
        try:
            path.write_bytes(bundle.build(tree, document)[1])
            proof.prove(path, None, proof.ProofTerms(Settings().policy_deadline_s, inputs), now)
        except BundleRefusedError as error:
            return [_problem(error.reason, line) for line in error.detail.splitlines()], []
    asked = trial.asked(tree, document, [*grid.questions(document, now), *inputs])
    return [], trial.effects(modules, document, asked)


def _problem(reason: str, line: str) -> Problem:
    from proxy.policy.authoring.check import Problem

    module = re.match(r"(\S+\.rego):(\d+): ", line)
    return Problem(module[1], int(module[2]), reason, line[module.end() :]) if module else Problem("", 0, reason, line)
