"""What every client asks, and the table of cells. The texts may come as JSON in ``INTEROP``: real servers get others."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

PERSON = "My name is Katarzyna Wisniewska, katarzyna.wisniewska@example.com, phone +48 601 234 567."
#: Each member has one value, so that a model that knows nothing fills it in too where its server holds it to a schema.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string", "enum": ["Paris"]}, "days": {"type": "integer", "enum": [3]}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
TOOL: dict[str, Any] = {"name": "get_weather", "description": "Weather of a city", "parameters": SCHEMA}
TEXTS = {
    "greet": f"{PERSON} Please say the greeting.",
    "weather": f"{PERSON} Please look up the weather.",
    "form": f"{PERSON} Please fill in the form.",
    "busy": f"{PERSON} Please be too busy.",
}
_TEXTS = {"choice": "required", **TEXTS, **json.loads(os.environ.get("INTEROP", "{}"))}
CHOICE: dict[str, str] = {"tool_choice": _TEXTS["choice"]} if _TEXTS["choice"] else {}  # "": the API has none
GREET, WEATHER, FORM, BUSY = (_TEXTS[name] for name in TEXTS)
NAMED = sys.argv[4:5]  # the model, where it is not the stand-in's
MODEL, EMBEDDER = (*NAMED, *NAMED) or ("gpt-4o-mini", "text-embedding-3-small")

Cell = Callable[[str, str], Any]
CELLS: dict[str, dict[str, Cell]] = {}


def cell(client: str, name: str) -> Callable[[Cell], Cell]:
    """Register what one client does for one cell."""

    def registered(function: Cell) -> Cell:
        CELLS.setdefault(client, {})[name] = function
        return function

    return registered


def said(text: Any, pieces: int = 0, calls: Any = ()) -> dict[str, Any]:
    """Return what came; arguments of calls as values, whatever their spelling."""
    arguments = [(name, json.loads(given) if isinstance(given, str) else dict(given)) for name, given in calls]
    return {"text": text or "", "calls": arguments, "streamed": pieces > 0}
