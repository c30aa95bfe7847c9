from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from prometheus_client import REGISTRY

from proxy.core.findings import SegmentFindings
from proxy.detection.pool.forked import child_environment
from proxy.detection.pool.pool import PoolLimits, WorkerPool
from proxy.detection.pool.process import WorkerProcess
from proxy.errors import DetectionBusyError, DetectionError, TooMuchTextError
from testing.processes import is_gone

COMMAND = (sys.executable, str(Path(__file__).parent / "stand_in.py"))

linux = pytest.mark.skipif(sys.platform != "linux", reason="a worker has twins on Linux alone")


@asynccontextmanager
async def started(**limits) -> AsyncIterator[WorkerPool]:
    lanes = limits.pop("lanes", 1)
    pool = WorkerPool(
        PoolLimits(**{"workers": 1, "queue": 4, "batch_s": 1.0, **limits}), lambda: WorkerProcess(COMMAND, lanes)
    )
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


def read(answer) -> str:
    return "ok" if isinstance(answer, tuple) and isinstance(answer[0], SegmentFindings) else answer.value


def loads() -> float:
    return REGISTRY.get_sample_value("proxy_detection_batch_seconds_count") or 0.0


async def recovered(pool: WorkerPool) -> None:
    async with asyncio.timeout(20):
        while not pool.ready:
            await asyncio.sleep(0.02)


async def test_batches_are_answered_in_order():
    async with started() as pool:
        answers = await pool.run([["a", "bb"], ["ccc"]], 5)
        assert [[s.findings[0].end for s in answer] for answer in answers] == [[1, 2], [3]]
        assert pool.ready
        assert len(pool.pids) == 1
        assert pool.resident() == (1000,)


async def test_a_hung_worker_is_killed_and_replaced():
    async with started(batch_s=0.5) as pool:
        (pid,) = pool.pids
        assert [read(a) for a in await pool.run([["hang"]], 5)] == ["timeout"]
        await recovered(pool)
        assert pool.pids != (pid,)
        assert not psutil.pid_exists(pid)
        assert [read(a) for a in await pool.run([["fine"]], 5)] == ["ok"]


async def test_a_request_whose_worker_dies_has_failed():
    async with started() as pool:
        assert [read(a) for a in await pool.run([["die"], ["fine"]], 10)] == ["failed", "ok"]
        assert pool.replaced == 1


async def test_a_worker_killed_while_idle_is_replaced():
    async with started() as pool:
        os.kill(pool.pids[0], signal.SIGKILL)
        await asyncio.sleep(0.3)
        assert [read(a) for a in await pool.run([["fine"]], 20)] == ["ok"]


async def test_an_odd_answer_is_a_failure():
    async with started() as pool:
        assert [read(a) for a in await pool.run([["odd", "x"]], 10)] == ["failed"]


async def test_a_slow_answer_is_a_timeout_and_the_worker_lives():
    async with started(batch_s=5.0) as pool:
        (pid,) = pool.pids
        assert [read(a) for a in await pool.run([["slow:0.5"]], 0.1)] == ["timeout"]
        assert [read(a) for a in await pool.run([["fine"]], 5)] == ["ok"]
        assert pool.pids == (pid,)


