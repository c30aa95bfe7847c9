from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proxy.runtime import child_process
from proxy.runtime.child_process import TooLongError

pytestmark = pytest.mark.heavy

SHOW = "import os,resource;from proxy.runtime import child_process;child_process.confine();print(os.nice(0),*[resource.getrlimit(getattr(resource,n))[0] for n in ('RLIMIT_CORE','RLIMIT_AS')])"
PLAIN = {"PATH": os.environ["PATH"]}


def test_bounds_are_put_on_the_process_and_never_loosened():
    said = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True).stdout.split()
    nice, core, memory = map(int, said)
    assert nice >= 10
    assert core == 0
    assert 0 < memory <= 6 << 30
    before = resource.getrlimit(resource.RLIMIT_AS)
    lower = f"import resource;resource.setrlimit(resource.RLIMIT_AS,(1<<30,1<<30));{SHOW}"
    said = subprocess.run([sys.executable, "-c", lower], capture_output=True, text=True, check=True).stdout.split()
    assert int(said[2]) == 1 << 30
    assert resource.getrlimit(resource.RLIMIT_AS) == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_it_ends_with_the_process_that_started_it():
    waits = "from proxy.runtime import child_process;child_process.confine();import time;print('on',flush=True);time.sleep(60)"
    starts = f"import subprocess,sys,time;p=subprocess.Popen([sys.executable,'-c',{waits!r}],stdout=subprocess.PIPE);p.stdout.readline();print(p.pid,flush=True);time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", starts], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    until = time.monotonic() + 10
    while time.monotonic() < until and Path(f"/proc/{pid}").exists() and "Z" not in state(pid):
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists() or "Z" in state(pid)


def state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


async def test_what_a_module_prints_is_returned_up_to_a_length():
    given = b'{"a": 1}'
    assert b'"a": 1' in await child_process.answered("json.tool", given, PLAIN, longest=100)
    with pytest.raises(TooLongError):
        await child_process.answered("json.tool", given, PLAIN, longest=3)
    assert await child_process.answered("json.tool", b"not json", PLAIN, longest=100) == b""


async def test_it_gets_no_other_environment(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://u:secret@h/d")
    shown = await child_process.answered("sysconfig", b"", PLAIN, longest=1 << 20)
    assert shown
    assert b"secret" not in shown


async def test_a_caller_that_gives_up_leaves_no_process_behind():
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await child_process.answered("http.server", b"", PLAIN, longest=100)
    assert "http.server" not in subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "args"], capture_output=True, text=True, check=False
    ).stdout.replace("ps ", "")


async def test_a_companion_talks_over_a_socket_and_stays_in_the_session():
    process, reader, writer = await child_process.companion("json.tool", PLAIN)
    assert os.getsid(process.pid) == os.getsid(0)
    writer.write(b'{"a": 1}')
    writer.write_eof()
    assert await reader.read() == b""
    assert await process.wait() == 0
    writer.close()


async def test_a_companion_ends_with_what_it_was_given():
    process, _, writer = await child_process.companion("json.tool", PLAIN)
    writer.close()
    assert await process.wait() == 1  # nothing is no JSON


def test_what_reads_the_database_gets_no_setting_of_the_product(monkeypatch):
    for name in ("DATABASE_URL", "PROXY_MASTER_KEY", "OPENAI_API_KEY", "PGSSLROOTCERT"):
        monkeypatch.setenv(name, "/x")
    assert child_process.for_database().keys() & {
        "PATH", "DATABASE_URL", "PROXY_MASTER_KEY", "OPENAI_API_KEY", "PGSSLROOTCERT",
    } == {"PATH", "PGSSLROOTCERT"}  # fmt: skip
