"""What faults say that pages of the console show: read from the sources that raise them."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import proxy
from proxy.console import faults
from proxy.errors import ProxyError

ROOT = Path(proxy.__file__).parent
#: Where faults come from that a page shows; what reads bodies of the API alone is not among them.
SOURCES = ("console", "web/api", "reports")
#: Settings are read before there are pages; the other has the message of its answer alone.
_NOT_SHOWN = frozenset({"ConfigurationError", "RefusedCallError"})
_OTHERS = frozenset({"serving.py", "requests.py"})
_FUNCTIONS = frozenset({"join", "sorted", "len", "str", "timedelta"})


def messages() -> Iterator[str]:
    """Yield every message, with ``%(name)s`` for each of its values; what is no more than a value is none."""
    _import_sources()
    default = {one.__name__: inspect.getdoc(one) or "" for one in _kinds(ProxyError)}
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name not in _OTHERS:
                yield from _raised(ast.parse(path.read_text()), default)


def _import_sources() -> None:
    """Import every module of SOURCES, so that the kinds of faults do not depend on what else a process imported."""
    for source in SOURCES:
        package = importlib.import_module(f"{proxy.__name__}.{source.replace('/', '.')}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def _kinds(kind: type[ProxyError]) -> Iterator[type[ProxyError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


def _raised(module: ast.Module, default: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[message, *_]) if name in default and name not in _NOT_SHOWN:
                yield from (text for text in _texts(message) if _letters(text) >= faults.LETTERS)
            case ast.Name(id=name) | ast.ClassDef(name=name) if default.get(name) and name not in _NOT_SHOWN:
                yield default[name]


def _letters(text: str) -> int:
    return sum(map(str.isalpha, re.sub(r"%\(\w+\)s", "", text)))


def _texts(message: ast.expr) -> Iterator[str]:
    match message:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from _texts(one)
            yield from _texts(other)
        case ast.JoinedStr(values=parts):
            places: dict[str, str] = {}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else _place(part, places) for part in parts)
        case _:  # no more than a value
            return


def _place(part: ast.expr, places: dict[str, str]) -> str:
    """Return the place of a value in a message, called as what it is made of; each value has its own name."""
    made_of = ast.unparse(part)
    if made_of not in places:
        names = [node.attr for node in ast.walk(part) if isinstance(node, ast.Attribute)]
        names += [node.id for node in ast.walk(part) if isinstance(node, ast.Name)]
        name = next(name for name in names if name not in _FUNCTIONS).strip("_").lower()
        places[made_of] = name if name not in places.values() else f"{name}_{len(places) + 1}"
    return f"%({places[made_of]})s"
