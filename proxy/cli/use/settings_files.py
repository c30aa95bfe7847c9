"""Changes single values of a settings file and keeps everything else in it, comments included. Pure.

A change is made in the text, then both texts are parsed: unless the new document is the old one with these values, the
change is refused.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import yaml

from proxy.errors import ConfigurationError

Path_ = tuple[str, ...]
#: None removes what is there.
Value = str | bool | Mapping[str, str]
Change = Mapping[Path_, Value | None]
_TABLE = re.compile(r"^[ \t]*\[+[^\[\]]+\]+[ \t]*(#.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SettingsFormat:
    """A format of settings: how it is read, and how a text gets other values."""

    name: str
    read: Callable[[str], dict[str, Any]]
    write: Callable[[str, Change], str]


def changed(text: str, form: SettingsFormat, change: Change) -> str:
    """Return a text of settings with these values.

    Raises:
        ConfigurationError: it is not plain settings of its format, so that it has to be edited by hand.

    """
    try:
        before = form.read(text)
        after = form.write(text, change)
        if form.read(after) == _with(before, change):
            return after
    except (ValueError, TypeError, AttributeError, yaml.YAMLError):
        pass
    raise ConfigurationError(f"it is not plain {form.name}: edit it by hand")


def value_at(document: Mapping[str, Any], path: Path_) -> Any:
    """Return what stands at a path, None for nothing."""
    node: Any = document
    for key in path:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def _with(document: Mapping[str, Any], change: Change) -> dict[str, Any]:
    result = deepcopy(dict(document))
    for path, value in change.items():
        _set(result, path, value)
    return result


def _set(node: dict[str, Any], path: Path_, value: Value | None) -> None:
    """Set or remove a value; objects that become empty go with it."""
    key, *rest = path
    if rest:
        below = node.setdefault(key, {})
        _set(below, tuple(rest), value)
        if value is None and not below:
            del node[key]
    elif value is None:
        node.pop(key, None)
    else:
        node[key] = dict(value) if isinstance(value, Mapping) else value


def _read_json(text: str) -> dict[str, Any]:
    return _object(json.loads(text)) if text.strip() else {}


def _object(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise ValueError("no object")  # noqa: TRY004 - a format error as any other
    return document


def _write_json(text: str, change: Change) -> str:
    indent = re.search(r"^[{]\s*?\n([ \t]+)", text)
    document = _with(_read_json(text), change)
    return json.dumps(document, indent=indent[1] if indent else 2, ensure_ascii=False) + "\n"


def _lines(separator: str, shown: Callable[[Any], str]) -> Callable[[str, Change], str]:
    """Return what writes one value per line, as ``KEY{separator}VALUE``."""

    def write(text: str, change: Change) -> str:
        for (key,), value in change.items():
            line = "" if value is None else f"{key}{separator}{shown(value)}\n"
            text = _with_line(text, rf"(?:export +)?{re.escape(key)}[ \t]*{separator.strip()}.*", line)
        return text

    return write


def _with_line(text: str, pattern: str, line: str) -> str:
    """Return a text with a line in place of those that match, at its end where none does."""
    after, count = re.subn(rf"^{pattern}(?:\n|\Z)", lambda _: line, text, flags=re.MULTILINE)
    if count or not line:
        return after
    return text + "\n" * (text != "" and not text.endswith("\n")) + line


def _write_toml(text: str, change: Change) -> str:
    """Write top-level values before the first table, and a table of its own anew at the end."""
    opening = _TABLE.search(text)
    at = opening.start() if opening else len(text)
    above, below = text[:at].rstrip("\n"), text[at:]
    top = _toml_lines(f"{above}\n" if above else "", {path: value for path, value in change.items() if len(path) == 1})
    for table in dict.fromkeys(path[:-1] for path in change if len(path) > 1):
        below = _without_table(below, ".".join(table)).rstrip("\n")
        values = {path[-1:]: value for path, value in change.items() if path[:-1] == table and value is not None}
        written = f"[{'.'.join(table)}]\n{_toml_lines('', values)}" if values else ""
        below = "\n\n".join(part for part in (below, written.rstrip("\n")) if part)
    return "\n".join(part for part in (top, f"{below.rstrip(chr(10))}\n" if below else "") if part)


def _without_table(text: str, name: str) -> str:
    heads = [*_TABLE.finditer(text)]
    ends = [head.start() for head in heads[1:]] + [len(text)]
    kept = [text[: heads[0].start()] if heads else text]
    kept += (
        [text[head.start() : end] for head, end in zip(heads, ends, strict=True) if head[0].strip() != f"[{name}]"]
        if heads
        else []
    )
    return "".join(kept)


def _quoted(value: Value) -> str:
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return "{ " + ", ".join(f"{key} = {_quoted(member)}" for key, member in value.items()) + " }"


def _read_dotenv(text: str) -> dict[str, Any]:
    pairs = re.findall(r"^(?:export +)?([A-Za-z_]\w*)[ \t]*=(.*)$", text, re.MULTILINE)
    return {key: value.strip().strip("'\"") for key, value in pairs}


def _read_yaml(text: str) -> dict[str, Any]:
    return _object(yaml.safe_load(text) or {})


_toml_lines: Final = _lines(" = ", _quoted)
JSON: Final = SettingsFormat("JSON", _read_json, _write_json)
TOML: Final = SettingsFormat("TOML", tomllib.loads, _write_toml)
DOTENV: Final = SettingsFormat("lines of KEY=VALUE", _read_dotenv, _lines("=", str))
YAML: Final = SettingsFormat("YAML", _read_yaml, _lines(": ", _quoted))
