"""Every entity type and what is known of it, from ``entities.toml``. Pure but for reading that file, once, at import.

It stands in ``core`` because detection, the operators, the reference pages and the policy data all need the same facts,
and core is below them all. A mistake in the file ends the import with its place: a process that does not know what a
type means must not serve.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from types import MappingProxyType
from typing import Any, Final, TypeVar

_T = TypeVar("_T")
KINDS: Final = ("direct", "govid", "quasi", "fin", "pan", "sad", "attr", "secret")
#: Kinds whose values are personal data by themselves; the contract's category "personal" is exactly theirs.
PERSONAL: Final = frozenset({"direct", "govid", "fin", "pan"})
CATEGORIES: Final = (
    "personal", "health", "biometric", "genetic", "racial_ethnic", "religious", "political", "trade_union",
    "sex_orientation", "criminal", "national_id", "financial", "pan", "sad", "location_precise", "credentials",
)  # fmt: skip
LAWS: Final = ("HIPAA", "GDPR", "UK")
ROLES: Final = ("patient", "provider")
TRAITS: Final = (
    "owned", "contact", "subject", "tells_apart", "checked", "coarse", "content", "medical", "clinical",
)  # fmt: skip
#: How an entity type is written, here and in what a deployment declares.
NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{1,63}")
_PSEUDONYM: Final = re.compile(r"[A-Z][a-z]{1,15}|ID")


@dataclass(frozen=True, slots=True)
class EntityType:
    """One table of the file; what its members mean stands at the head of ``entities.toml``."""

    name: str
    about: str
    kind: str
    categories: tuple[str, ...]
    identifies: tuple[str, ...] | None = None
    profiles: Mapping[str, str] = field(default_factory=dict)
    generalize: str = ""
    pseudonym: str = "ID"
    shapes: tuple[str, ...] = ()
    traits: frozenset[str] = frozenset()
    role: str = ""
    spacy: tuple[str, ...] = ()
    presidio: tuple[str, ...] = ()
    found_by: str = ""

    def policy(self) -> dict[str, Any]:
        """Return the type's entry in the ``entity_map`` of the policy data."""
        entry: dict[str, Any] = {"kind": self.kind, "categories": list(self.categories)}
        return entry if self.identifies is None else {**entry, "identifies": list(self.identifies)}


_MEMBERS: Final = {one.name: str(one.type) for one in fields(EntityType) if one.name != "name"}


def parsed(text: str) -> Mapping[str, EntityType]:
    """Return the entity types of a file by name, in its order.

    Raises:
        ValueError: the file is no TOML, or says something that is unknown or contradicts itself; names type and member.

    """
    return MappingProxyType({name: _entity(name, row) for name, row in tomllib.loads(text).items()})


def _entity(name: str, row: Any) -> EntityType:
    if NAME.fullmatch(name) is None or not isinstance(row, dict):
        raise ValueError(f"entities.toml: {name}: a table named in capitals is required")
    for member in row:
        if member not in _MEMBERS:
            raise ValueError(f"entities.toml: {name}.{member}: unknown; known are {', '.join(_MEMBERS)}")
    for member in ("about", "kind", "categories"):
        if member not in row:
            raise ValueError(f"entities.toml: {name}.{member}: required")
    one = EntityType(name=name, **{member: _value(name, member, value) for member, value in row.items()})
    _check(one)
    return one


def _value(name: str, member: str, value: Any) -> Any:
    """Return a member as its field's type, or say that it has another."""
    kind = _MEMBERS[member]
    if kind == "str" and isinstance(value, str) and value.strip():
        return value
    if kind.startswith("Mapping") and isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
        return MappingProxyType(value)
    if kind.startswith(("tuple", "frozenset")) and isinstance(value, list) and all(isinstance(x, str) for x in value):
        return frozenset(value) if kind.startswith("frozenset") else tuple(value)
    raise ValueError(f"entities.toml: {name}.{member}: {kind.partition('[')[0]} of text expected")


def _check(one: EntityType) -> None:
    _among(one, "kind", [one.kind], KINDS)
    _among(one, "categories", one.categories, CATEGORIES)
    _among(one, "identifies", one.identifies or (), LAWS)
    _among(one, "traits", one.traits, TRAITS)
    _among(one, "role", [one.role] if one.role else (), ROLES)
    if (one.kind in PERSONAL) != ("personal" in one.categories):
        raise ValueError(f'entities.toml: {one.name}.categories: "personal" is that of the kinds {sorted(PERSONAL)}')
    if (one.kind == "quasi") != (one.identifies is not None):
        raise ValueError(f"entities.toml: {one.name}.identifies: said of quasi identifiers, and of these always")
    if _PSEUDONYM.fullmatch(one.pseudonym) is None:
        raise ValueError(f"entities.toml: {one.name}.pseudonym: one word with a capital expected")


def _among(one: EntityType, member: str, values: Iterable[str], known: Iterable[str]) -> None:
    for value in values:
        if value not in known:
            raise ValueError(f"entities.toml: {one.name}.{member}: {value!r} is none of {', '.join(known)}")


#: Every entity type by name, in the order of the file.
ENTITIES: Final = parsed((resources.files(__package__) / "entities.toml").read_text(encoding="utf-8"))


def with_trait(trait: str) -> frozenset[str]:
    """Return the names of the types with a trait."""
    return frozenset(name for name, one in ENTITIES.items() if trait in one.traits)


def chosen(member: str, known: Mapping[str, _T]) -> dict[str, _T]:
    """Return what a member's word stands for, by type, for the types that have it; as ``looked_up``."""
    having = [(name, one, getattr(one, member)) for name, one in ENTITIES.items()]
    return {name: looked_up(one, member, word, known) for name, one, word in having if word}


def looked_up(one: EntityType, member: str, word: str, known: Mapping[str, _T]) -> _T:
    """Return what a word of a type's member stands for.

    Raises:
        ValueError: it stands for nothing; the message names type, member and what is known.

    """
    _among(one, member, [word], known)
    return known[word]
