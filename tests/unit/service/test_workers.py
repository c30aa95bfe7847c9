"""A real group of processes; each stands in for a worker and does nothing but live."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from proxy.errors import RegistryUnavailableError
from proxy.service.workers import WorkerGroup
from proxy.settings import Settings

pytestmark = pytest.mark.heavy


GROUP = """
import pathlib, subprocess, sys
from proxy.service import workers
from proxy.settings import Settings

folder = pathlib.Path(sys.argv[1])

class Group(workers.WorkerGroup):
    def _load(self):
        pass

    def _start(self, child):
        code = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1], str(os.getpid())).touch(); time.sleep(60)"
        return subprocess.Popen([sys.executable, "-S", "-c", code, str(folder)], env=child)

Group(Settings(workers=2)).run()
(folder / "ended").touch()
"""


@pytest.fixture
def group(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", GROUP, str(tmp_path)], cwd=Path(__file__).parents[3])
    yield process, tmp_path
    process.kill()
    process.wait()
    for worker in workers(tmp_path):
        if alive(worker):
            os.kill(worker, signal.SIGKILL)


def workers(folder):
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit())


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").is_dir() else True


def until(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_the_group(group, number):
    process, folder = group
    until(lambda: len(workers(folder)) == 2)
    process.send_signal(number)
    assert process.wait(10) == 0
    assert (folder / "ended").exists()
    assert not any(map(alive, workers(folder)))


def test_a_dead_worker_is_replaced_and_a_signal_during_it_is_not_lost(group):
    process, folder = group
    until(lambda: len(workers(folder)) == 2)
    os.kill(workers(folder)[0], signal.SIGKILL)
    until(lambda: len(workers(folder)) == 3)
    os.kill(workers(folder)[-1], signal.SIGKILL)
    time.sleep(0.45)  # the group has seen the death and waits before it starts another
    process.terminate()
    assert process.wait(10) == 0
    assert not any(map(alive, workers(folder)))


def test_what_a_worker_is_told():
    child = WorkerGroup(Settings(workers=3, port=1234, host="::1"))._environment("/shared")
    assert child["PROMETHEUS_MULTIPROC_DIR"] == "/shared"
    assert (child["PROXY_HOST"], child["PROXY_PORT"], child["PROXY_WORKERS"]) == ("::1", "1234", "3")
    assert json.loads(child["COMPLIANCE_PROXY_HANDOVER"]) == {"by": os.getpid(), "worker_of": os.getpid()}


class Reads:
    """Stands in for reading the catalog: away until the test says otherwise, and as slow as it wants."""

    def __init__(self):
        self.count, self.away = 0, False
        self.let_go = threading.Event()
        self.let_go.set()

    def __call__(self, _settings):
        self.count += 1
        assert self.let_go.wait(10)
        if self.away:
            raise RegistryUnavailableError


@pytest.fixture
def reads(monkeypatch):
    made = Reads()
    monkeypatch.setattr("proxy.service.rollout.read_catalog", made)
    monkeypatch.setattr("proxy.service.workers._AGAIN_S", 0.01)
    return made


@pytest.fixture
def told(reads):
    """A group without processes, and what it told them."""
    group, said = WorkerGroup(Settings(workers=2)), []
    group._signal = said.append
    yield group, said
    group._stopping = True
    reads.let_go.set()
    if group._reload_thread is not None:
        group._reload_thread.join(10)


def hang_up(group):
    group._forward(signal.SIGHUP, None)
    group._reload_if_requested()


def test_a_reload_is_tried_again_until_the_registry_can_be_read(told, reads):
    group, said = told
    reads.away = True
    hang_up(group)
    until(lambda: reads.count > 3)
    assert said == []
    reads.away = False
    until(lambda: said == [signal.SIGHUP])
    group._reload_thread.join(10)
    assert not group._reload_thread.is_alive()


def test_a_group_that_ends_does_not_try_again(told, reads):
    group, said = told
    reads.away = True
    hang_up(group)
    until(lambda: reads.count)
    group._stopping = True
    group._reload_thread.join(10)
    assert not group._reload_thread.is_alive()
    assert said == []


def test_signals_during_a_reload_ask_for_one_more(told, reads):
    group, said = told
    reads.let_go.clear()
    hang_up(group)
    until(lambda: reads.count == 1)
    for _ in range(3):
        hang_up(group)
    assert reads.count == 1
    reads.let_go.set()
    group._reload_thread.join(10)
    for _ in range(3):
        group._reload_if_requested()
        group._reload_thread.join(10)
    assert (reads.count, said) == (2, [signal.SIGHUP] * 2)
