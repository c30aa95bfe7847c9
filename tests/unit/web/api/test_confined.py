from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.heavy


SHOW = "import os,resource;from proxy.web.api import confined;confined.confine();print(os.nice(0),*[resource.getrlimit(getattr(resource,n))[0] for n in ('RLIMIT_CORE','RLIMIT_AS')])"


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


def test_it_is_one_policy_command_in_json():
    asked = {"command": "verify", "parameters": {"path": "/nowhere.tar.gz"}, "actor": "crm (k1)"}
    ended = subprocess.run(
        [sys.executable, "-m", "proxy.web.api.confined"],
        input=json.dumps(asked), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0
    assert "nowhere" in json.loads(ended.stdout)["refused"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_it_ends_with_the_process_that_started_it():
    waits = "from proxy.web.api import confined;confined.confine();import time;print('on',flush=True);time.sleep(60)"
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
