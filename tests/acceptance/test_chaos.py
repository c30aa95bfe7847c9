"""A short run of ``make chaos``: parts die and break at random, and the evidence still matches what was seen."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.stack
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_evidence_survives_kills_and_faults(tmp_path):
    """The bench ends with 1 on any violation and prints it."""
    options = "--faults 60 --seconds 40 --seed 1 --connections 6".split()
    command = [sys.executable, "-m", "bench.chaos", *options]
    done = subprocess.run([*command, "--keep", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    injected = re.search(r"^(\d+) kills and faults injected", done.stdout, re.MULTILINE)
    assert injected is not None
    assert int(injected[1]) > 20
