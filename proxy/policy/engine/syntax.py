"""Modules as parsed by OPA: package, rules, metadata, references. For checks, never for decisions.

``load`` loads a bundle into an engine: parse, refuse impure builtins, compile.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from proxy.policy.bundles.bundle import Bundle
from proxy.policy.engine.engine import PARSE_ERROR, EngineError, PolicyEngine
from proxy.policy.faults import BundleRefusedError
from proxy.runtime import resources

#: Builtins whose result depends on more than input and data, so that a decision could not be replayed. Those for JSON
#: schemas follow ``$ref`` to files and over the network.
IMPURE = (
    "http.send",
    "opa.runtime",
    "net.lookup_ip_addr",
    "time.now_ns",
    "rand.intn",
    "uuid.rfc4122",
    "io.jwt.decode_verify",
    "crypto.x509.parse_and_verify_certificates",
    "crypto.x509.parse_and_verify_certificates_with_options",
    "providers.aws.sign_req",
    "json.match_schema",
    "json.verify_schema",
)
#: First parts of their names. Identifiers have no escapes, so a source without any of these words uses none.
_BEGINNINGS = re.compile(rf"\b(?:{'|'.join(sorted({name.split('.')[0] for name in IMPURE}))})\b")
_PARSE = "parsed := rego.parse_module(input.name, input.source)"
#: Modules parsed in this process, by name and source: checks, tests and the search for impure builtins share them.
_PARSED: dict[tuple[str, str], Module] = {}
_MOST_PARSED = 1000
#: Reads metadata: a tenth of a check, with the loader in Python.
_PROBLEM = re.compile(r":(\d+): rego_\w+: (.*)")


class ModuleError(Exception):
    """A module does not parse. ``row`` is 1-based, 0 if unknown."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name, first row, metadata ({} for none), and the strings in it."""

    name: str
    row: int
    function: bool
    default: bool
    metadata: Mapping[str, Any] = field(default_factory=dict)
    strings: frozenset[str] = frozenset()
    tree: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)  # as OPA parses it

    @property
    def stated_id(self) -> str:
        """The id that its metadata states, "" for none."""
        custom = self.metadata.get("custom")
        return str(custom.get("rule_id") or "") if isinstance(custom, dict) else ""


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed module."""

    name: str
    package: str  # "compliance.rules.gdpr.dpa"
    rules: tuple[Rule, ...]
    imports: tuple[str, ...]
    references: frozenset[str]  # dotted, up to the first variable part
    metadata: Mapping[str, Any] = field(default_factory=dict)  # of the package
    aliases: Mapping[str, str] = field(default_factory=dict)  # name of an import to its dotted path

    def impure(self) -> tuple[str, ...]:
        """Return the impure builtins this module refers to, including by ``with``."""
        return tuple(name for name in IMPURE if name in self.references)


def maybe_impure(source: str) -> bool:
    """Whether a module may use impure builtins, without parsing it."""
    return _BEGINNINGS.search(source) is not None


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def _dotted(terms: list[Mapping[str, Any]]) -> str:
    parts: list[str] = []
    for term in terms:
        if term.get("type") != ("string" if parts else "var"):
            break
        parts.append(str(term["value"]))
    return ".".join(parts)


def _alias(imported: Mapping[str, Any]) -> tuple[str, str]:
    path = _dotted(imported["path"]["value"])
    return imported.get("alias") or path.split(".")[-1], path


def _references(tree: Any) -> frozenset[str]:
    return frozenset(_dotted(node["value"]) for node in _nodes(tree) if node.get("type") == "ref")


def _strings(tree: Any) -> frozenset[str]:
    return frozenset(node["value"] for node in _nodes(tree) if node.get("type") == "string")


def _blocks(comments: list[Mapping[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """Return (last row, metadata) of each METADATA comment block."""
    rows = [(c["Location"]["row"], base64.b64decode(c["Text"]).decode()) for c in comments]
    blocks: list[tuple[int, dict[str, Any]]] = []
    gathered: list[str] | None = None
    last = 0
    for row, text in [*rows, (-1, "")]:
        if gathered is not None and row != last + 1:
            blocks.append((last, _yaml(gathered)))
            gathered = None
        if text.strip() == "METADATA":
            gathered = []
        elif gathered is not None:
            gathered.append(text)
        last = row
    return blocks


def _yaml(lines: list[str]) -> dict[str, Any]:
    try:
        loaded = resources.parsed("\n".join(lines))
    except yaml.YAMLError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _rows(source: list[str], names: list[tuple[str, bool]]) -> list[int]:
    """Return each rule's first line: rules are in source order and begin in the first column."""
    rows, cursor = [], 0
    for name, default in names:
        pattern = re.compile(rf"{'default ' if default else ''}{re.escape(name)}(?![\w])")
        row = next((i for i in range(cursor, len(source)) if pattern.match(source[i])), None)
        rows.append(0 if row is None else row + 1)
        cursor = cursor if row is None else row + 1
    return rows


def _attached(blocks: list[tuple[int, dict[str, Any]]], source: list[str], row: int) -> dict[str, Any]:
    for last, metadata in blocks:
        if last < row and not any(line.strip() and not line.startswith("#") for line in source[last : row - 1]):
            return metadata
    return {}


def _head_name(head: Mapping[str, Any]) -> str:
    return _dotted(head["ref"]) if head.get("ref") else str(head["name"])


def _module_error(message: str) -> ModuleError:
    match = _PROBLEM.search(message)
    return ModuleError(int(match.group(1)), match.group(2)) if match else ModuleError(0, "does not parse")


class RegoParser:
    """OPA's parser, in an engine without modules; see ``engine.py`` for where it may be loaded."""

    def __init__(self) -> None:
        self._engine = PolicyEngine({}, {})

    def close(self) -> None:
        """Free the engine."""
        self._engine.close()

    def parse(self, name: str, source: str) -> Module:
        """Parse one module, once in a process.

        Raises:
            ModuleError: it does not parse.

        """
        cached = _PARSED.get((name, source))
        if cached is None:
            cached = self._parsed(name, source)
            if len(_PARSED) < _MOST_PARSED:
                _PARSED[name, source] = cached
        return cached

    def _parsed(self, name: str, source: str) -> Module:
        try:
            tree = self._engine.query(_PARSE, {"name": name, "source": source})[0]["parsed"]
        except (EngineError, IndexError) as error:
            raise _module_error(str(error)) from error
        lines = source.splitlines()
        blocks = _blocks(tree.get("comments") or [])
        heads = [(_head_name(r["head"]).split(".")[0], bool(r.get("default"))) for r in tree.get("rules") or ()]
        rows = _rows(lines, heads)
        rules = tuple(
            Rule(
                name=_head_name(rule["head"]),
                row=row,
                function="args" in rule["head"],
                default=bool(rule.get("default")),
                metadata=_attached(blocks, lines, row),
                strings=_strings(rule),
                tree=rule,
            )
            for rule, row in zip(tree.get("rules") or (), rows, strict=True)
        )
        package_row = next((i for i, line in enumerate(lines, 1) if line.startswith("package ")), 0)
        return Module(
            name=name,
            package=_dotted(tree["package"]["path"]).removeprefix("data."),
            rules=rules,
            imports=tuple(_dotted(item["path"]["value"]) for item in tree.get("imports") or ()),
            references=_references(tree.get("rules") or ()),
            metadata=_attached(blocks, lines, package_row),
            aliases=dict(map(_alias, tree.get("imports") or ())),
        )


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
