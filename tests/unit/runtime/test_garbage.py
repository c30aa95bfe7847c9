from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from proxy.runtime import garbage

SAYS = """
import gc
from proxy.runtime import garbage
garbage.pause_collection()
held = gc.isenabled()
garbage.resume_collection()
print(held, gc.isenabled(), gc.get_freeze_count() > 1000, gc.get_threshold()[2] >= 1000)
"""


@pytest.mark.heavy
def test_the_collector_rests_until_told_and_then_looks_past_what_there_is():
    ended = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.split() == ["False", "True", "True", "True"]


async def test_memory_is_given_back_once_after_large_bodies(monkeypatch):
    given, give_back = [], garbage._give_back
    monkeypatch.setattr(garbage, "_AFTER_S", 0.01)
    monkeypatch.setattr(garbage, "_give_back", lambda loop: (given.append(loop), give_back(loop)))
    for size in (10, garbage._LARGE, garbage._LARGE, 2 * garbage._LARGE):
        garbage.give_back_after(size)
    await asyncio.sleep(0.05)
    assert given == [asyncio.get_running_loop()]
    garbage.give_back_after(garbage._LARGE)
    await asyncio.sleep(0.05)
    assert len(given) == 2
    garbage.give_back_after(garbage._LARGE - 1)
    await asyncio.sleep(0.05)
    assert len(given) == 2
