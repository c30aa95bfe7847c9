"""A deployment's own operators, and the checks that every operator's output must pass.

An obligation names one: ``{"type": "redact", "params": {"operator": "acme_token"}}``; its type sets the strictness. An
operator that is not installed, refuses its parameters, raises, or returns no text or one that still holds the value
denies the target: nothing leaves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from proxy.core.deidentification.operators import Operator
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.search.occurrences import Occurrences

#: An obligation's other parameters -> the operator; raises if it does not support them.
Make = Callable[[Mapping[str, Any]], Operator]
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OURS: Final = frozenset({"operator", "restore", "public_figures", "in"})
#: Shorter values occur in any token by chance: they count only as whole words.
_SHORT = 4
_LONGEST = 4096  # characters of a replacement


class UnknownOperatorError(ValueError):
    """An obligation names an operator that is not installed or does not support its parameters."""

    def __init__(self, name: object) -> None:
        self.name = name if isinstance(name, str) and NAME.fullmatch(name) else "unnamed"
        super().__init__(f"operator {self.name} is not installed or does not support its parameters")


class OperatorFailedError(ValueError):
    """An installed operator raised, returned no text, or one that still holds the value."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"operator {name} failed")


def installed(params: Mapping[str, Any], makers: Mapping[str, Make]) -> Operator | None:
    """Return the operator named by an obligation's parameters, None if they name none.

    Raises:
        UnknownOperatorError: it is not installed, or refuses the other parameters.

    """
    if "operator" not in params:
        return None
    name = params["operator"]
    make = makers.get(name) if isinstance(name, str) else None
    if make is None:
        raise UnknownOperatorError(name)
    try:
        operator = make({key: value for key, value in params.items() if key not in _OURS})
    except Exception:  # noqa: BLE001 -- third-party code; its exceptions may quote anything
        raise UnknownOperatorError(name) from None
    return _guarded(str(name), operator)


def _guarded(name: str, operator: Operator) -> Operator:
    """Return the operator with its output checked."""

    def operate(entity_type: str, value: str, minter: Minter) -> str:
        try:
            output = operator(entity_type, value, minter)
            invalid = _is_invalid(entity_type, value, output)
        except Exception:  # noqa: BLE001 -- third-party code; its exceptions may quote the value
            raise OperatorFailedError(name) from None
        if invalid:
            raise OperatorFailedError(name)
        return output

    return operate


def _is_invalid(entity_type: str, value: str, output: Any) -> bool:
    """Whether the output is not a text that may be sent, or holds the value in any spelling."""
    if type(output) is not str or len(output) > _LONGEST or output != output.encode(errors="replace").decode():
        return True
    folded = value.strip().casefold()
    if len(folded) < _SHORT:
        return re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", output.casefold()) is not None
    people = (value,) if entity_type == "PERSON" else ()
    return folded in output.casefold() or bool(Occurrences((value,), people).find(output))
