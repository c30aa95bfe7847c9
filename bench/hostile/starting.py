"""Settings, start, kills and keys."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.hostile.rows import Found, judged, row
from bench.hostile.stand import Stand
from proxy.embedded import state
from testing.processes import command_line, descendants, free_port, running

_SERVES_S = 4.0


async def _starts(stand: Stand, setting: str) -> str:
    """Start ``run`` on a folder of its own with one more setting; return "" when it is refused, else what it did."""
    folder = Path(tempfile.mkdtemp(prefix="compliance-proxy-hostile-"))
    environment = {
        **stand.settings(),
        setting: "opaque",
        "PROXY_STATE_DIR": str(folder),
        "PROXY_PORT": str(free_port()),
    }
    child = subprocess.Popen([sys.executable, "-m", "proxy", "run"], env=environment, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip
    try:
        said, _ = await asyncio.to_thread(child.communicate, None, 6)
    except subprocess.TimeoutExpired:
        return f"{setting}: ignored, it starts"
    else:
        refused = child.returncode and setting.encode() in said
        return "" if refused else f"{setting}: ended with {child.returncode} without naming it"
    finally:
        everything = descendants(child.pid)
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(child.wait, 20)
        for pid in filter(running, everything):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if child.stdout:
            child.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


@row("misspelt settings", "PROXY_FILE_PART, PROXY_POLICY_VERIFICATION in the environment", group="start",
     must="start refused, the setting named")  # fmt: skip
async def misspelt(stand: Stand) -> Found:
    """Start with each."""
    faults = [said for name in ("PROXY_FILE_PART", "PROXY_POLICY_VERIFICATION") if (said := await _starts(stand, name))]
    return judged(faults, "both refused by name")


def _accepts(url: str) -> bool:
    host, port = url.removeprefix("http://").split(":")
    try:
        with socket.create_connection((host, int(port)), 0.5):
            return True
    except OSError:
        return False


@row("kill", "SIGKILL of the serving process", group="start", last=True,
     must="serving again within 4 s; the port accepts only when ready; /livez apart from /readyz")  # fmt: skip
async def kill(stand: Stand) -> Found:
    """Kill it and look every 50 ms."""
    alive = await stand.status("/livez")
    for pid in stand.serving():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    began, accepted = time.monotonic(), 0.0
    await asyncio.sleep(0.1)
    while not await stand.ready() and time.monotonic() - began < 60:
        if not accepted and await asyncio.to_thread(_accepts, stand.url):
            accepted = time.monotonic() - began
        await asyncio.sleep(0.05)
    answer = await stand.ask("quiet", "Name a bridge.")
    took = time.monotonic() - began
    faults = [f"{took:.1f} s until it serves"] if took > _SERVES_S else []
    if accepted and took - accepted > 1:
        faults.append(f"the port accepts {took - accepted:.1f} s before it serves")
    faults += [f"answered {answer}"] if answer.status != 200 else []
    faults += [f"/livez is {alive}"] if alive != 200 else []
    return judged(
        faults, f"serves after {took:.1f} s", seconds=round(took, 1), accepted=round(accepted, 1), livez=alive
    )


@row("master key", "environment and command line of every process of the product are read", group="start", last=True,
     must="no master key is in it")  # fmt: skip
async def master_key(stand: Stand) -> Found:
    """Look into /proc."""
    keys = state.master_key(stand.state_dir).split()
    forms = [
        form for key in keys for form in (key.encode(), base64.b64decode(key), base64.b64decode(key).hex().encode())
    ]
    holding = []
    for pid in descendants(stand.process.pid) if stand.process else []:
        with contextlib.suppress(OSError):
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            if any(form in environment or form in command_line(pid) for form in forms):
                words = command_line(pid).split()
                holding.append(b" ".join(words[1:5]).decode(errors="replace"))
    faults = [f"{len(holding)} processes hold it: {', '.join(dict.fromkeys(holding))[:120]}"] if holding else []
    return judged(faults, "no process holds it", holding=len(holding))


@row("no credential", "3,000 requests without a credential, to paths known and unknown", group="start",
     must="they cost a counter: a bounded number of rows")  # fmt: skip
async def no_credential(stand: Stand) -> Found:
    """Count rows before and after."""
    count = "SELECT count(*) AS n FROM audit.record"
    before = (await stand.sql(count))[0]["n"]
    turn = asyncio.Semaphore(16)

    async def one(number: int) -> None:
        async with turn:
            await stand.post(
                "cp_nobody_wrong", b"{}", path=f"/v1/{'chat/completions' if number % 2 else f'odd/{number}'}"
            )

    async with asyncio.TaskGroup() as tasks:
        for number in range(3000):
            tasks.create_task(one(number))
    await asyncio.sleep(1)
    rows = (await stand.sql(count))[0]["n"] - before
    return judged([f"{rows} rows for 3,000 requests"] if rows > 30 else [], f"{rows} rows", rows=rows)
