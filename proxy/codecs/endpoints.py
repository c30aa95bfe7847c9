"""The one table of endpoints: which dialect and API serve a method and path, and whose error an unknown path gets.

Paths are templates (``proxy.codecs.paths``).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from proxy import codecs
from proxy.codecs import paths, request
from proxy.codecs.base import Api, Dialect, Endpoint

#: The dialect of paths that belong to no other.
_FIRST = "openai"
_NO_QUERY: Mapping[str, str] = MappingProxyType({})


def _lookup() -> Iterator[tuple[Dialect, tuple[Api, ...]]]:
    """Yield dialect and APIs of every package here that has some, sorted by name after the default one."""
    packages = (module.name for module in pkgutil.iter_modules(codecs.__path__) if module.ispkg)
    for name in sorted(packages, key=lambda name: (name != _FIRST, name)):
        package = importlib.import_module(f"{codecs.__name__}.{name}")
        if hasattr(package, "DIALECT"):
            yield package.DIALECT, package.APIS


DIALECTS: tuple[tuple[Dialect, tuple[Api, ...]], ...] = tuple(_lookup())
#: What a target may be declared to speak.
NAMES = frozenset(api.name for _, apis in DIALECTS for api in apis)

UNKNOWN = "unknown"
#: Prefix of any path that takes a request: a dry run, everything but sending.
EXPLAIN = "/v1/compliance/explain"


@dataclass(frozen=True, slots=True)
class Served:
    """What serves one endpoint: an API, or (None) the dialect's list of models."""

    dialect: Dialect
    endpoint: Endpoint
    api: Api | None


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """The result of looking up a method and path; ``dialect`` renders faults in the shape that this caller expects."""

    dialect: Dialect
    served: Served | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    template: str = UNKNOWN  # of a known path, whatever the method
    allowed: tuple[str, ...] = ()  # the methods of a known path, where this one is not among them
    kept: bool = False  # the path refers to what a target keeps
    dry_run: bool = False  # the path stands below ``EXPLAIN``
    others: tuple[Served, ...] = ()  # further APIs at the same method and path

    def by(self, body: bytes) -> tuple[Served, Api]:
        """Return the API at this path that a body is for: the one that recognizes a member of it, else the first.

        Raises:
            MalformedRequestError: the body is not a JSON object.

        """
        names = request.parse(body).keys()
        sharing = [
            (candidate, candidate.api)
            for candidate in (self.served, *self.others)
            if candidate is not None and candidate.api is not None
        ]
        recognized = [candidate for candidate in sharing if not candidate[0].endpoint.recognized_by.isdisjoint(names)]
        return (recognized or sharing)[0]