async def test_a_full_queue_of_one_tenant_is_told_at_once_and_leaves_room_to_others():
    async with started(queue=2) as pool, asyncio.TaskGroup() as group:
        waiting = [group.create_task(pool.run([["slow:0.2"]], 5, "a")) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(DetectionBusyError):
            await pool.run([["fine"]], 5, "a")
        with pytest.raises(DetectionBusyError):
            pool.admit("a", 1, 5)
        assert pool.waiting == 2
        assert [read(a) for a in await pool.run([["fine"]], 5, "b")] == ["ok"]
        assert [[read(a) for a in await task] for task in waiting] == [["ok"], ["ok"]]
    assert not pool.pace.waiting


async def test_what_cannot_be_read_in_time_is_refused_before_it_is_queued():
    async with started(queue=99) as pool, asyncio.TaskGroup() as group:
        with pytest.raises(TooMuchTextError):
            pool.admit("a", pool.pace.most(1) + 1, 1)
        pool.admit("a", pool.pace.most(1), 1)
        group.create_task(pool.run([["slow:0.3", "x" * 60_000]], 5, "a"))
        await asyncio.sleep(0.05)
        with pytest.raises(DetectionBusyError) as caught:
            pool.admit("a", 1_000, 1)
        assert caught.value.retry_after_s >= 1
        pool.admit("b", 1_000, 1)
    pool.admit("a", 1_000, 1)


async def test_a_tenant_with_much_to_read_delays_another_by_one_batch():
    async with started(queue=99) as pool, asyncio.TaskGroup() as group:
        much = [group.create_task(pool.run([["slow:0.02" + " " * 2_000]] * 10, 20, "a")) for _ in range(5)]
        await asyncio.sleep(0.05)
        for _ in range(5):
            await pool.run([["fine"]], 5, "b")
        assert not any(task.done() for task in much)


async def test_short_batches_that_wait_are_read_together():
    async with started(queue=99, batch_s=5.0) as pool, asyncio.TaskGroup() as group:
        group.create_task(pool.run([["slow:0.3"]], 5, "a"))
        await asyncio.sleep(0.1)
        words = ["b", "cc", "ddd", "eeee"]
        waiting = [group.create_task(pool.run([[word]], 5, tenant)) for word in words for tenant in ("a", "b")]
        long = group.create_task(pool.run([["x" * 1_900]], 5, "c"))
        before = loads()
        answers = [await task for task in waiting]
        assert [a[0].findings[0].end for [a] in answers] == [len(word) for word in words for _ in "ab"]
        await long
    assert loads() - before == 3


@pytest.mark.parametrize(("sizes", "count"), [((1_900, 500), 1), ((1_900, 1_200), 2), ((1_900, 1_900, 500), 2)])
async def test_the_last_batch_of_a_request_is_read_with_the_one_before_if_it_is_short(sizes, count):
    async with started(batch_s=5.0) as pool:
        before = loads()
        answers = await pool.run([["x" * size] for size in sizes], 5)
        assert [a[0].findings[0].end for a in answers] == list(sizes)
        assert loads() - before == count


@linux
async def test_an_idle_worker_of_the_tenant_reads_the_last_batch_beside_the_other():
    async with started(workers=2, batch_s=5.0) as pool:
        async with asyncio.timeout(20):
            while len(pool.pids) < 2:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        before = loads()
        await pool.run([["x" * 1_900], ["x" * 500]], 5)
        assert loads() - before == 2


@pytest.mark.parametrize(("fatal", "status"), [("die", "failed"), ("hang", "timeout"), ("odd", "failed")])
async def test_a_text_that_ends_the_worker_costs_no_other_its_reading(fatal, status):
    async with started(queue=99, batch_s=1.0) as pool, asyncio.TaskGroup() as group:
        group.create_task(pool.run([["slow:0.3"]], 20, "a"))
        await asyncio.sleep(0.1)
        tasks = [group.create_task(pool.run([[text]], 20, f"of {text}")) for text in ("x", fatal, "y")]
        assert [read((await task)[0]) for task in tasks] == ["ok", status, "ok"]


async def test_a_batch_that_came_back_is_read_alone_although_a_shorter_one_of_its_request_waits():
    async with started(queue=99, batch_s=2.0) as pool, asyncio.TaskGroup() as group:
        group.create_task(pool.run([["slow:0.3"]], 20, "a"))
        await asyncio.sleep(0.1)
        full = group.create_task(pool.run([["x" * 1_800]], 20, "b"))
        fatal = group.create_task(pool.run([["die"], ["y" * 10]], 20, "b"))
        await asyncio.sleep(0.25)
        other = group.create_task(pool.run([["z"]], 20, "c"))
        assert [read(a) for a in await full + await fatal + await other] == ["ok", "failed", "ok", "ok"]
    assert pool.replaced == 2  # over both, and over the one alone


async def test_an_idle_worker_reads_what_another_would_have_read_too():
    async with started(workers=2, queue=99, batch_s=5.0) as pool, asyncio.TaskGroup() as group:
        await asyncio.sleep(0.5)
        tasks = [group.create_task(pool.run([[text]], 20, "a")) for text in ("slow:0.3", "slow:0.301")]
        readers = {(await task)[0][0].findings[0].recognizer for task in tasks}
    assert len(readers) == 2


@linux
async def test_another_tenant_is_read_beside_a_batch_and_one_alone_has_one_lane():
    async with started(queue=99, batch_s=5.0, lanes=2) as pool, asyncio.TaskGroup() as group:
        slow = [group.create_task(pool.run([["slow:0.5" + " " * 2_000]], 20, "a")) for _ in range(2)]
        await asyncio.sleep(0.1)
        async with asyncio.timeout(0.3):
            assert [read(a) for a in await pool.run([["fine"]], 5, "b")] == ["ok"]
        await asyncio.wait(slow, return_when=asyncio.FIRST_COMPLETED)
        assert [task.done() for task in slow].count(True) == 1


@linux
@pytest.mark.parametrize(("fatal", "status", "pause"), [("die", "failed", 0.05), ("hang", "timeout", 0.8)])
@pytest.mark.parametrize("first", ["fatal", "other"])
async def test_a_batch_that_ends_the_worker_fails_alone(fatal, status, pause, first):
    """On whichever lane: what the other one was reading is read again."""
    async with started(queue=99, batch_s=1.0, lanes=2) as pool, asyncio.TaskGroup() as group:
        begin = {"fatal": lambda: pool.run([[fatal]], 20, "a"), "other": lambda: pool.run([["slow:0.7"]], 20, "b")}
        tasks = {first: group.create_task(begin.pop(first)())}
        await asyncio.sleep(pause if first == "fatal" else 0.05)
        [(name, call)] = begin.items()
        tasks[name] = group.create_task(call())
        assert [read(a) for a in await tasks["other"]] == ["ok"]
        assert [read(a) for a in await tasks["fatal"]] == [status]


@linux
async def test_a_twin_ends_with_its_worker_and_the_worker_with_its_twin():
    async with started(lanes=2) as pool:
        await pool.run([["a"]], 5)
        (pid,) = pool.pids
        [twin] = psutil.Process(pid).children()
        twin.kill()
        await asyncio.sleep(0.3)
        assert [read(a) for a in await pool.run([["fine"]], 20)] == ["ok"]
        assert not psutil.pid_exists(pid)
        (pid,) = pool.pids
        [twin] = psutil.Process(pid).children()
    async with asyncio.timeout(5):
        while twin.is_running() and twin.status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.02)


