"""A nursery without a model: its workers do what those of ``stand_in`` do."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import stand_in

from proxy.detection.pool.nursery import Nursery
from proxy.detection.pool.wire import frame
from proxy.detection.pool.worker import die_with_parent


def begin(sink) -> None:
    sink.write(frame({"ready": {}, "rss": 1000, "pid": os.getpid()}))
    sink.flush()


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    time.sleep(float(sys.argv[3]))
    Nursery(socket.socket(fileno=int(sys.argv[2])), begin, stand_in.serve).run()
