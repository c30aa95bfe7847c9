"""Workers that are forked from a process which has loaded the models: the faults of ``test_pool``, and its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest

from proxy.core.findings import SegmentFindings
from proxy.detection.pool import forked
from proxy.detection.pool.loading import NurseryPart
from proxy.detection.pool.pool import PoolLimits, WorkerPool
from proxy.detection.pool.process import WorkerProcess
from testing.local_classifiers import in_onnx, in_safetensors
from testing.processes import is_gone

pytestmark = pytest.mark.skipif(not forked.POSSIBLE, reason="a process that has loaded models is forked on Linux alone")
STAND_IN = str(Path(__file__).parent / "nursery_stand_in.py")


def begun(requests, delay=0.0) -> subprocess.Popen[bytes]:
    command = [sys.executable, STAND_IN, str(os.getpid()), str(requests.fileno()), str(delay)]
    return subprocess.Popen(command, pass_fds=(requests.fileno(),))


@asynccontextmanager
async def nursery(delay=0.0, **limits):
    """Yield a pool, and the nursery's process in a list so that a test can replace it."""
    clients, requests = forked.ends()
    clients.setblocking(False)
    processes = [begun(requests, delay)]
    given = {"workers": 1, "queue": 8, "batch_s": 1.0, **limits}
    pool = WorkerPool(PoolLimits(**given), partial(WorkerProcess, lanes=2, nursery=clients))
    try:
        await pool.start()
        yield pool, processes, requests
    finally:
        await pool.close()
        for process in processes:
            process.kill()
            process.wait()
        clients.close()
        requests.close()


def read(answers) -> list[str]:
    return [
        "ok" if isinstance(answer, tuple) and isinstance(answer[0], SegmentFindings) else answer.value
        for answer in answers
    ]


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


async def test_workers_answer_on_all_their_lanes_and_end_with_the_pool():
    async with nursery(workers=2, delay=0.3) as (pool, processes, _):
        await until(lambda: len(pool.pids) == 2 and all(pool.pids))
        async with asyncio.TaskGroup() as tasks:
            requests = [tasks.create_task(pool.run([["slow:0.5"]], 10, f"t{n}")) for n in range(4)]
        answered = {task.result()[0][0].findings[0].recognizer for task in requests}
        assert len(answered) == 4  # two workers and a twin of each
        below = [child.pid for child in psutil.Process(processes[0].pid).children(recursive=True)]
        assert set(map(str, below)) == answered
        assert set(pool.pids) <= set(below)
    await until(lambda: all(map(is_gone, below)))


@pytest.mark.parametrize(("text", "said"), [("hang", "timeout"), ("die", "failed"), ("odd", "failed")])
async def test_a_worker_that_fails_is_replaced_and_its_text_alone_fails(text, said):
    async with nursery() as (pool, *_):
        (pid,) = pool.pids
        assert read(await pool.run([[text]], 5)) == [said]
        await until(lambda: pool.ready)
        assert pool.pids != (pid,)
        await until(lambda: is_gone(pid))
        assert read(await pool.run([["fine"]], 5)) == ["ok"]


async def test_a_worker_killed_from_outside_is_replaced():
    async with nursery() as (pool, *_):
        (pid,) = pool.pids
        os.kill(pid, signal.SIGKILL)
        await until(lambda: pool.ready and pool.pids != (pid,))
        assert read(await pool.run([["fine"]], 5)) == ["ok"]


async def test_workers_end_with_their_nursery_and_the_next_one_makes_new_ones():
    async with nursery() as (pool, processes, requests):
        (pid,) = pool.pids
        processes[0].kill()
        processes[0].wait()
        await until(lambda: is_gone(pid) and not pool.ready)
        assert read(await pool.run([["fine"]], 0.3)) == ["timeout"]
        processes.append(begun(requests))
        await until(lambda: pool.ready)
        assert read(await pool.run([["fine"]], 5)) == ["ok"]


CLIENT = """
import asyncio, sys
from proxy.detection.pool import forked
from proxy.detection.pool.process import WorkerProcess

async def main():
    worker = WorkerProcess(lanes=2, nursery=forked.client_end(int(sys.argv[1])))
    await worker.start(30)
    print(worker.pid, flush=True)
    await worker.ask(["hang"])

asyncio.run(main())
"""


async def test_a_worker_ends_when_whoever_asked_for_it_is_killed_even_in_the_middle_of_a_text():
    clients, requests = forked.ends()
    process = begun(requests)
    with clients, requests:
        requester = subprocess.Popen(
            [sys.executable, "-c", CLIENT, str(clients.fileno())], pass_fds=(clients.fileno(),),
            stdout=subprocess.PIPE, cwd=Path(__file__).parents[4],
        )  # fmt: skip
        with requester, requester.stdout as said:
            pid = int(await asyncio.to_thread(said.readline))
            await asyncio.sleep(0.3)
            assert not is_gone(pid)
            requester.kill()
        await until(lambda: is_gone(pid))
        assert process.poll() is None
        process.kill()
        process.wait()


@pytest.fixture
def real(tmp_path):
    made = NurseryPart(None, tmp_path / "log")
    yield made
    made.close()


async def test_the_real_one_opens_no_socket_and_its_workers_find_a_person(real, tmp_path):
    real.begin()
    clients = forked.client_end(os.dup(real.clients))
    worker = WorkerProcess(lanes=2, nursery=clients)
    with clients:
        await worker.start(120)
        assert await real.healthy()
        (found,) = await worker.ask(["Thank Anna Schmidt for her order."])
        assert [finding.entity_type for finding in found.findings] == ["PERSON"]
        assert not psutil.Process(real.group).net_connections(kind="inet")
        assert worker.described["spacy"]
        await worker.kill()
    assert (tmp_path / "log").read_text() == ""


@pytest.mark.parametrize("made", [pytest.param(in_safetensors, marks=pytest.mark.slow), in_onnx])
async def test_workers_read_with_the_model_of_a_folder(real, tmp_path, monkeypatch, made):
    made(tmp_path)
    monkeypatch.setenv("PROXY_CLASSIFIER", str(tmp_path))
    real.begin()
    with forked.client_end(os.dup(real.clients)) as clients:
        worker = WorkerProcess(lanes=2, nursery=clients)
        await worker.start(120)
        (found,) = await worker.ask(["xx anna xx"])
        assert [(one.entity_type, one.start, one.end) for one in found.findings] == [("PERSON", 3, 7)]
        await worker.kill()


async def test_one_that_cannot_load_says_why_in_its_log(real, tmp_path, monkeypatch):
    (tmp_path / "spacy.py").write_text("raise OSError('half a library')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    real.begin()
    await asyncio.wait_for(real.ended(), 60)
    assert "half a library" in (tmp_path / "log").read_text()
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0
