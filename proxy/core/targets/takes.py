"""What a target takes beside text for its model, and what a request asks of it: the two halves of one comparison."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from proxy.core.dialects import NATIVE, OFFERED_BY

#: Kinds of content that a target may take.
INPUTS: frozenset[str] = frozenset({"text", "image", "audio", "video", "file"})
#: Members that may be named in an error or a fact: words, no sentences and no numbers.
_WORD = re.compile(r"[A-Za-z_](?:[A-Za-z_-]|\d(?!\d\d)){0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Takes:
    """What the catalog declares of a target: kinds of content, features, hosts it may be asked to fetch from, dialects.

    ``operations`` (chat, embedding ...) is None where nothing is said: all that its dialects can say. ``translated``:
    it may be asked in one of its dialects what a caller asks in another.
    """

    inputs: frozenset[str] = INPUTS
    features: frozenset[str] = frozenset()
    remote_hosts: frozenset[str] = frozenset()
    dialects: frozenset[str] = frozenset()
    operations: frozenset[str] | None = None
    translated: bool = False

    def offers(self, feature: str) -> bool:
        """Whether it may be asked for a feature: by its name, or by an API that is there for it."""
        return feature in self.features or OFFERED_BY.get(feature) in self.dialects


@dataclass(frozen=True, slots=True)
class Untranslatable:
    """What of a request cannot be said in any dialect of a target: its place in the caller's words, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Translations:
    """To which targets one request can be translated, and to which not, though they may be asked in other dialects."""

    translated: AbstractSet[str] = frozenset()
    untold: Mapping[str, Untranslatable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a request asks for beside an answer, in names of the catalog, and which candidates lack what of it."""

    features: tuple[str, ...] = ()
    remote_hosts: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    lacking: tuple[tuple[str, tuple[str, ...]], ...] = ()
    misplaced: tuple[str, ...] = ()  # candidates that answered from a region they are not registered for
    speaking: tuple[tuple[str, str], ...] = ()  # how candidates speak the request's dialect, where not as it is

    def speaks(self, target: str) -> str:
        """Return how a candidate speaks the request's dialect."""
        return dict(self.speaking).get(target, NATIVE)


NATIVELY = Translations()
NOTHING_ASKED = Requirements()


def shown(name: str) -> str:
    """Return the dotted name of a member as it may be told: a part that could be the caller's own text is "*"."""
    return ".".join(part if _WORD.fullmatch(part) else "*" for part in name.split(".")[:8])
