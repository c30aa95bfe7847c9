"""What of a request can be translated: known members, values as documented. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proxy.core.targets.capabilities import Untranslatable, shown


class UntranslatableError(ValueError):
    """Part of a request cannot be expressed in another dialect. ``detail`` names its place, without content."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"'{path}' {why}")
        self.detail = Untranslatable(path, why)


@dataclass(frozen=True, slots=True)
class TranslatableMembers:
    """One kind of object: members that are translated, and members omitted with the reason why that is harmless.

    ``plain`` are values that ask for nothing: member -> the values.
    """

    translated: frozenset[str]
    omitted: Mapping[str, str] = field(default_factory=dict)
    plain: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def check(self, node: Mapping[str, Any], path: str = "") -> None:
        """Refuse an object with a member that would be lost.

        Raises:
            UntranslatableError: it has one.

        """
        for key, value in node.items():
            is_listed = key in self.translated or key in self.omitted or value in self.plain.get(key, ())
            if not (is_listed or value is False or value in (None, "", [], {})):
                raise UntranslatableError(f"{path}.{shown(key)}" if path else shown(key), "has no translation")


def takes(translated: str, omitted: Mapping[str, str] | None = None, **plain: Sequence[Any]) -> TranslatableMembers:
    """Return the translatable members of one kind of object; names are separated by blanks."""
    harmless = {name: why for names, why in (omitted or {}).items() for name in names.split()}
    return TranslatableMembers(frozenset(translated.split()), harmless, plain)


def typed(node: Any, kind: type, path: str) -> Any:
    """Return a value of a required type.

    Raises:
        UntranslatableError: it is of another type.

    """
    if not isinstance(node, kind):
        raise UntranslatableError(path, "is of another type than the API's documentation says")
    return node


def flag(node: Any, path: str, *, usual: bool) -> bool:
    """Return a boolean, the usual one if absent; raises as ``typed``."""
    return usual if node is None else bool(typed(node, bool, path))


def without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def strings(node: Any, path: str) -> tuple[str, ...]:
    """Return a list of strings, given as such, as one string or not at all; raises as ``typed``."""
    texts = [node] if node and isinstance(node, str) else typed(node or [], list, path)
    return tuple(typed(string, str, path) for string in texts)


def objects(node: Any, path: str) -> list[dict[str, Any]]:
    """Return a list of objects, empty if absent; raises as ``typed``."""
    return [typed(element, dict, path) for element in typed(node or [], list, path)]


WHOSE = "names the end user to a provider with which the caller has no account here"
CACHE = "marks what to cache for the next request; the answer is the same"
SCHEDULING = "tunes how a provider schedules the request"
EFFORT = "tunes how long the model thinks and how much it says, in words of its own"
CITED = "names sources of the text, or asks for them; the text itself is translated"
STRICT = "readers of arguments and answers check them against the schema anyway"
FAILED = "the text of a failed result says so"
NAMED = "a name of the schema for people; the schema itself is translated"
#: Members that an API cannot express which takes a schema alone.
SCHEMA_ALONE = {"Format.name": NAMED, "Format.description": NAMED, "Format.strict": STRICT}
