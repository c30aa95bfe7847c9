"""The written forms of addresses, organisations, dates and numbers in each language (``forms.json``).

In ``SHAPES`` 9 is a digit, A a capital and # either; elsewhere ``{x}`` is filled by the module that uses the form.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

FORMS: dict[str, Any] = json.loads(Path(__file__).with_name("forms.json").read_text(encoding="utf-8"))


def pick(rng: random.Random, name: str, key: str = "") -> str:
    """One form of a list, or of one key's list."""
    return str(rng.choice(FORMS[name][key] if key else FORMS[name]))
