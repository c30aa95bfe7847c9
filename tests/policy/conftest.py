from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).resolve().parent
_TESTS = _HERE.parent


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(_HERE / "harness.py")],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def _read(name: str) -> dict[str, Any]:
    return json.loads((_TESTS / name).read_text())


@pytest.fixture(scope="session")
def ask() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Evaluate the library in a process of its own; see ``harness.py`` for the requests."""
    return _ask


@pytest.fixture(scope="session")
def document() -> Callable[[str], dict[str, Any]]:
    """Read a file below ``tests`` as JSON: ``document("golden/decision_cases.json")``."""
    return _read


@pytest.fixture(scope="session")
def golden(document: Callable[[str], dict[str, Any]]) -> list[dict[str, Any]]:
    """The worked cases."""
    return document("golden/decision_cases.json")["cases"]


@pytest.fixture(scope="session")
def decided(
    ask: Callable[[dict[str, Any]], dict[str, Any]],
    document: Callable[[str], dict[str, Any]],
    golden: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """The decision on each worked case, in order."""
    data = document("contracts/example_data_document.json")
    return ask({"do": "cases", "cases": golden, "data": data})["decisions"]
