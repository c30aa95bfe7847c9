"""What stands behind a handle: something that a target keeps."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Method -> what it does with what is kept.
USES = {"GET": "read", "DELETE": "delete", "POST": "cancel"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A response that a target keeps, and what it holds. Of one that is not looked up yet only the handle is known."""

    handle: str
    use: str = "continue"  # what the request does with it: continue, read, cancel, delete
    target: str = ""
    id: str = field(default="", repr=False)  # the target's own identifier
    model: str = ""  # as the caller asked for it
    categories: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()  # types
    names: tuple[str, ...] = field(default=(), repr=False)  # pseudonyms that stand in it
    before: tuple[str, str] = field(default=("", ""), repr=False)  # what it continues: handle, the target's identifier
