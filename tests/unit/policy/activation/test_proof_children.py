from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from proxy.policy.activation import proof
from proxy.policy.engine.launch import ENVIRONMENT

pytestmark = pytest.mark.heavy


def test_child_is_asked_and_says():
    command = [sys.executable, "-c", "import sys; print(sys.stdin.read().upper())"]
    assert proof.run_child(command, 60, b"hello") == b"HELLO\n"


def test_child_collects_garbage_as_the_engine_does():
    command = [sys.executable, "-c", "import os; print(os.environ['GOGC'])"]
    assert proof.run_child(command, 60) == f"{ENVIRONMENT['GOGC']}\n".encode()


def test_child_that_does_not_end_is_killed():
    with pytest.raises(subprocess.TimeoutExpired):
        proof.run_child([sys.executable, "-c", "import time; time.sleep(600)"], 0.2)


def test_children_are_interrupted():
    said = []
    command = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
    thread = threading.Thread(target=lambda: said.append(proof.run_child(command, 600)))
    thread.start()
    while thread.is_alive():
        proof.interrupt_children()
        thread.join(0.05)
    assert said in ([b""], [b"up\n"])
