from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import pytest

from proxy.runtime import process

SAYS = """
import gc
from proxy.runtime import process
process.pause_collection()
held = gc.isenabled()
process.resume_collection()
print(held, gc.isenabled(), gc.get_freeze_count() > 1000, gc.get_threshold()[2] >= 1000)
"""


@pytest.mark.heavy
def test_the_collector_rests_until_told_and_then_looks_past_what_there_is():
    ended = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.split() == ["False", "True", "True", "True"]


async def test_memory_is_given_back_once_after_large_bodies(monkeypatch):
    given, give_back = [], process._give_back
    monkeypatch.setattr(process, "_AFTER_S", 0.01)
    monkeypatch.setattr(process, "_give_back", lambda loop: (given.append(loop), give_back(loop)))
    for size in (10, process._LARGE, process._LARGE, 2 * process._LARGE):
        process.give_back_after(size)
    await asyncio.sleep(0.05)
    assert given == [asyncio.get_running_loop()]
    process.give_back_after(process._LARGE)
    await asyncio.sleep(0.05)
    assert len(given) == 2
    process.give_back_after(process._LARGE - 1)
    await asyncio.sleep(0.05)
    assert len(given) == 2


pytestmark = pytest.mark.heavy


CHILD = """
import signal, sys
print("started", flush=True)
sys.stdin.readline()
signal.signal(signal.SIGHUP, lambda *_: print("heard", flush=True))
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
"""


def blocked() -> bool:
    return signal.SIGHUP in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.fixture(autouse=True)
def as_before():
    yield
    process.unblock_sighup()


def test_child_that_is_not_ready_hears_the_signal_later():
    with process.sighup_blocked():
        child = subprocess.Popen([sys.executable, "-c", CHILD], stdin=-1, stdout=-1, text=True)
    with child:
        assert child.stdout.readline() == "started\n"
        child.send_signal(signal.SIGHUP)
        child.stdin.write("go on\n")
        child.stdin.close()
        assert child.stdout.read() == "heard\n"
        assert child.wait(10) == 0


def test_overlapping_blocks_end_with_the_last():
    first, second = process.sighup_blocked(), process.sighup_blocked()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert blocked()
    second.__exit__(None, None, None)
    assert not blocked()


def test_block_leaves_a_signal_that_waited_before_waiting():
    process.block_sighup()
    with process.sighup_blocked():
        pass
    assert blocked()
    process.unblock_sighup()
    assert not blocked()
