"""Operators that a deployment brings, and what they must keep to whoever wrote them.

An obligation names one: ``{"type": "redact", "params": {"operator": "acme_token"}}``; its type says how strict it
counts. A name that is not installed, parameters that the operator refuses, a fault, an answer that is no text or still
holds the value: each denies the target, and nothing leaves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from proxy.core.deidentification.operators import Operator
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.search.occurrences import Occurrences

#: An obligation's further parameters -> the operator; raises where it cannot obey them.
Make = Callable[[Mapping[str, Any]], Operator]
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OURS: Final = frozenset({"operator", "restore", "public_figures"})
#: Values below this length occur in any token by chance: of these a whole word counts.
_SHORT = 4
_LONGEST = 4096  # characters of a replacement


class UnknownOperatorError(ValueError):
    """An obligation names an operator that is not installed, or that cannot obey its parameters."""

    def __init__(self, name: object) -> None:
        self.name = name if isinstance(name, str) and NAME.fullmatch(name) else "unnamed"
        super().__init__(f"operator {self.name} is not installed, or cannot obey")


class OperatorFailedError(ValueError):
    """An installed operator raised, answered no text, or answered one that still holds the value."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"operator {name} failed")


def installed(params: Mapping[str, Any], known: Mapping[str, Make]) -> Operator | None:
    """Return the operator that an obligation's parameters name, None where they name none.

    Raises:
        UnknownOperatorError: it is not installed, or refuses the other parameters.

    """
    if "operator" not in params:
        return None
    name = params["operator"]
    make = known.get(name) if isinstance(name, str) else None
    if make is None:
        raise UnknownOperatorError(name)
    try:
        operator = make({key: value for key, value in params.items() if key not in _OURS})
    except Exception:  # noqa: BLE001 -- others' code; what it raises may quote anything
        raise UnknownOperatorError(name) from None
    return _guarded(str(name), operator)


def _guarded(name: str, operator: Operator) -> Operator:
    """Return the operator with what it answers checked."""

    def operate(entity_type: str, value: str, minter: Minter) -> str:
        try:
            answer = operator(entity_type, value, minter)
            held = _is_wrong(entity_type, value, answer)
        except Exception:  # noqa: BLE001 -- others' code; what it raises may quote the value
            raise OperatorFailedError(name) from None
        if held:
            raise OperatorFailedError(name)
        return answer

    return operate


def _is_wrong(entity_type: str, value: str, answer: Any) -> bool:
    """Whether an answer is no text that may be sent, or holds the value, also written otherwise."""
    if type(answer) is not str or len(answer) > _LONGEST or answer != answer.encode(errors="replace").decode():
        return True
    sought = value.strip().casefold()
    if len(sought) < _SHORT:
        return re.search(rf"(?<!\w){re.escape(sought)}(?!\w)", answer.casefold()) is not None
    people = (value,) if entity_type == "PERSON" else ()
    return sought in answer.casefold() or bool(Occurrences((value,), people).find(answer))
