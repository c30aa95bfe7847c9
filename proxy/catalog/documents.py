"""The catalog's written form: three YAML files and a folder of rules, or one document.

The document is ``{registry, endpoints, routes}``, with ``rules`` if the organisation has rules of its own (path -> text
of a Rego or YAML file). It keeps the written order of its keys; its revision is a digest that does not depend on it.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson
import yaml
from pydantic import BaseModel, ValidationError

from proxy.catalog.endpoints import Endpoints, TargetEndpoint
from proxy.catalog.models import RegistryDocument, RouteEntry, Routes
from proxy.core import nearest
from proxy.errors import ConfigurationError
from proxy.runtime.resources import listed

_REVISION_DIGITS = 20
FILES = ("registry", "endpoints", "routes")
RULES = "rules"
SECTIONS = (*FILES, RULES)
_RULE = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*\.(?:rego|yaml)")
_MOST_RULES = 1 << 20  # characters of all rules together
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Documents:
    """A validated catalog with its plain JSON form and its revision: 20 hex digits of that form's SHA-256."""

    registry: RegistryDocument
    endpoints: Mapping[str, TargetEndpoint]
    routes: tuple[RouteEntry, ...]
    plain: Mapping[str, Any]
    revision: str
    rules: Mapping[str, str] = field(default_factory=dict)


def revision_of(plain: Mapping[str, Any]) -> str:
    """Return the revision of a document of JSON values."""
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()[:_REVISION_DIGITS]


def check(document: Mapping[str, Any]) -> Documents:
    """Validate a document.

    Raises:
        ConfigurationError: something is missing, unknown, null or of the wrong type; the message begins with the path.

    """
    unknown = sorted(str(key) for key in document if key not in SECTIONS)
    if unknown:
        raise ConfigurationError(f"{unknown[0]}: a registry document consists of {', '.join(SECTIONS)}")
    endpoints = {"endpoints": document["endpoints"]} if "endpoints" in document else {}
    routes = {"routes": document["routes"]} if "routes" in document else {}
    return _checked(
        valid(document.get("registry", {}), RegistryDocument, ""),
        valid(endpoints, Endpoints, ""),
        valid(routes, Routes, ""),
        _rules(document.get(RULES, {})),
    )


def read(config_dir: Path) -> Documents:
    """Read and validate ``registry.yaml``, ``endpoints.yaml``, ``routes.yaml`` and the folder ``rules`` if it exists.

    Raises:
        ConfigurationError: a file is missing or not valid; the message names the file and the path in it.

    """
    return _checked(
        file(config_dir / "registry.yaml", RegistryDocument),
        file(config_dir / "endpoints.yaml", Endpoints),
        file(config_dir / "routes.yaml", Routes),
        _rules(sources(config_dir / RULES)),
        config_dir / "routes.yaml",
    )


def sources(folder: Path) -> dict[str, str]:
    """Return the rules of a folder, path -> text; none without the folder. Hidden files are not rules.

    Raises:
        ConfigurationError: a file is not UTF-8.

    """
    texts: dict[str, str] = {}
    for name, path in listed(folder, ".rego", ".yaml"):
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"{path} is not UTF-8") from error
    return texts


def _rules(section: Any) -> dict[str, str]:
    """Return the rules of a document.

    Raises:
        ConfigurationError: no texts by path, or too many; a line for each fault.

    """
    if not isinstance(section, Mapping) or not all(isinstance(text, str) for text in section.values()):
        raise ConfigurationError(f"{RULES}: expected path: text, such as 'night/night.rego: package org.night ...'")
    odd = [name for name in section if not isinstance(name, str) or not _RULE.fullmatch(name)]
    if odd:
        faults = (f"{RULES}: '{name}' is not the path of a .rego or .yaml file below a folder" for name in odd)
        raise ConfigurationError("\n".join(faults))
    if sum(map(len, section.values())) > _MOST_RULES:
        raise ConfigurationError(f"{RULES}: more than {_MOST_RULES} characters")
    return dict(section)


def write(plain: Mapping[str, Any], config_dir: Path) -> None:
    """Write the files, so that reading them yields the same revision.

    Raises:
        OSError: the folder cannot be written.

    """
    config_dir.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        content = plain[name] if name == "registry" else {name: plain[name]}
        (config_dir / f"{name}.yaml").write_text(yaml_text(content), encoding="utf-8")
    for name, text in plain.get(RULES, {}).items():
        path = config_dir / RULES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def yaml_text(content: Any) -> str:
    """Return a JSON value as YAML, in its own order."""
    return str(yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))


