"""What a start costs: processes load only what they need."""

from __future__ import annotations

import subprocess
import sys

import pytest


def ran(code):
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()


@pytest.mark.parametrize(
    ("module", "needless"),
    [
        ("proxy.app", {"numpy", "torch", "spacy", "joserfc", "proxy.policy.replay", "proxy.policy.engine_server"}),
        ("proxy.embedded.stack", {"numpy", "opa_client", "proxy.policy.replay", "proxy.app", "proxy.web"}),
        ("proxy.workers", {"proxy.app", "proxy.web", "proxy.pipeline", "opa_client", "proxy.codecs"}),
        ("proxy.detection.nursery", {"pydantic", "proxy.settings", "aiohttp"}),
        ("proxy.detection.engine", {"pydantic_settings", "proxy.settings", "presidio_analyzer.predefined_recognizers"}),
        ("proxy.policy.engine_server", {"opa_client", "pydantic", "asyncpg"}),
    ],
)
def test_a_process_loads_only_what_it_needs(module, needless):
    loaded = set(ran(f"import sys, {module}; print(*sys.modules)"))
    assert module in loaded
    assert loaded & needless == set()