class Table:
    """Every endpoint of the given dialects."""

    def __init__(self, dialects: Sequence[tuple[Dialect, tuple[Api, ...]]] = DIALECTS) -> None:
        self.served = tuple(
            Served(dialect, endpoint, api)
            for dialect, apis in dialects
            for api, endpoints in ((None, dialect.listed), *((api, api.endpoints) for api in apis))
            for endpoint in endpoints
        )
        self._dialects = [dialect for dialect, _ in dialects]
        self._kept = [(path, dialect) for dialect in self._dialects for path in dialect.stateful_paths]
        self._marks = frozenset(name for dialect in self._dialects for name in dialect.client_headers)
        self._exact: dict[str, list[Served]] = {}
        self._templates: list[tuple[str, Served]] = []  # with what stands before the first variable
        self._prefixes: dict[str, list[Dialect]] = {}
        for served in sorted(self.served, key=lambda served: -len(paths.literal(served.endpoint.path))):
            if "{" in served.endpoint.path:
                self._templates.append((served.endpoint.path.partition("{")[0], served))
            else:
                self._exact.setdefault(served.endpoint.path, []).append(served)
            for prefix in paths.prefixes(served.endpoint.path.partition("{")[0]):
                owners = self._prefixes.setdefault(prefix, [])
                if served.dialect not in owners:
                    owners.append(served.dialect)

    @property
    def health(self) -> frozenset[str]:
        """The paths of health checks, open to anybody."""
        return frozenset(path for dialect in self._dialects for path in dialect.health)

    @property
    def literal(self) -> frozenset[str]:
        """The paths without variables."""
        return frozenset(self._exact)

    def find(
        self, method: str, raw_path: str, headers: Container[str], query: Mapping[str, str] = _NO_QUERY
    ) -> RouteMatch:
        """Return what a request leads to; ``raw_path`` is percent-encoded as received, without the query."""
        dry_run = raw_path.startswith(EXPLAIN + "/")
        match = self._lookup(method, raw_path.removeprefix(EXPLAIN) if dry_run else raw_path, headers)
        if dry_run:
            if match.served is not None and match.served.api is None:
                return RouteMatch(match.dialect)  # a list of models sends nothing
            match = replace(match, dry_run=True)
        unless = match.served.endpoint.array_unless if match.served is not None else None
        if unless is None or query.get(unless[0]) == unless[1]:
            return match
        return replace(match, dialect=match.dialect.in_arrays())

    def _lookup(self, method: str, raw_path: str, headers: Container[str]) -> RouteMatch:
        lookup = "GET" if method == "HEAD" else method
        exact = self._exact.get(raw_path)
        marked = any(name in headers for name in self._marks)
        if exact is not None and len(exact) == 1 and exact[0].endpoint.method == lookup and not marked:
            return RouteMatch(exact[0].dialect, exact[0], {}, raw_path)
        matches = list(self._matches(raw_path))
        fitting = [match for match in matches if match[0].endpoint.method == lookup]
        foreign = marked and not any(_has_client_header(served.dialect, headers) for served, _ in matches)
        stateful = self._stateful(raw_path, headers) if foreign or not matches else None
        if stateful is not None and (not matches or _has_client_header(stateful.dialect, headers)):
            return stateful
        if not matches:
            return RouteMatch(self._owner(raw_path, headers))
        preferred = [match for match in fitting or matches if _has_client_header(match[0].dialect, headers)]
        (served, variables), *rest = preferred or fitting or matches
        if fitting:
            sharing = tuple(other for other, _ in rest if other.endpoint.path == served.endpoint.path and other.api)
            return RouteMatch(served.dialect, served, variables, served.endpoint.path, others=sharing)
        allowed = tuple(dict.fromkeys(other.endpoint.method for other, _ in matches))
        return RouteMatch(served.dialect, None, {}, served.endpoint.path, allowed)

    def _stateful(self, raw_path: str, headers: Container[str]) -> RouteMatch | None:
        """Return the match of a path that refers to what a target keeps, None for any other."""
        path = paths.decoded(raw_path)
        matches = [kept for kept in self._kept if path and paths.matched(kept[0], path)]
        preferred = [match for match in matches if _has_client_header(match[1], headers)]
        for template, dialect in (preferred or matches)[:1]:
            return RouteMatch(dialect, template=template, kept=True)
        return None

    def _matches(self, raw_path: str) -> Iterator[tuple[Served, Mapping[str, str]]]:
        path = paths.decoded(raw_path)
        if path is None:
            return
        for served in self._exact.get(path, ()):
            yield served, {}
        for start, served in self._templates:
            if path.startswith(start) and (match := paths.matched(served.endpoint.path, path)) is not None:
                yield served, {name: value.replace(paths.SLASH, "/") for name, value in match.groupdict().items()}

    def _owner(self, raw_path: str, headers: Container[str]) -> Dialect:
        """Return the dialect with the longest prefix of the path, else that of a client header, else the first."""
        for prefix in reversed(list(paths.prefixes(raw_path))):
            owners = self._prefixes.get(prefix)
            if owners is not None:
                return owners[0] if len(owners) == 1 else self._preferred(owners, headers)
        return self._preferred(self._dialects, headers)

    def _preferred(self, owners: Sequence[Dialect], headers: Container[str]) -> Dialect:
        of_client = [dialect for dialect in owners if _has_client_header(dialect, headers)]
        return of_client[0] if of_client else next(owner for owner in self._dialects if owner in owners)


def _has_client_header(dialect: Dialect, headers: Container[str]) -> bool:
    return any(name in headers for name in dialect.client_headers)


TABLE = Table()
