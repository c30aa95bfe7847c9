"""Every entity type with its properties, from ``entities.toml``. Pure except for reading that file once, at import.

It is in ``core`` because detection, the operators, the reference pages and the policy data all need it. An error in the
file fails the import and names the place: a process that does not know what a type means must not serve.
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
#: The form of an entity type's name, here and in a deployment's declarations.
NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{1,63}")
_PSEUDONYM: Final = re.compile(r"[A-Z][a-z]{1,15}|ID")


@dataclass(frozen=True, slots=True)
class EntityType:
    """One table of the file; the head of ``entities.toml`` documents its members."""

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


_MEMBERS: Final = {member.name: str(member.type) for member in fields(EntityType) if member.name != "name"}


def parsed(text: str) -> Mapping[str, EntityType]:
    """Return the entity types of a file by name, in file order.

    Raises:
        ValueError: invalid TOML, or an unknown or contradictory member; the message names type and member.

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
    entity = EntityType(name=name, **{member: _value(name, member, value) for member, value in row.items()})
    _check(entity)
    return entity


def _value(name: str, member: str, value: Any) -> Any:
    """Return a member converted to its field's type; ValueError if it has another."""
    kind = _MEMBERS[member]
    if kind == "str" and isinstance(value, str) and value.strip():
        return value
    if kind.startswith("Mapping") and isinstance(value, dict) and all(isinstance(x, str) for x in value.values()):
        return MappingProxyType(value)
    if kind.startswith(("tuple", "frozenset")) and isinstance(value, list) and all(isinstance(x, str) for x in value):
        return frozenset(value) if kind.startswith("frozenset") else tuple(value)
    raise ValueError(f"entities.toml: {name}.{member}: {kind.partition('[')[0]} of text expected")


def _check(entity: EntityType) -> None:
    _among(entity, "kind", [entity.kind], KINDS)
    _among(entity, "categories", entity.categories, CATEGORIES)
    _among(entity, "identifies", entity.identifies or (), LAWS)
    _among(entity, "traits", entity.traits, TRAITS)
    _among(entity, "role", [entity.role] if entity.role else (), ROLES)
    if (entity.kind in PERSONAL) != ("personal" in entity.categories):
        raise ValueError(f'entities.toml: {entity.name}.categories: "personal" belongs to the kinds {sorted(PERSONAL)}')
    if (entity.kind == "quasi") != (entity.identifies is not None):
        raise ValueError(f"entities.toml: {entity.name}.identifies: required for quasi-identifiers, and for them only")
    if _PSEUDONYM.fullmatch(entity.pseudonym) is None:
        raise ValueError(f"entities.toml: {entity.name}.pseudonym: a single capitalised word expected")


def _among(entity: EntityType, member: str, values: Iterable[str], allowed: Iterable[str]) -> None:
    for value in values:
        if value not in allowed:
            raise ValueError(f"entities.toml: {entity.name}.{member}: {value!r} is none of {', '.join(allowed)}")


#: Every entity type by name, in the order of the file.
ENTITIES: Final = parsed((resources.files(__package__) / "entities.toml").read_text(encoding="utf-8"))


def with_trait(trait: str) -> frozenset[str]:
    """Return the names of the types with a trait."""
    return frozenset(name for name, entity in ENTITIES.items() if trait in entity.traits)


def chosen(member: str, options: Mapping[str, _T]) -> dict[str, _T]:
    """Return the meaning of a member, as ``looked_up``, for every type that has the member."""
    words = [(name, entity, getattr(entity, member)) for name, entity in ENTITIES.items()]
    return {name: looked_up(entity, member, word, options) for name, entity, word in words if word}


def looked_up(entity: EntityType, member: str, word: str, options: Mapping[str, _T]) -> _T:
    """Return the meaning of a word in a type's member.

    Raises:
        ValueError: the word is unknown; the message names type, member and the known words.

    """
    _among(entity, member, [word], options)
    return options[word]
