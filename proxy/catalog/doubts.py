"""What a valid registry says that cannot be meant: names of nothing, evidence that carries nothing, law taken away.

Refusing it would be too much: contracts are entered before they begin and stay after they end.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from proxy.core import nearest
from proxy.core.decision.reasons import REASONS

#: What stands where something is still to be written.
_PLACEHOLDER = re.compile(r"\W*|tb[acd]|todo|n/?a|none|unknown|pending|x+|test|dummy|placeholder", re.IGNORECASE)
_WRITTEN = ("ref", "purpose", "dpia_ref", "anonymisation_ref", "reason", "note", "decision", "who")
#: Members that name entries of a section, wherever they stand below another.
_NAMES = {
    "targets": "targets", "qc_pia": "targets", "br_scc": "targets", "target": "targets",
    "providers": "providers", "provider": "providers", "tenants": "tenants", "tenant": "tenants",
    "activities": "activities", "activity": "activities",
}  # fmt: skip
_SECTIONS = (
    "providers", "targets", "tenants", "activities", "exceptions", "reviewed_origins", "limits", "budgets", "prices",
)  # fmt: skip
#: Members of law that explain it and decide nothing.
_EXPLAINED = frozenset({"citation", "name", "note", "open", "sources", "title"})
#: The library's codes that an exception lifts; those of the organisation's own rules are its own.
_WAIVABLE = ("MINOR_LOCAL_ONLY", "SPECIAL_CATEGORY_LOCAL_ONLY", "STATEFUL_STORAGE")
_SHOWN = 5  # names in one remark
Path = tuple[str | int, ...]


class Doubt(NamedTuple):
    """A path in the registry, and why it is doubtful."""

    path: Path
    message: str


def doubts(
    registry: Mapping[str, Any], document: Mapping[str, Any], legal: Mapping[str, Any], today: str
) -> Iterator[Doubt]:
    """Yield what is odd in a registry as written; ``document`` is its data document with the shipped law.

    ``today`` is an ISO day.
    """
    for section in _SECTIONS:
        for path, members in _objects(registry.get(section) or {}, (section,)):
            yield from _written(path, members)
            yield from _names(path, members, registry)
            yield from _days(path, members, today)
            yield from _needless(path, members, document)
    if str(registry.get("as_of") or today)[:10] > today:
        yield Doubt(("as_of",), f"{registry['as_of']} is to come: law that was read then would never be stale")
    for section in sorted(registry.keys() & legal.keys() - {"as_of"}):
        yield from _changed((section,), legal[section], document.get(section))


def _objects(node: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield every object below a path but the parts that are the organisation's own (``ext``)."""
    items = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    if isinstance(node, Mapping):
        yield path, node
    for key, value in items:
        if key != "ext":
            yield from _objects(value, (*path, key))


def _written(path: Path, members: Mapping[str, Any]) -> Iterator[Doubt]:
    for name in _WRITTEN:
        text = members.get(name)
        if isinstance(text, str) and _PLACEHOLDER.fullmatch(text.strip()):
            yield Doubt((*path, name), f"'{text}' stands for something that is still to be written")
    clauses = members.get("decision")
    if path[-1] == "scc" and isinstance(clauses, str) and "2021/914" not in clauses:
        yield Doubt((*path, "decision"), f"clauses of '{clauses}' carry nothing; those in force are of (EU) 2021/914")


def _names(path: Path, members: Mapping[str, Any], registry: Mapping[str, Any]) -> Iterator[Doubt]:
    for name, section in _NAMES.items() if len(path) > 1 else ():
        value = members.get(name)
        for number, named in enumerate(value) if isinstance(value, list) else [("", value)]:
            listed = registry.get(section) or {}
            if isinstance(named, str) and named not in listed:
                where = (*path, name) if number == "" else (*path, name, number)
                yield Doubt(where, f"no {section} entry '{named}'{nearest.remedy(named, listed)}")


def _days(path: Path, members: Mapping[str, Any], today: str) -> Iterator[Doubt]:
    """Yield evidence that does not carry today although it says that it does."""
    if members.get("status") not in {"signed", "active"} and "waives" not in members and path[0] != "reviewed_origins":
        return
    for name in ("expires", "until"):
        if str(members.get(name) or today)[:10] < today:
            yield Doubt((*path, name), f"ended on {members[name]}: it carries nothing; say so or renew it")
    for name in ("signed_on", "effective_on", "created"):
        if str(members.get(name) or today)[:10] > today:
            yield Doubt((*path, name), f"begins on {members[name]}: it carries nothing before")


def _needless(path: Path, members: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Doubt]:
    """Yield what changes nothing: a review of an origin that a law reaches, an exception from a rule of law."""
    country = str(members.get("country"))
    laws = (document.get("scopes") or {}).get(country) or (document.get("scopes") or {}).get(country[:2])
    if path[0] == "reviewed_origins" and laws:
        yield Doubt((*path, "country"), f"{', '.join(laws)} reaches {country}: a review counts where no law is known")
    for number, code in enumerate(members.get("waives") or () if path[0] == "exceptions" else ()):
        if code in REASONS and code not in _WAIVABLE:
            yield Doubt((*path, "waives", number), f"{code} is law, which nothing lifts; {', '.join(_WAIVABLE)} can be")


def _changed(path: Path, shipped: Any, custom: Any) -> Iterator[Doubt]:
    """Yield what the registry takes away from the shipped law, and what it changes there."""
    if isinstance(shipped, Mapping) and isinstance(custom, Mapping):
        yield from _gone(path, [key for key in shipped if key not in custom and key not in _EXPLAINED])
        for key in sorted(shipped.keys() & custom.keys() - _EXPLAINED):
            yield from _changed((*path, key), shipped[key], custom[key])
    elif isinstance(shipped, list) and isinstance(custom, list):
        places = {_label(each): index for index, each in enumerate(custom)}
        yield from _gone(path, [label for each in shipped if (label := _label(each)) not in places])
        for each in shipped:
            if isinstance(each, Mapping) and (index := places.get(_label(each))) is not None:
                yield from _changed((*path, index), each, custom[index])
    elif shipped != custom:
        yield Doubt(path, f"says {custom} where the shipped law says {shipped}")


def _gone(path: Path, names: Sequence[str]) -> Iterator[Doubt]:
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield Doubt(path, f"takes {', '.join(names[:_SHOWN])}{more} out of the shipped law")


def _label(entry: Any) -> str:
    return (
        str(entry.get("code", entry.get("org", entry.get("mechanism", ""))))
        if isinstance(entry, Mapping)
        else str(entry)
    )


def unregistered(data: Mapping[str, Any], tenants: Iterable[str], activities: Iterable[str] = ()) -> str:
    """Return a sentence on the first name that a catalog's policy data does not know, with the nearest; "" for none."""
    for kind, section, names in (("tenant", "tenants", tenants), ("activity", "activities", activities)):
        entries = data.get(section) or {}
        for name in names:
            if name not in entries:
                nearest = difflib.get_close_matches(name, entries, n=1, cutoff=0.0)
                return f"the registry has no {kind} {name}" + (f"; the nearest is {nearest[0]}" if nearest else "")
    return ""
