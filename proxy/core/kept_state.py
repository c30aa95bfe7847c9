"""State that a target keeps for a caller, referred to by a handle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: The ``use`` of a request whose own content the target keeps as well.
ADD = "add"
#: The uses that change what a target keeps without adding to it.
CHANGES = frozenset({"cancel", "delete", "remove"})


@dataclass(frozen=True, slots=True)
class Batched:
    """A batch of requests that a target answers later."""

    url: str  # as the lines name it: "/v1/chat/completions"
    api: str  # the codec's name
    ids: tuple[str, ...] = field(default=(), repr=False)  # the caller's names of the lines


@dataclass(frozen=True, slots=True)
class Assignments:
    """Which stand-ins that look like values are in kept state, and whose: by keyed digests, so no value is in it."""

    days: int = 0  # by which dates move; 0 before the first date
    names: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)  # person -> surrogate, language, kind
    numbers: Mapping[str, str] = field(default_factory=dict, repr=False)  # digits of a surrogate -> number


NO_ASSIGNMENTS = Assignments()


@dataclass(frozen=True, slots=True)
class Kept:
    """Kept state and its contents. Before the look-up only the handle is known."""

    handle: str
    use: str = "continue"  # of the request: continue, read, cancel, delete, add, remove
    target: str = ""
    id: str = field(default="", repr=False)  # the target's own identifier
    model: str = ""  # as requested
    categories: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()  # types
    names: tuple[str, ...] = field(default=(), repr=False)  # pseudonyms in it
    tools: tuple[str, ...] = field(default=(), repr=False)  # the names of the tools declared when it was created
    before: tuple[str, str] = field(default=("", ""), repr=False)  # what it continues: handle, target's identifier
    batched: Batched | None = None
    assigned: Assignments = NO_ASSIGNMENTS
