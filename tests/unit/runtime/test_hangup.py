from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from proxy.runtime import hangup

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
    hangup.unblock_sighup()


def test_child_that_is_not_ready_hears_the_signal_later():
    with hangup.sighup_blocked():
        child = subprocess.Popen([sys.executable, "-c", CHILD], stdin=-1, stdout=-1, text=True)
    with child:
        assert child.stdout.readline() == "started\n"
        child.send_signal(signal.SIGHUP)
        child.stdin.write("go on\n")
        child.stdin.close()
        assert child.stdout.read() == "heard\n"
        assert child.wait(10) == 0


def test_overlapping_blocks_end_with_the_last():
    first, second = hangup.sighup_blocked(), hangup.sighup_blocked()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert blocked()
    second.__exit__(None, None, None)
    assert not blocked()


def test_block_leaves_a_signal_that_waited_before_waiting():
    hangup.block_sighup()
    with hangup.sighup_blocked():
        pass
    assert blocked()
    hangup.unblock_sighup()
    assert not blocked()