async def test_who_leaves_frees_the_queue():
    async with started() as pool:
        task = asyncio.get_running_loop().create_task(pool.run([["slow:0.1"], ["x" * 5_000]], 5, "a"))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait({task})
        await asyncio.sleep(0.2)
        assert (pool.waiting, pool.pace.waiting.total()) == (0, 0)


async def test_a_worker_that_has_grown_is_replaced():
    async with started() as pool:
        (pid,) = pool.pids
        await pool.run([["grow"]], 5)
        await asyncio.sleep(0.05)
        await recovered(pool)
        assert pool.pids != (pid,)


async def test_a_pool_whose_workers_cannot_start_says_so():
    pool = WorkerPool(PoolLimits(start_s=1.5), lambda: WorkerProcess((*COMMAND, "stillborn")))
    with pytest.raises(DetectionError, match="died"):
        await pool.start()
    assert pool.pids == ()
    assert [read(a) for a in await pool.run([["x"]], 1)] == ["failed"]


async def test_close_ends_every_worker():
    async with started(workers=2) as pool:
        await pool.run([["a"], ["b"]], 5)
        pids = pool.pids
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not pool.ready


async def test_workers_die_with_their_parent():
    script = (
        "import asyncio, sys\n"
        "from proxy.detection.pool.pool import PoolLimits, WorkerPool\n"
        "from proxy.detection.pool.process import WorkerProcess\n"
        f"command = {COMMAND!r}\n"
        "async def main():\n"
        "    pool = WorkerPool(PoolLimits(), lambda: WorkerProcess(command))\n"
        "    await pool.start()\n"
        "    print(*pool.pids, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(10):
        while not is_gone(pid):
            await asyncio.sleep(0.05)
    parent._transport.close()


def test_workers_inherit_no_secret(monkeypatch):
    monkeypatch.setenv("PROXY_SECRET_KEY", "canary")
    monkeypatch.setenv("DATABASE_URL", "canary")
    monkeypatch.setenv("OPENAI_API_KEY", "canary")
    assert "canary" not in child_environment().values()
    assert child_environment()["HF_HUB_OFFLINE"] == "1"
