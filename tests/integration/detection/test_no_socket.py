"""Detection opens no socket: not while its models load, not while it reads e-mail addresses, URLs or names."""

from __future__ import annotations

import subprocess
import sys

from testing import rule_cache

SCRIPT = """
import pathlib, sys
seen = []
sys.addaudithook(lambda event, _: seen.append(event) if event.startswith("socket.") else None)
from proxy.detection.engine import DetectionEngine
engine = DetectionEngine.load(pathlib.Path(sys.argv[1]))
engine.detect(["Write to ann.lee@example.co.uk or https://example.org, Dr. Ann Lee, Berlin, +49 30 901820", "Грузия"])
print(sorted(set(seen)))
"""


def test_no_socket_is_ever_made():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, rule_cache.folder()], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"


def test_a_worker_cannot_make_one():
    script = "from proxy.detection.pool.worker import refuse_sockets\nrefuse_sockets()\nimport socket\nsocket.socket()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert "detection opens no sockets" in done.stderr
