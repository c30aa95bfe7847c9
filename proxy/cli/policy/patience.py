"""A bound on work that cannot be stopped from within: the process ends where nothing has ended for too long."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_S = 0.5


@contextmanager
def bounded(cpu_s: float, message: str) -> Iterator[Callable[[], None]]:
    """End the process with status 1 once it has used so much processor time since the last call of what is given.

    An evaluation holds no lock of Python, so the thread that watches goes on meanwhile.
    """
    done, since = threading.Event(), [time.process_time()]

    def watch() -> None:
        while not done.wait(_LOOK_S):
            if time.process_time() - since[0] > cpu_s:
                sys.stderr.write(f"{message}\n")
                sys.stderr.flush()
                os._exit(1)

    def ended() -> None:
        since[0] = time.process_time()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield ended
    finally:
        done.set()
        watching.join()
