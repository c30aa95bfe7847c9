"""``python -m bench.system_checks.skewed SECONDS COMMAND ...``: a command of the product whose clock is ahead by so much."""

from __future__ import annotations

import sys
import time

from proxy.cli import main


def skew(seconds: int) -> None:
    """Put this process's clock ahead."""
    real = time.time_ns
    time.time_ns = lambda: real() + seconds * 1_000_000_000
    time.time = lambda: time.time_ns() / 1_000_000_000


if __name__ == "__main__":
    skew(int(sys.argv.pop(1)))
    main()
