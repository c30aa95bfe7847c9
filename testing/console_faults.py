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
from proxy.policy.authoring import explain
from proxy.web.api import text_forms

ROOT = Path(proxy.__file__).parent
#: Where faults come from that a page shows; what reads bodies of the API alone is not among them.
SOURCES = ("console", "web/api", "reports")
#: Settings are read before there are pages; the other has the message of its answer alone.
_NOT_SHOWN = frozenset({"ConfigurationError", "RefusedCallError"})
_OTHERS = frozenset({"serving.py", "requests.py"})
#: What operations of pages do elsewhere: their ``ConfigurationError`` is shown as well.
_OPERATED = (
    "service/acts.py",
    "registry/edit.py",
    "identity/holds.py",
    "identity/restrictions.py",
    "grants/store.py",
    "policy/authoring/explain.py",
)
#: What is not a fault but is shown with one: the facts that would change a decision.
_SHOWN = frozenset({"FactChange"})
#: What pydantic says of a body that a form makes.
_OF_BODIES = (
    "Field required",
    "Extra inputs are not permitted",
    "Input should be a valid string",
    "Input should be a valid integer",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid number",
    "Input should be a valid dictionary",
    "Input should be a valid list",
    "Input should be a valid boolean",
    "Input should be a valid date or datetime, %(why)s",
    "Input should be a valid datetime or date, %(why)s",
    "Input should be greater than or equal to %(least)s",
    "Input should be less than or equal to %(most)s",
    "Input should be '%(allowed)s'",
    "String should have at most %(most)s characters",
    "String should have at least %(least)s characters",
    "String should have at least 1 character",
    "String should match pattern '%(pattern)s'",
    "Dictionary should have at most %(most)s items after validation, not %(given)s",
    "List should have at least %(least)s item after validation, not %(given)s",
)
#: What an item of the registry that ends affects.
_AFFECTED = (
    *(
        f"{tenant}, {model} ({others})"
        for tenant in ("every tenant", "tenant %(tenant)s")
        for model in ("every model", "model %(model)s")
        for others in ("1 other target", "%(number)s other targets")
    ),
    "people in %(country)s",
    "everybody",
    "no route",
)
_FUNCTIONS = frozenset({"join", "sorted", "len", "str", "timedelta"})


def messages() -> Iterator[str]:
    """Yield every message, with ``%(name)s`` for each of its values; what is no more than a value is none."""
    _import_sources()
    default = {one.__name__: inspect.getdoc(one) or "" for one in _kinds(ProxyError)}
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name not in _OTHERS:
                yield from _raised(ast.parse(path.read_text()), default)
    operated = {**default, **dict.fromkeys(_SHOWN, "")}
    for name in _OPERATED:
        yield from _raised(ast.parse((ROOT / name).read_text()), operated, _NOT_SHOWN - {"ConfigurationError"})
    for _, _, fact, value in explain.REQUEST:
        yield from (text for text in (fact, value) if _is_recognised(text))
    yield from (*_OF_BODIES, *_AFFECTED, *(form.words for form in text_forms.FORMS))


def _import_sources() -> None:
    """Import every module of SOURCES, so that the kinds of faults do not depend on what else a process imported."""
    for source in SOURCES:
        package = importlib.import_module(f"{proxy.__name__}.{source.replace('/', '.')}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for name in _OPERATED:
        importlib.import_module(f"{proxy.__name__}.{name.removesuffix('.py').replace('/', '.')}")


def _kinds(kind: type[ProxyError]) -> Iterator[type[ProxyError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


def _raised(module: ast.Module, default: dict[str, str], hidden: frozenset[str] = _NOT_SHOWN) -> Iterator[str]:
    constants = {
        target.id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[fact, value, *_]) if name in default and name in _SHOWN:
                yield from (text for part in (fact, value) for text in _texts(part, constants) if _is_recognised(text))
            case ast.Call(func=ast.Name(id=name), args=[message, *_]) if name in default and name not in hidden:
                yield from (text for text in _texts(message, constants) if _letters(text) >= faults.LETTERS)
            case ast.Name(id=name) | ast.ClassDef(name=name) if default.get(name) and name not in hidden:
                yield default[name]


def _is_recognised(text: str) -> bool:
    """Whether a text is one without values, or has enough letters around them."""
    return ("%(" not in text and any(map(str.isalpha, text))) or _letters(text) >= faults.LETTERS


def _letters(text: str) -> int:
    return sum(map(str.isalpha, re.sub(r"%\(\w+\)s", "", text)))


def _texts(message: ast.expr, constants: dict[str, str]) -> Iterator[str]:
    match message:
        case ast.Name(id=name) if name in constants:
            yield constants[name]
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from _texts(one, constants)
            yield from _texts(other, constants)
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
