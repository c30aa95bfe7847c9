"""Decides documents with a policy and a data document in this process, for the command line and tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from proxy.policy.bundles import bundle, tree
from proxy.policy.bundles.bundle import PATH
from proxy.policy.engine import syntax
from proxy.policy.engine.engine import EngineError, LineCoverage, PolicyEngine, UndefinedError

#: The parts of the data document that hold evidence, replaced for one evaluation.
_PARTS = ("targets", "tenants", "activities", "exceptions")
_OVER = f"decision := data.{PATH.replace('/', '.')} with input as input.document" + "".join(
    f" with data.{part} as input.data.{part}" for part in _PARTS
)


class Evaluator:
    """A policy and its data.

    Raises:
        BundleRefusedError: the policy cannot be loaded.

    """

    def __init__(self, policies: tree.Tree, data: Mapping[str, Any]) -> None:
        self._policies = policies
        #: Entered around each evaluation, to end the process if it takes too long: it cannot be cancelled.
        self.bound: Callable[[], AbstractContextManager[object]] = nullcontext
        self.revision, files = bundle.contents(policies, data)
        self.data: dict[str, Any] = orjson.loads(files[bundle.DATA])
        try:
            self._engine = PolicyEngine(policies.modules, self.data)
        except EngineError as error:
            raise syntax.refused(error) from error

    @classmethod
    def open(cls, path: Path, overlay: Path | None, data: Mapping[str, Any] | None) -> Evaluator:
        """Open a folder of Rego with ``data``, or a bundle file with its own data (or ``data`` instead).

        Raises:
            BundleRefusedError: it is neither, or cannot be loaded.

        """
        if path.is_file():
            packed = bundle.read(path)
            syntax.refuse_impure(packed.modules)
            return cls(tree.Tree(packed.modules, law=packed.data), packed.data if data is None else data)
        policies = tree.read(path, overlay)
        syntax.refuse_impure(policies.modules)
        return cls(policies, data or {})

    def over(self, data: Mapping[str, Any]) -> Evaluator:
        """Return an evaluator of the same policy over other data."""
        other = Evaluator(self._policies, data)
        other.bound = self.bound
        return other

    def decide(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the decision document.

        Raises:
            EngineError: undefined, conflicting, or not an object.

        """
        answer = self.raw(orjson.dumps(document))
        if not isinstance(answer, dict):
            raise EngineError("wrong_shape", "the decision is not an object")
        return answer

    def raw(self, document: bytes) -> Any:
        """Return the unchecked value at the decision's path for an input as JSON; errors as ``decide``."""
        with self.bound():
            return self._engine.evaluate(PATH, document)

    def decide_over(self, document: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outcome with the evidence of another data document in place of this policy's own."""
        try:
            bindings = self._engine.query(_OVER, {"document": document, "data": data})
        except EngineError as error:
            return unavailable(error.code)
        answer = bindings[0].get("decision") if bindings else None
        return answer if isinstance(answer, dict) else unavailable("undefined")

    def outcome(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the decision document, or the proxy's refusal if there is none."""
        try:
            return self.decide(document)
        except UndefinedError:
            return unavailable("undefined")
        except EngineError as error:
            return unavailable(error.code)

    @property
    def modules(self) -> Mapping[str, str]:
        """The policy's modules, name to source."""
        return self._policies.modules

    def query(self, text: str, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the variable bindings of each result of a query; errors as ``decide``."""
        with self.bound():
            return self._engine.query(text, document)

    def covered(self, text: str, document: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, LineCoverage]]:
        """Return a query's only result, and the lines that it reached by module; errors as ``decide``."""
        return self._engine.covered(text, document)

    def close(self) -> None:
        """Free the engine."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def unavailable(reason: str) -> dict[str, Any]:
    """Return the enforcement point's refusal without a decision: nothing is permitted, HTTP 503."""
    return {
        "effect": "deny",
        "action": "block",
        "selected_target": None,
        "targets": [],
        "block_codes": ["POLICY_UNAVAILABLE"],
        "reasons": [{"code": "POLICY_UNAVAILABLE", "rule_id": f"pep.{reason}", "effect": "deny", "target": None}],
        "http_status": 503,
    }
