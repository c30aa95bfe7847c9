from __future__ import annotations

import subprocess
import sys

import pytest

from proxy.runtime.optional import left_out

pytestmark = pytest.mark.heavy


def test_a_package_is_absent_meanwhile_and_there_afterwards():
    with left_out("wave"), pytest.raises(ImportError):
        import wave
    import wave

    with left_out("wave"):
        assert sys.modules["wave"] is wave


def test_logs_load_no_package_for_colours():
    script = "import sys, proxy.runtime.log; assert 'rich' not in sys.modules; import rich.table"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
