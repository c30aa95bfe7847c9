"""What stands behind a handle: something that a target keeps."""

from __future__ import annotations

from dataclasses import dataclass, field

#: What a request does with what is kept, where the target keeps what it sends too.
ADD = "add"


@dataclass(frozen=True, slots=True)
class Batched:
    """Many requests that a target answers later: for which path and API, and what the caller calls each of them."""

    url: str  # as the lines name it: "/v1/chat/completions"
    api: str  # the codec's name
    operation: str
    ids: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a target keeps, and what that holds. Of what is not looked up yet only the handle is known."""

    handle: str
    use: str = "continue"  # what the request does with it: continue, read, cancel, delete, add, remove
    target: str = ""
    id: str = field(default="", repr=False)  # the target's own identifier
    model: str = ""  # as the caller asked for it
    categories: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()  # types
    names: tuple[str, ...] = field(default=(), repr=False)  # pseudonyms that stand in it
    before: tuple[str, str] = field(default=("", ""), repr=False)  # what it continues: handle, the target's identifier
    batched: Batched | None = None
