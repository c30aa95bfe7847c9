"""What imports what: a process loads only what it needs, and what is shared stands below all that share it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ ](\w+)[\w.]*(?:[ ]import\b|[ ]as\b|,|$)", re.MULTILINE)
#: Package -> the packages of this repository that it must not import.
ABOVE = {
    "proxy": {"testing", "bench", "training", "tests"},
    "testing": {"bench", "training", "tests"},
    "bench": {"training", "tests"},
    "training": {"bench", "tests"},
}


def ran(code):
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()


@pytest.mark.parametrize(
    ("module", "needless"),
    [
        (
            "proxy.service.app",
            {
                *("numpy", "torch", "spacy", "presidio_analyzer", "presidio_anonymizer", "joserfc"),
                *("proxy.policy.authoring.replay", "proxy.policy.engine.server"),
            },
        ),
        (
            "proxy.embedded.stack",
            {"numpy", "opa_client", "proxy.policy.authoring.replay", "proxy.service.app", "proxy.web"},
        ),
        (
            "proxy.service.workers",
            {"proxy.service.app", "proxy.web", "proxy.exchange.pipeline", "opa_client", "proxy.codecs"},
        ),
        ("proxy.detection.pool.nursery", {"pydantic", "proxy.settings", "aiohttp"}),
        ("proxy.detection.engine", {"pydantic_settings", "proxy.settings", "presidio_analyzer.predefined_recognizers"}),
        ("proxy.policy.engine.server", {"opa_client", "pydantic", "asyncpg"}),
    ],
)
def test_a_process_loads_only_what_it_needs(module, needless):
    loaded = set(ran(f"import sys, {module}; print(*sys.modules)"))
    assert module in loaded
    assert loaded & needless == set()


def imported(path):
    """Return the packages that a source names, wherever in it."""
    return {one[1] for one in _IMPORT.finditer(path.read_text())}


@pytest.mark.parametrize("package", ABOVE)
def test_packages_import_in_one_direction(package):
    wrong = {
        path.relative_to(ROOT).as_posix(): found
        for path in (ROOT / package).rglob("*.py")
        if (found := ABOVE[package].intersection(imported(path)))
    }
    assert wrong == {}
