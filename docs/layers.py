"""Draw the rooms of ``proxy/`` by layer, and which room imports which, from the import graph."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import grimp

from docs.drawing import Drawing

#: What each room is for, in a few words.
ROOMS: Mapping[str, str] = {
    "cli": "commands",
    "embedded": "everything on one machine",
    "selftest": "plants values, watches both ends",
    "service": "a serving process",
    "console": "pages for officers",
    "web": "HTTP in: keys, limits, admin API",
    "reports": "questions, signed answers",
    "exchange": "the path of one request",
    "registry": "the catalog in PostgreSQL",
    "detection": "finds entities",
    "policy": "asks OPA",
    "upstreams": "HTTP out, to targets",
    "vault": "pseudonym and original",
    "audit": "records, seals, notes",
    "catalog": "registry, endpoints, routes",
    "identity": "API keys and tokens",
    "grants": "break-glass, obligations",
    "keys": "the master key",
    "bulk": "very many lines, here or on Ray",
    "ports": "what the exchange needs",
    "schemes": "how credentials are presented",
    "codecs": "wire dialects",
    "core": "decides what leaves; no I/O",
    "settings": "reads the environment",
    "runtime": "clock, log, database, threads",
    "errors": "faults with status and code",
}
_CELL, _TOP, _LEFT = 24, 96, 330
_CONTRACT = "every package has its layer"


def layers() -> list[list[str]]:
    """Return the rooms of ``proxy/`` by layer, outermost first, as import-linter holds them."""
    settings = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["tool"]["importlinter"]
    contract = next(one for one in settings["contracts"] if one["name"] == _CONTRACT)
    return [[room.strip() for room in layer.split("|")] for layer in contract["layers"]]


def imports() -> Counter[tuple[str, str]]:
    """Return how many imports lead from one room to another."""
    graph = grimp.build_graph("proxy")
    found: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            pair = (_room(module), _room(imported))
            if pair[0] != pair[1] and "" not in pair:
                found[pair] += 1
    return found


def _room(module: str) -> str:
    name = module.split(".")[1] if "." in module else ""
    return name if name != "__main__" else ""


def drawing() -> str:
    """Draw rooms and imports as a matrix: a row's room imports a column's.

    Raises:
        ValueError: a room that this module does not know.

    """
    rooms = [room for layer in layers() for room in layer]
    if unknown := set(rooms) ^ set(ROOMS):
        raise ValueError(f"rooms that docs/layers.py and the layers do not share: {sorted(unknown)}")
    made = Drawing("Rooms of proxy/ from the outermost layer to the innermost; a mark says that a row imports a column")
    _bands(made, rooms)
    found = imports()
    for row, importer in enumerate(rooms):
        for column, imported in enumerate(rooms):
            x, y = _LEFT + column * _CELL, _TOP + row * _CELL
            if (importer, imported) in found:
                made.rectangle(x + 4, y + 4, _CELL - 8, _CELL - 8, "ours" if column > row else "refused")
            elif row == column:
                made.rectangle(x + 9, y + 9, _CELL - 18, _CELL - 18, "box")
    below = _TOP + len(rooms) * _CELL + 24
    made.text(12, below, "A row imports the columns with a mark. All marks are right of the diagonal: no room", "small")
    made.text(
        12,
        below + 18,
        "imports one above it. Rooms of one band are side by side and import none of each other.",
        "small",
    )
    return made.svg()


def _bands(made: Drawing, rooms: list[str]) -> None:
    """Draw the layers as bands, and the names of rooms beside and above the matrix."""
    row = 0
    for layer in layers():
        height = len(layer) * _CELL
        made.rectangle(8, _TOP + row * _CELL + 1, _LEFT + len(rooms) * _CELL - 4, height - 2, "band")
        row += len(layer)
    for number, room in enumerate(rooms):
        y = _TOP + number * _CELL + 17
        made.text(18, y, room, "strong mono")
        made.text(112, y, ROOMS[room], "small")
        made.upward(_LEFT + number * _CELL + 16, _TOP - 8, room, "small mono")
