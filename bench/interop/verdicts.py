"""What became of a call that was made straight and through the proxy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

CELLS = ("chat", "stream", "tools", "stream tools", "structured", "embeddings", "error")
WORKS, STANDIN, LEAKS, DIFFERS, CLEARER = "works", "stand-in", "LEAKS", "differs", "clearer"
#: What LangChain raises for a prompt that is too long, where it knows the words; of llama.cpp's own it does not.
_CLEARER = frozenset({"OpenAIContextOverflowError", "AnthropicContextOverflowError"})
#: What must not reach a third party: parts of the person in every prompt.
PLANTED = ("wisniewska", "601 234 567", "601234567", "de89370400440532013000")


@dataclass(frozen=True)
class Result:
    """What became of one cell."""

    client: str
    cell: str
    verdict: str
    note: str = ""


def leaks(received: Iterable[Any]) -> bool:
    """Whether anything of the person stands in what a third party received."""
    written = json.dumps(list(received), ensure_ascii=False).lower()
    return any(part in written for part in PLANTED)


def judged(client: str, cell: str, direct: dict[str, Any], through: dict[str, Any]) -> Result:
    """Return what became of a cell: the service sees the same both ways."""
    if ("raised" in direct) != (cell == "error"):
        return Result(client, cell, STANDIN, str(direct.get("why", "no error"))[:200])
    if all(direct.get(key) == through.get(key) for key in ("got", "raised", "status")):
        return Result(client, cell, WORKS)
    if direct.get("status") == through.get("status") and through.get("raised") in _CLEARER:
        return Result(client, cell, CLEARER)
    return Result(client, cell, DIFFERS, str(through.get("why") or through)[:200])


def judged_alike(
    client: str, cell: str, direct: dict[str, Any], plain: dict[str, Any], personal: dict[str, Any]
) -> Result:
    """Return what became of a cell at a model, which answers otherwise where the prompt says a pseudonym.

    ``plain`` is without a person in the prompt; ``personal`` is with one, and has to be of the same kind.
    """
    same = judged(client, cell, direct, plain)
    if same.verdict != WORKS or _kind(direct) == _kind(personal):
        return same
    return Result(client, cell, DIFFERS, str(personal.get("why") or personal)[:200])


def _kind(one: dict[str, Any]) -> Sequence[Any]:
    got = one.get("got")
    if isinstance(got, dict):
        got = (bool(got["text"]), [name for name, _ in got["calls"]], got["streamed"])
    return (got, one.get("raised"), one.get("status"))
