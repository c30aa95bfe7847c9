"""Calls of tools in a reply of any dialect, by their keys, types and members; and what they call. Pure.

Arguments of a call are an object, which one dialect writes as JSON and another as text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Hashable, Mapping
from typing import Any, NamedTuple

from proxy.codecs import numbers
from proxy.codecs.repeats import RepeatedKeyError, repeats
from proxy.codecs.sites import unescape
from proxy.core.replies.position import OR, Position, Role

#: The keys and types of calls in any dialect, by how they end.
_CALL = re.compile(
    r"(?i:.*(?:[_-](?:calls?|use)|(?:function|tool)(?:calls?|use)|executable_?code))|.*(?:Calls?|Use)", re.DOTALL
).fullmatch
#: Members that name a tool, and those with what it receives; a list of "arguments" declares them.
_NAMES = ("name", "tool", "tool_name")
RECEIVED = ("arguments", "input", "args", "kwargs", "params", "parameters", "tool_input", "action_input")
_ANY_RECEIVED = frozenset(RECEIVED)
#: Keys that tell what is called.
TELLING = _ANY_RECEIVED.union(_NAMES, ("type", "function", "custom", "namespace", "index", "id", "delta"))


class Variant(NamedTuple):
    """What matters of an object in a reply: its type, and whether it calls a tool by its type or members."""

    kind: str = ""
    calls: bool = False


PLAIN = Variant()
#: The longest list of names that one call may have, characters.
_LONGEST = 1024


def tool_at(node: Any, address: str, depth: int, name: str) -> str:
    """Return the tool named in the object that is ``depth`` steps on the way to an address; see ``called``."""
    for step in address.split("/")[1 : depth + 1]:
        if isinstance(node, list):
            node = node[int(step)] if step.isdecimal() else None
        else:
            node = node.get(unescape(step)) if isinstance(node, dict) else None
    if not isinstance(node, dict):
        return ""
    tool = node.get(name) if name else called(node)
    return tool if isinstance(tool, str) else ""


def is_call_key(key: str | int) -> bool:
    """Whether what stands under a key of a reply is a call of a tool, or a list of them."""
    return isinstance(key, str) and _CALL(key) is not None


def differs_by_case(node: Mapping[str, Any], names: Container[str], telling: Container[str], *, alone: bool) -> bool:
    """Whether readers that ignore letter case take a key of an object for another that tells, or holds, what is called.

    ``telling`` are such keys in lower case. One that is not ``known`` counts beside the other, or ``alone``.
    """
    lowered = Counter(map(str.lower, node))
    for key in node:
        lower, tells = key.lower(), key.lower() in telling
        twin = lowered[lower] > 1 and (tells or isinstance(node[key], dict | list))
        if key not in names and (twin or (tells and alone and key != lower)):
            return True
    return False


def is_call(node: Mapping[str, Any]) -> bool:
    """Whether an object of a reply calls a tool: by its type or its members."""
    if is_call_key(node.get("type", 0)):
        return True
    if _ANY_RECEIVED.isdisjoint(node):
        return False
    received = next(node[name] for name in RECEIVED if name in node)
    listed = isinstance(received, list) and "arguments" not in node
    return (listed or isinstance(received, str | dict)) and any(name in node for name in _NAMES)


def called(node: Mapping[str, Any]) -> str:
    """Return the tool that a call names, in itself or in its function; else by its type; "" if names differ.

    A namespace has to be declared as well.
    """
    holders = (node, node.get("function"), node.get("custom"))
    spellings = (holder.get(key) for holder in holders if isinstance(holder, dict) for key in _NAMES)
    names = {name for name in spellings if isinstance(name, str) and name}
    kind = node.get("type")
    if not names and isinstance(kind, str):
        return kind.removesuffix("_call").removesuffix("_use")
    space = node.get("namespace")
    return either(names.pop(), space if isinstance(space, str) else "") if len(names) == 1 else ""


def either(name: str, other: str) -> str:
    """Return the name of a call that readers may take for that of either tool; once it has too many, that of none."""
    if OR in (name, other):
        return OR
    names = dict.fromkeys(filter(None, (*name.split(OR), *other.split(OR))))
    together = OR.join(names)
    return together if len(together) <= _LONGEST else OR


class Calls:
    """The tools that a stream calls, by what tells its calls apart."""

    def __init__(self) -> None:
        self._names: dict[Hashable, str] = {}
        self._begun = set[Hashable]()  # what has received something

    def name(self, call: Hashable, tool: str) -> None:
        """Take the name of a call; readers may take a further one for that of the tool, too.

        Raises:
            ValueError: the tool has received something under another name.

        """
        listed = self._names.get(call, "")
        self._names[call] = either(listed, tool)
        if listed and call in self._begun and self._names[call] != listed:
            raise ValueError("a call got another name after it had begun")

    def tool(self, call: Hashable) -> str | None:
        """Return the tool that a call is for, None for what is not a call."""
        return self._names.get(call)

    def received(self, call: Hashable, *, document: bool, text: object = True) -> Position:
        """Return the position of what a call's tool receives, if there is any."""
        if text:
            self._begun.add(call)
        return Position(Role.ARGUMENTS, document, self.tool(call) or "")


class Blocks(Calls):
    """Calls in numbered blocks, which follow each other.

    Clients find a block by its number, by its place in the order or take the last one. Where these differ, whatever a
    tool receives may be for any tool of the stream.
    """

    def __init__(self) -> None:
        super().__init__()
        self._open = set[Hashable]()
        self._last = -1
        self._unnamed = 0
        self._all = ""  # the names of all calls
        self.mixed = False

    def name(self, call: Hashable, tool: str) -> None:
        before = self._names.get(call)
        try:
            super().name(call, tool)
        finally:
            after = self._names[call]
            self._unnamed += (not after) - (before == "")
            self._all = either(self._all, after)

    def start(self, number: Any, tool: str | None = None) -> None:
        """Take the beginning of a block, or what shows it; raises as ``name``."""
        if tool is not None:
            self.mixed = self.mixed or bool(self._open) or number != self._last + 1
            self._open.add(number)
            self.name(number, tool)
        if isinstance(number, int):
            self._last = max(self._last, number)

    def stop(self, number: Hashable) -> None:
        """Take the end of a block."""
        self._open.discard(number)

    def tool(self, call: Hashable) -> str | None:
        listed = self._names.get(call)
        if listed is None or not self.mixed:
            return listed
        return "" if self._unnamed else self._all


def parse_arguments(text: str) -> dict[str, Any]:
    """Return the object that a text holds; blank text is an object without members.

    Raises:
        ValueError: it holds no object, or one that would change when written again.

    """
    if not text.strip():
        return {}
    arguments = numbers.loads(text)
    if repeats(text.encode(), arguments):
        raise RepeatedKeyError("an object of the arguments has the same key twice")
    if not isinstance(arguments, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - a value of the wrong shape
    return arguments


def render_arguments(arguments: Mapping[str, Any]) -> str:
    """Return an object as text."""
    return numbers.dumps(arguments).decode()
