from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).resolve().parent
_TESTS = _HERE.parent


class Harness:
    """The library in a process of its own; it is started anew after a request that was given up."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a request; see ``harness.py``."""
        if self._process is None:
            command = [sys.executable, str(_HERE / "harness.py")]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin
        assert self._process.stdout
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            answer = json.loads(self._process.stdout.readline())
        except BaseException:
            self.close()
            raise
        assert "error" not in answer, answer["error"][-2000:]
        return answer

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with process:
                process.kill()


def _read(name: str) -> dict[str, Any]:
    return json.loads((_TESTS / name).read_text())


@pytest.fixture(scope="session")
def ask() -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """Evaluate the library in a process of its own; see ``harness.py`` for the requests."""
    harness = Harness()
    yield harness.ask
    harness.close()


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