def value(text: str) -> Any:
    """Parse one YAML (or JSON) value.

    Raises:
        ConfigurationError: it is neither.

    """
    try:
        return yaml.load(text, Loader=_ValueLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise ConfigurationError(f"the value is not valid YAML or JSON: {error}") from error


def _checked(
    registry: RegistryDocument,
    endpoints: Endpoints,
    routes: Routes,
    rules: Mapping[str, str],
    routes_file: Path | None = None,
) -> Documents:
    faults = [
        str(at(routes_file, loc, fault)) if routes_file is not None else f"{'.'.join(map(str, loc))}: {fault}"
        for loc, fault in _route_faults(registry, endpoints, routes)
    ]
    if faults:
        raise ConfigurationError("\n".join(faults))
    plain = {
        "registry": dumped(registry),
        "endpoints": dumped(endpoints)["endpoints"],
        "routes": dumped(routes)["routes"],
        **({RULES: dict(rules)} if rules else {}),
    }
    return Documents(registry, endpoints.endpoints, tuple(routes.routes), plain, revision_of(plain), rules)


def _route_faults(
    registry: RegistryDocument, endpoints: Endpoints, routes: Routes
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield path and message of each target of a route without an address, and of tenants of canaries without entry."""

    def unknown(kind: str, name: str, names: Mapping[str, Any], file: str) -> str:
        return f"{kind} '{name}' has no entry in {file}{nearest.hint(name, names)}"

    for number, route in enumerate(routes.routes):
        for split in route.splits:
            loc: tuple[str | int, ...] = ("routes", number) if split is route else ("routes", number, "former")
            new = split.canary
            named: list[tuple[tuple[str | int, ...], str]]
            named = [(("targets", index), name) for index, name in enumerate(split.targets)]
            named += [(("canary", "target"), new.target)] if new is not None else []
            named += (
                [(("mirror", "target"), route.mirror.target)] if split is route and route.mirror is not None else []
            )
            for below, name in named:
                if name not in endpoints.endpoints:
                    remedy = "" if split is route else f": until it has one again, remove {'.'.join(map(str, loc))}"
                    yield (*loc, *below), unknown("target", name, endpoints.endpoints, "endpoints") + remedy
            for index, tenant in enumerate(new.tenants if new is not None else ()):
                if tenant not in registry.tenants:
                    yield (*loc, "canary", "tenants", index), unknown("tenant", tenant, registry.tenants, "tenants")


def dumped(model: BaseModel) -> dict[str, Any]:
    """Return a model as JSON values, without defaults.

    Raises:
        ConfigurationError: a value has no JSON form: NaN, a lone surrogate.

    """
    try:
        plain: dict[str, Any] = orjson.loads(orjson.dumps(model.model_dump(mode="json", exclude_unset=True)))
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"{type(model).__name__.lower()}: holds a value without a JSON form") from error
    if null := _first_null(plain, ()):
        raise ConfigurationError(f"{'.'.join(map(str, null))} has no JSON form")
    return plain


class _StrictLoader(yaml.SafeLoader):
    """Refuses repeated keys, which YAML forbids and the library accepts silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = [key for position, key in enumerate(keys) if key in keys[:position]]
        if repeated:
            raise yaml.constructor.ConstructorError(None, None, f"the key '{repeated[0]}' is repeated", node.start_mark)
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Writes text with non-printable characters in double quotes, the only style that preserves them all."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _Dumper.represent_text)


class _ValueLoader(_StrictLoader):
    """Reads dates as text."""


_ValueLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _StrictLoader.yaml_implicit_resolvers.items()
}


def file(path: Path, model: type[_Model]) -> _Model:
    """Read and validate one YAML file.

    Raises:
        ConfigurationError: it is missing or not valid; the message names the file, the path in it and the line.

    """
    raw = plain(path)
    return valid(raw, model, f"{path.name}: ", lambda loc: _line(path.read_text(encoding="utf-8"), loc))


def plain(path: Path) -> Any:
    """Read one YAML file.

    Raises:
        ConfigurationError: it is missing or not YAML; the message names the file.

    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path.name} is missing from {path.parent}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} is not valid YAML: {error}") from error


def at(path: Path, loc: Sequence[str | int], message: str) -> ConfigurationError:
    """Return the error for a path in a file, with its line."""
    where = ".".join(map(str, loc))
    return ConfigurationError(f"{path.name}: {where}: {message}{_line(path.read_text(encoding='utf-8'), loc)}")


def valid(
    raw: Any, model: type[_Model], prefix: str, line: Callable[[Sequence[str | int]], str] = lambda _: ""
) -> _Model:
    """Return a document as its model.

    Raises:
        ConfigurationError: it is not valid; a line for each fault, with its path.

    """
    null = _first_null(raw, ())
    if null is not None:
        where = ".".join(map(str, null))
        raise ConfigurationError(f"{prefix}{where or 'the document'} is null; leave the key out instead{line(null)}")
    try:
        return model.model_validate(raw)
    except UnicodeError as error:
        raise ConfigurationError(f"{prefix}it contains invalid text") from error
    except ValidationError as error:
        faults = [
            f"{prefix}{'.'.join(map(str, loc))}: {fault['msg'].removeprefix('Value error, ')}{line(loc)}"
            for fault in error.errors(include_input=False)
            for loc in [fault["loc"]]
        ]
        raise ConfigurationError("\n".join(faults)) from error


def _line(text: str, loc: Sequence[str | int]) -> str:
    """Return the line of a path in a file, or of the longest existing part of it."""
    node = _composed(text)
    line = 0
    for part in loc:
        child = _child(node, part)
        if child is None:
            break
        line, node = child
    return f" (line {line})" if line else ""


@functools.lru_cache(maxsize=1)
def _composed(text: str) -> yaml.Node | None:
    """Return the nodes of a file, which many faults ask for."""
    node: yaml.Node | None = yaml.compose(text, Loader=_StrictLoader)
    return node


def _child(node: yaml.Node | None, part: str | int) -> tuple[int, yaml.Node] | None:
    """Return the line of a member or element with its value."""
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark.line + 1, value) for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    return None


def _first_null(node: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    if node is None:
        return path
    if isinstance(node, dict):
        items: Iterator[tuple[Any, Any]] = iter(node.items())
    elif isinstance(node, list):
        items = iter(enumerate(node))
    else:
        return None
    for key, value_ in items:
        null = _first_null(value_, (*path, key))
        if null is not None:
            return null
    return None
