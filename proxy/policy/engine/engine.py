"""The packaged OPA engine behind one small class.

The engine is OPA itself, built as a shared library (package ``opa-golib-python-bindings``, module ``opa_bindings``). It
deadlocks in a process forked after loading it, and an evaluation cannot be cancelled, so load it only in a dedicated
process: a command line, a spawned child, or ``proxy.policy.engine.server``. Its C interface is called directly, with
orjson on both sides, because the package's own class spends a multiple of that on JSON alone.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import mmap
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from proxy.errors import ConfigurationError

#: The command that installs the packaged engine.
ADD_ENGINE = "compliance-proxy install-engine"
_VERSION = re.compile(rb"github\.com/open-policy-agent/opa\tv(\d+\.\d+\.\d+)")
#: Most distinct queries an engine keeps compiled; more means that a caller builds queries from requests.
MAX_QUERIES = 10_000
#: OPA's own code for a module that does not parse.
PARSE_ERROR = "parse_error"
#: The code of modules or a query that do not compile.
COMPILE_ERROR = "prepare_error"


class EngineError(Exception):
    """OPA refused a module, the data or an evaluation. ``code`` is OPA's (parse_error, eval_error ...)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UndefinedError(EngineError):
    """The document at this path is undefined."""

    def __init__(self, path: str) -> None:
        super().__init__("undefined", f"{path} is undefined")


@dataclass(frozen=True, slots=True)
class LineCoverage:
    """The covered and the coverable lines of one module."""

    covered: frozenset[int] = frozenset()
    coverable: frozenset[int] = frozenset()

    def __or__(self, other: LineCoverage) -> LineCoverage:
        return LineCoverage(self.covered | other.covered, self.coverable | other.coverable)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation: its value, its prints and, if requested, the lines it covered by module."""

    value: Any
    prints: tuple[str, ...] = ()
    lines: Mapping[str, LineCoverage] = field(default_factory=dict)


def available() -> bool:
    """Whether the packaged engine is installed, without loading it."""
    return importlib.util.find_spec("opa_bindings") is not None


@functools.cache
def version() -> str:
    """Return "opa-embedded/<OPA version>", read from the library's build information without loading it."""
    spec = importlib.util.find_spec("opa_bindings")
    if spec is None or spec.origin is None:
        return "opa-embedded/absent"
    with (Path(spec.origin).parent / "libopabridge.so").open("rb") as library:
        match = _VERSION.search(mmap.mmap(library.fileno(), 0, access=mmap.ACCESS_READ))
    return f"opa-embedded/{match.group(1).decode() if match else 'unknown'}"


@functools.cache
def _library() -> Any:
    if not available():
        raise ConfigurationError(f"no policy engine is installed: {ADD_ENGINE} (or set OPA_BIN or OPA_URL)")
    from opa_bindings import _native  # noqa: PLC0415  loading starts the Go runtime

    return _native.load()


def reference(path: str) -> str:
    """Return the Rego reference for a REST path ("compliance/decision"), safe for every segment."""
    return "data" + "".join(f"[{orjson.dumps(part).decode()}]" for part in path.split("/") if part)


def _lines(spans: Iterable[Mapping[str, Any]]) -> frozenset[int]:
    return frozenset(row for span in spans for row in range(span["start"]["row"], span["end"]["row"] + 1))


def _coverage(report: Mapping[str, Any] | None) -> dict[str, LineCoverage]:
    lines = {}
    for name, file in ((report or {}).get("files") or {}).items():
        covered = _lines(file.get("covered") or ())
        lines[name] = LineCoverage(covered, covered | _lines(file.get("not_covered") or ()))
    return lines


