from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.heavy

WORK = """
import time
from proxy.cli.policy.recordings import bounded
with bounded(0.4, "nothing has ended") as ended:
    until = time.process_time() + 1.5
    while time.process_time() < until:
        {call}
print("done")
"""


@pytest.mark.parametrize(
    ("call", "status", "printed", "said"), [("ended()", 0, "done\n", ""), ("pass", 1, "", "nothing has ended\n")]
)
def test_the_process_ends_where_nothing_ends_for_too_long(call, status, printed, said):
    done = subprocess.run([sys.executable, "-c", WORK.format(call=call)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (status, printed, said)
