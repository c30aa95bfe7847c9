"""Real processes under the supervisor: they answer, come back, and never outlive it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import AsyncMock

import asyncpg
import pytest

from proxy.embedded.parts import PartError, PostgresPart, ProcessPart
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.embedded.probes import answers, free_ports
from proxy.embedded.supervisor import Patience, Supervisor
from proxy.embedded.watchdog import alive
from proxy.runtime.environment import environment

QUICK = Patience(check_every_s=0.1, failures=2, first_delay_s=0.02)
#: A server with a child of its own that ignores signals: only a group kill gets rid of both.
STUBBORN = """
import http.server, os, signal, sys, time
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(120)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


def stubborn(log_dir: Path, name: str = "web", needs: tuple[str, ...] = ()) -> ProcessPart:
    (port,) = free_ports(1)
    return ProcessPart(
        name=name,
        command=lambda: [sys.executable, "-I", "-c", STUBBORN, str(port)],
        probe=answers(f"http://127.0.0.1:{port}/"),
        log=log_dir / f"{name}.log",
        environment=environment,
        needs=needs,
        stop_s=1.0,
    )


async def until(condition) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.02)


async def supervise(parts, during) -> None:
    stopping = asyncio.Event()

    async def ready():
        await during()
        stopping.set()

    await asyncio.wait_for(Supervisor(parts, patience=QUICK).run(stopping, ready), 60)


async def test_killed_process_comes_back_and_stop_takes_its_children(tmp_path):
    web = stubborn(tmp_path)
    groups = []

    async def kill():
        groups.append(web.group)
        os.kill(web.group, signal.SIGKILL)
        await until(lambda: web.group not in {None, groups[0]})
        assert not alive(groups[0]), "the first child's own child is still there"
        groups.append(web.group)

    await supervise([web], kill)
    assert len(set(groups)) == 2
    assert not any(alive(group) for group in groups)


async def test_command_that_ends_is_reported_with_its_log(tmp_path):
    broken = ProcessPart(
        name="broken",
        command=lambda: [sys.executable, "-c", "raise SystemExit(7)"],
        probe=answers("http://127.0.0.1:9/"),
        log=tmp_path / "log" / "broken.log",
        environment=environment,
        needs=("web",),
    )
    web = stubborn(tmp_path)

    async def never():
        raise AssertionError("must not be ready")

    with pytest.raises(PartError, match=r"broken ended at once \(exit 7\).*broken\.log"):
        await supervise([web, broken], never)
    assert web.group is None


async def test_postgres_dies_and_comes_back_with_its_data(tmp_path):
    server = EmbeddedPostgres(tmp_path / "pg")
    part = PostgresPart(server)

    async def kill():
        group = part.group
        os.killpg(group, signal.SIGKILL)
        await until(lambda: part.group not in {None, group})
        async with asyncio.timeout(20):
            while not await server.healthy():
                await asyncio.sleep(0.05)

    await supervise([part], kill)
    assert part.group is None


async def test_a_question_that_a_kill_cuts_short_says_unhealthy_and_no_more(tmp_path, monkeypatch):
    server = EmbeddedPostgres(tmp_path / "pg")
    await server.start()
    try:
        fault = asyncpg.InternalClientError("another operation is in progress")
        monkeypatch.setattr(asyncpg.Connection, "fetchval", AsyncMock(side_effect=fault))
        assert not await server.healthy()
    finally:
        await server.stop()


SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from unittest.mock import AsyncMock
sys.path.insert(0, sys.argv[1])
from test_supervision import PostgresPart, EmbeddedPostgres, Supervisor, stubborn
async def main():
    root = Path(sys.argv[2])
    parts = [PostgresPart(EmbeddedPostgres(root / "pg")), stubborn(root, needs=("postgres",))]
    async def ready():
        print(*(part.group for part in parts), flush=True)
    await Supervisor(parts).run(asyncio.Event(), ready)
asyncio.run(main())
"""


async def test_nothing_survives_a_killed_supervisor(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(Path(__file__).parent), str(tmp_path)],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    with child:
        groups = [int(word) for word in (await asyncio.to_thread(child.stdout.readline)).split()]
        assert len(groups) == 2
        assert all(alive(group) for group in groups)
        child.kill()
        await until(lambda: not any(alive(group) for group in groups))