class PolicyEngine:
    """OPA with one set of modules and one data document, both fixed for its lifetime.

    Evaluations of one engine run one at a time. ``close`` frees the Go side. OPA compiles everything anew for each
    query, so ``path`` names a REST path to compile with the modules; "" compiles the modules alone, None leaves them to
    the first query.

    Raises:
        EngineError: a module does not parse or compile, or the data cannot be merged.

    """

    def __init__(
        self,
        modules: Mapping[str, str],
        data: Mapping[str, Any],
        *,
        path: str | None = "",
        max_queries: int = MAX_QUERIES,
    ) -> None:
        self._max_queries = max_queries
        self._library = _library()
        self._handle: int = self._library.OpaNew()
        self._queries: set[str] = set()
        try:
            for name, source in sorted(modules.items()):
                self._call(self._library.OpaAddPolicy, _text(name), _text(source))
            if data:
                self._call(self._library.OpaAddData, b"", orjson.dumps(data))
            if path is not None:
                self._compile(path)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Free the engine."""
        handle, self._handle = self._handle, 0
        if handle:
            self._library.OpaDestroy(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _compile(self, path: str) -> None:
        """Compile all modules, and the query for a path; what it evaluates to for an empty input is discarded."""
        if not path:
            self.query("true")
            return
        try:
            self.evaluate(path, b"{}")
        except EngineError as error:
            if error.code == COMPILE_ERROR:
                raise

    def evaluate(self, path: str, document: bytes) -> Any:
        """Return the value at a REST path ("compliance/decision") for an input as JSON.

        Raises:
            UndefinedError: the path is undefined for this input.
            EngineError: the evaluation failed, for example because complete rules conflict.

        """
        return self.run(path, document).value

    def run(self, path: str, document: bytes = b"", *, coverage: bool = False) -> Evaluation:
        """Evaluate like ``evaluate``, with prints and, if requested, coverage."""
        query = reference(path)
        envelope = self._evaluate(query, document, coverage=coverage)
        results = envelope.get("result")
        if not results:
            raise UndefinedError(path)
        prints = tuple(f"{p['location']}: {p['message']}" for p in envelope.get("prints") or ())
        return Evaluation(results[0]["expressions"][0]["value"], prints, _coverage(envelope.get("coverage")))

    def together(
        self, paths: Iterable[str], *, coverage: bool = False
    ) -> tuple[dict[str, Any], Mapping[str, LineCoverage]]:
        """Evaluate many paths in one query; return the defined values by path, and the covered lines.

        OPA compiles everything per query, which costs more than most evaluations.

        Raises:
            EngineError: the evaluation of one of them failed.

        """
        pairs = ", ".join(f"{orjson.dumps(path).decode()}: [v | v := {reference(path)}]" for path in paths)
        bindings, lines = self.covered(f"found := {{{pairs}}}", coverage=coverage)
        return {path: values[0] for path, values in bindings["found"].items() if values}, lines

    def covered(
        self, text: str, document: Any = None, *, coverage: bool = True
    ) -> tuple[dict[str, Any], Mapping[str, LineCoverage]]:
        """Return a query's only result, and the lines that it reached by module; errors as ``query``."""
        encoded = b"" if document is None else orjson.dumps(document)
        envelope = self._evaluate(text, encoded, coverage=coverage)
        return envelope["result"][0]["bindings"], _coverage(envelope.get("coverage"))

    def query(self, text: str, document: Any = None) -> list[dict[str, Any]]:
        """Run any query; return the variable bindings of each result.

        Raises:
            EngineError: the query does not compile or its evaluation failed.

        """
        encoded = b"" if document is None else orjson.dumps(document)
        return [result.get("bindings") or {} for result in self._evaluate(text, encoded).get("result") or ()]

    def _evaluate(self, query: str, document: bytes, *, coverage: bool = False) -> dict[str, Any]:
        if query not in self._queries:
            if len(self._queries) >= self._max_queries:
                raise EngineError("too_many_queries", "this engine has compiled too many different queries")
            self._queries.add(query)
        return self._call(self._library.OpaEvalQuery, _text(query), document, int(coverage), 0)

    def _call(self, function: Any, *arguments: Any) -> dict[str, Any]:
        if not self._handle:
            raise EngineError("closed", "the engine has been closed")
        pointer = function(self._handle, *arguments)
        if not pointer:
            raise EngineError("internal", "the engine returned nothing")
        try:
            raw = ctypes.string_at(pointer)
        finally:
            self._library.OpaFreeString(pointer)
        envelope: dict[str, Any] = orjson.loads(raw)
        error = envelope.get("error")
        if error is not None:
            raise EngineError(error.get("code", "unknown"), error.get("message", ""))
        return envelope


def _text(value: str) -> bytes:
    if "\0" in value:
        raise EngineError("invalid_argument", "a string holds a NUL character")
    return value.encode()
