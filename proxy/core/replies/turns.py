"""Which texts of a request its caller's side wrote, a model wrote in earlier turns, a reply goes on with. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proxy.core.records import Operation, Payload, TextSpan

_ROLES = frozenset({"assistant", "model", "chatbot"})
_TYPES = frozenset({"reasoning", "compaction", "program"})
#: Of ``/messages/3/content``, the parts that name the turn.
_TURN = 3
#: Of a prompt, what a host may begin in, characters: the addresses that it has whole are the caller's.
_LONGEST_HOST = 512


class ModelText(str):
    """A text that a model wrote in an earlier turn: what a target says it may say again."""

    __slots__ = ()


def texts_by_writer(payload: Payload) -> Iterator[str]:
    """Yield the texts of a request in order, those of turns that models wrote as ``ModelText``."""
    turns = {turn for turn, element in _turns(payload) if _is_models(element)}
    for span in payload.spans:
        yield ModelText(span.text) if turns and _turn(span) in turns else span.text


def continued(payload: Payload) -> tuple[str, ...]:
    """Return what clients join the reply to: the texts of a model's turn at the end, the last words of a prompt."""
    if payload.operation is Operation.COMPLETION:
        prompts = (span.text[-_LONGEST_HOST:] for span in payload.spans if span.pointer.count("/") == 1)
        return tuple(prompt.split()[-1] for prompt in prompts if prompt and not prompt[-1].isspace())
    lists = ((name, elements) for name, elements in payload.document.items() if isinstance(elements, list))
    turns = {(name, str(len(elements) - 1)) for name, elements in lists if elements and _is_models(elements[-1])}
    return tuple(span.text for span in payload.spans if turns and _turn(span) in turns)


def _turns(payload: Payload) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, elements in payload.document.items():
        if isinstance(elements, list):
            yield from (((name, str(index)), element) for index, element in enumerate(elements))


def _turn(span: TextSpan) -> tuple[str, ...]:
    return tuple(span.pointer.split("/", _TURN)[1:_TURN])


def _is_models(element: Any) -> bool:
    if not isinstance(element, dict):
        return False
    role, kind = str(element.get("role", "")).lower(), str(element.get("type", ""))
    return role in _ROLES or (not role and (kind in _TYPES or kind.endswith("_call")))
