"""What became of a call that was made straight and through the proxy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

CELLS = ("chat", "stream", "tools", "stream tools", "structured", "embeddings", "error")
WORKS, STANDIN, LEAKS, DIFFERS = "works", "stand-in", "LEAKS", "differs"
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
    return Result(client, cell, DIFFERS, str(through.get("why") or through)[:200])


def judged_alike(same: Result, direct: dict[str, Any], through: dict[str, Any]) -> Result:
    """Return what became of a cell at a model, which answers otherwise where the prompt says a pseudonym.

    ``same`` says what became of it without a person in the prompt; with one the answer has to be of the same kind.
    """
    if same.verdict != WORKS or _kind(direct) == _kind(through):
        return same
    return Result(same.client, same.cell, DIFFERS, str(through.get("why") or through)[:200])


def _kind(one: dict[str, Any]) -> Sequence[Any]:
    got = one.get("got")
    if isinstance(got, dict):
        got = (bool(got["text"]), [name for name, _ in got["calls"]], got["streamed"])
    return (got, one.get("raised"), one.get("status"))
