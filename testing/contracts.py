"""The public contract of decisions, as the product ships it: its vocabulary, and the schemas of what policy sees and says."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import orjson


def contract(name: str) -> Any:
    """Return ``vocabulary``, ``data.schema``, ``decision.schema`` or ``input.schema``."""
    return orjson.loads(files("proxy.policy").joinpath("schemas", f"{name}.json").read_bytes())
