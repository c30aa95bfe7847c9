"""Which texts of a request its caller's side wrote, and which a model wrote in earlier turns. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proxy.core.records import Payload

_ROLES = frozenset({"assistant", "model", "chatbot"})
_TYPES = frozenset({"reasoning", "compaction", "program"})
#: Of ``/messages/3/content``, the parts that name the turn.
_TURN = 3


class ModelText(str):
    """A text that a model wrote in an earlier turn: what a target says it may say again."""

    __slots__ = ()


def texts_by_writer(payload: Payload) -> Iterator[str]:
    """Yield the texts of a request in order, those of turns that models wrote as ``ModelText``."""
    turns = {
        (name, str(index))
        for name, elements in payload.document.items()
        if isinstance(elements, list)
        for index, element in enumerate(elements)
        if _is_models(element)
    }
    for span in payload.spans:
        theirs = turns and tuple(span.pointer.split("/", _TURN)[1:_TURN]) in turns
        yield ModelText(span.text) if theirs else span.text


def _is_models(element: Any) -> bool:
    if not isinstance(element, dict):
        return False
    role, kind = str(element.get("role", "")).lower(), str(element.get("type", ""))
    return role in _ROLES or (not role and (kind in _TYPES or kind.endswith("_call")))
