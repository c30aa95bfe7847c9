from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.heavy


SAYS = """
import gc
from proxy.runtime import garbage
garbage.pause_collection()
held = gc.isenabled()
garbage.resume_collection()
print(held, gc.isenabled(), gc.get_freeze_count() > 1000)
"""


def test_the_collector_rests_until_told_and_then_looks_past_what_there_is():
    ended = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.split() == ["False", "True", "True"]
