"""The collector of reference cycles rests while a process starts: what is made then stays, and looking at it costs.

A sixth of the processor time of a start, and pauses in every later collection, which would look at all of it again.
"""

from __future__ import annotations

import gc


def pause_collection() -> None:
    """Collect nothing from now on: this process is starting."""
    gc.disable()


def resume_collection() -> None:
    """Collect from now on, but for what there is: it stays as long as the process."""
    gc.freeze()
    gc.enable()
