"""Loads a bundle into an engine: parse, refuse impure builtins, compile."""

from __future__ import annotations

from collections.abc import Mapping

from proxy.policy.bundles.bundle import Bundle
from proxy.policy.engine.engine import PARSE_ERROR, EngineError, PolicyEngine
from proxy.policy.engine.syntax import ModuleError, RegoParser, maybe_impure
from proxy.policy.faults import BundleRefusedError

#: Distinct paths that a serving engine evaluates; a caller needs one or two.
MAX_PATHS = 64


def load(bundle: Bundle, path: str = "") -> PolicyEngine:
    """Return an engine for the bundle, ready to be asked for a REST path.

    Raises:
        BundleRefusedError: a module does not parse, uses an impure builtin, or they do not compile together.

    """
    refuse_impure(bundle.modules)
    try:
        return PolicyEngine(bundle.modules, bundle.data, path=path, max_queries=MAX_PATHS)
    except EngineError as error:
        raise refused(error) from error


def refused(error: EngineError) -> BundleRefusedError:
    """Return why a policy cannot be loaded: it does not parse, or does not compile."""
    return BundleRefusedError("does_not_parse" if error.code == PARSE_ERROR else "does_not_compile", str(error))


def refuse_impure(modules: Mapping[str, str]) -> None:
    """Refuse modules with impure builtins before they are evaluated.

    Raises:
        BundleRefusedError: a module uses an impure builtin, or might and does not parse.

    """
    parser = RegoParser()
    try:
        for name, source in sorted((name, source) for name, source in modules.items() if maybe_impure(source)):
            try:
                module = parser.parse(name, source)
            except ModuleError as error:
                raise BundleRefusedError("does_not_parse", f"{name}:{error.row}: {error}") from error
            if impure := module.impure():
                raise BundleRefusedError("impure_builtin", f"{name} uses {', '.join(impure)}")
    finally:
        parser.close()
