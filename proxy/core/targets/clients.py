"""The features that programs ask for, by program, from ``clients.toml``. Pure except for reading that file once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClientProgram:
    """One table of the file; the head of ``clients.toml`` documents its members."""

    title: str
    speaks: tuple[str, ...]
    takes: frozenset[str] = frozenset()
    drops: frozenset[str] = frozenset()


def _read(path: Path) -> dict[str, ClientProgram]:
    with path.open("rb") as file:
        tables = tomllib.load(file)
    return {
        name: ClientProgram(
            table["title"], tuple(table["speaks"]), frozenset(table.get("takes", ())), frozenset(table.get("drops", ()))
        )
        for name, table in tables.items()
    }


CLIENTS = _read(Path(__file__).with_name("clients.toml"))


def taken(names: Iterable[str]) -> frozenset[str]:
    """Return the features that a target of these programs takes."""
    return frozenset().union(*(CLIENTS[name].takes for name in names))


def droppable(names: Iterable[str]) -> frozenset[str]:
    """Return the features that may be left out of a request of these programs."""
    return taken(names).union(*(CLIENTS[name].drops for name in names))
