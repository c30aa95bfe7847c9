from __future__ import annotations

import base64
import stat
import subprocess
import sys

import pytest

from proxy.embedded import state
from proxy.errors import ConfigurationError

pytestmark = pytest.mark.heavy


STACK = state.RunningStack("http://127.0.0.1:1", "postgresql://x", "http://127.0.0.1:2", "", "", {"proxy": 7})


def test_running_needs_a_live_holder(tmp_path):
    assert state.running(tmp_path) is None
    with state.hold(tmp_path):
        state.write(tmp_path, STACK)
        assert state.running(tmp_path) == STACK
    assert state.running(tmp_path) is None


def test_holder_killed_leaves_nothing_running(tmp_path):
    code = (
        "import sys, os, pathlib; from proxy.embedded import state; d = pathlib.Path(sys.argv[1])\n"
        "with state.hold(d):\n"
        "    state.write(d, state.RunningStack('a', 'b', 'c', 'd', 'e'))\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        assert state.running(tmp_path) is not None
        child.kill()
        child.wait()
    assert state.running(tmp_path) is None
    with state.hold(tmp_path):
        pass


def test_second_holder_is_refused_by_name(tmp_path):
    with state.hold(tmp_path), pytest.raises(ConfigurationError, match="already running on"), state.hold(tmp_path):
        pass


def test_unreadable_record_is_not_running(tmp_path):
    with state.hold(tmp_path):
        (tmp_path / "run" / "stack.json").write_text("{")
        assert state.running(tmp_path) is None
        (tmp_path / "run" / "stack.json").write_text('{"unknown": 1}')
        assert state.running(tmp_path) is None


def test_secrets_are_private_and_stay(tmp_path):
    key = state.master_key(tmp_path)
    assert len(base64.b64decode(key)) == 32
    assert state.master_key(tmp_path) == key
    state.save_demo_keys(tmp_path, {"demo-eu": "cp_x"})
    assert state.demo_keys(tmp_path) == {"demo-eu": "cp_x"}
    with state.hold(tmp_path):
        state.write(tmp_path, STACK)
    for name in ("secret.key", "run/stack.json", "run/demo-keys.json"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


def test_no_demo_keys_yet(tmp_path):
    assert state.demo_keys(tmp_path) == {}
