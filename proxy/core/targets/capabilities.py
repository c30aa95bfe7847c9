"""What a target accepts besides text, and what a request requires: the two sides of one comparison."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from proxy.core.dialects import NATIVE, OFFERED_BY

#: Kinds of content that a target may accept.
INPUTS: frozenset[str] = frozenset({"text", "image", "audio", "video", "file"})
#: Member names that may appear in an error or a fact: single words without long numbers.
_WORD = re.compile(r"[A-Za-z_](?:[A-Za-z_-]|\d(?!\d\d)){0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The catalog's declaration of what a target accepts: content, features, hosts to fetch from, dialects.

    ``droppable`` are further features that may be left out of a request for it, which the caller is told.
    ``operations`` (chat, embedding ...) is None for all that its dialects have. ``translated``: requests in another
    dialect may be translated for it.
    """

    inputs: frozenset[str] = INPUTS
    features: frozenset[str] = frozenset()
    remote_hosts: frozenset[str] = frozenset()
    dialects: frozenset[str] = frozenset()
    operations: frozenset[str] | None = None
    translated: bool = False
    droppable: frozenset[str] = frozenset()

    def offers(self, feature: str) -> bool:
        """Whether the target has a feature: declared by name, or implied by an API."""
        return feature in self.features or OFFERED_BY.get(feature) in self.dialects


@dataclass(frozen=True, slots=True)
class Untranslatable:
    """The part of a request that no dialect of a target can express: its path in the caller's words, and the reason."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Translations:
    """The targets to which one request can be translated, and those to which it cannot because of its content."""

    translated: AbstractSet[str] = frozenset()
    untranslatable: Mapping[str, Untranslatable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Requirements:
    """A request's requirements in names of the catalog, and the candidates that lack some of them."""

    features: tuple[str, ...] = ()
    remote_hosts: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    lacking: tuple[tuple[str, tuple[str, ...]], ...] = ()
    misplaced: tuple[str, ...] = ()  # candidates that answered from a region they are not registered for
    speaking: tuple[tuple[str, str], ...] = ()  # how candidates speak the request's dialect, if not natively

    @property
    def speaks(self) -> Callable[[str], str]:
        """Return a function that returns how a candidate speaks the request's dialect."""
        ways = dict(self.speaking)
        return lambda target: ways.get(target, NATIVE)


NATIVELY = Translations()
NO_REQUIREMENTS = Requirements()


def shown(name: str) -> str:
    """Return the dotted name of a member for messages: "*" for a part that could be the caller's own text."""
    return ".".join(part if _WORD.fullmatch(part) else "*" for part in name.split(".")[:8])
