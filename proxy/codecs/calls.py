"""Calls of tools in a reply of any dialect, by their keys, types and members; and what they call. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from proxy.codecs.sites import unescape
from proxy.core.replies.position import OR

#: How the keys and types of calls end in any dialect.
_CALLS = ("_call", "_calls", "_use", "-call", "Call", "Calls", "Use", "executable_code", "executableCode")


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
    return isinstance(key, str) and key.endswith(_CALLS)


def is_call(node: Mapping[str, Any]) -> bool:
    """Whether an object of a reply calls a tool: by its type or its members."""
    received = node.get("arguments", node.get("input"))  # a list declares arguments
    return is_call_key(node.get("type", 0)) or ("name" in node and isinstance(received, str | dict))


def called(node: Mapping[str, Any]) -> str:
    """Return the tool that a call names, in itself or in its function; else by its type; "" if names differ."""
    holders = (node, node.get("function"), node.get("custom"))
    names = {name for held in holders if isinstance(held, dict) and isinstance(name := held.get("name"), str) and name}
    kind = node.get("type")
    if not names and isinstance(kind, str):
        return kind.removesuffix("_call").removesuffix("_use")
    return names.pop() if len(names) == 1 else ""


def either(name: str, other: str) -> str:
    """Return the name of a call that readers may take for that of either tool; "" if it has too many."""
    names = dict.fromkeys(filter(None, (*name.split(OR), other)))
    together = OR.join(names)
    return together if len(together) <= _LONGEST else ""
