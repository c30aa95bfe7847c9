from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from proxy.embedded import watchdog

pytestmark = pytest.mark.heavy


def sleeper(code: str = "import time; print('up', flush=True); time.sleep(60)") -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    return child


def test_follow_keeps_what_was_added_and_not_removed():
    assert watchdog.follow(["+12\n", "+13\n", "-12\n", "rubbish\n", "+\n", "-99\n"]) == {13}


def test_end_takes_a_group_that_ignores_signals():
    with sleeper(
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    ) as child:
        began = time.monotonic()
        watchdog.end({child.pid}, grace_s=0.2)
        assert child.wait(5) == -signal.SIGKILL
        assert time.monotonic() - began < 3


def test_end_of_input_ends_what_is_listed():
    with sleeper() as listed, sleeper() as removed:
        dog = subprocess.Popen([sys.executable, "-I", "-S", watchdog.__file__], stdin=subprocess.PIPE, text=True)
        assert dog.stdin is not None
        dog.stdin.write(f"+{listed.pid}\n+{removed.pid}\n-{removed.pid}\n")
        dog.stdin.close()
        assert listed.wait(5) != 0
        assert dog.wait(5) == 0
        assert removed.poll() is None
        removed.kill()


def test_alive_sees_a_group_end():
    with sleeper() as child:
        assert watchdog.alive(child.pid)
        child.kill()
        child.wait()
    assert not watchdog.alive(child.pid)
