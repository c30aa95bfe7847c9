"""Every case of ``law_cases`` comes out as the law that it names says, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.heavy
def test_every_case_comes_out_as_its_law_says():
    script = Path(__file__).with_name("law_mutants.py")
    done = subprocess.run(
        [sys.executable, str(script), "--cases"], capture_output=True, text=True, timeout=170, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert "0 of 1697 cases decided otherwise" in done.stdout
