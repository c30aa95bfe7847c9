"""Ends every supervised process group once the supervisor is gone, whatever ended it.

Runs separately, on the standard library alone. Standard input is its lifeline and its list: ``+PGID`` adds a group,
``-PGID`` removes one; end of file means that the supervisor is dead, and every listed group is ended. Unlike a
parent-death signal this also reaches grandchildren, and works on macOS.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

GRACE_S = 3.0
_STEP_S = 0.05


def follow(lines: Iterable[str]) -> set[int]:
    """Return the groups still listed when the lines end."""
    groups: set[int] = set()
    for line in lines:
        sign, number = line[:1], line[1:].strip()
        if not number.isdigit():
            continue
        if sign == "+":
            groups.add(int(number))
        else:
            groups.discard(int(number))
    return groups


def alive(group: int) -> bool:
    """Whether the process group has a member that has not ended."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    # In a container whose first process does not reap, ended processes stay listed as zombies.
    processes = _processes()
    return not processes or any(_runs_in(process, group) for process in processes)


def _processes() -> list[Path]:
    try:
        return [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def _runs_in(process: Path, group: int) -> bool:
    """Whether a process belongs to the group and has not ended; see proc_pid_stat(5)."""
    try:
        state, _, of_group = (process / "stat").read_bytes().rpartition(b")")[2].split()[:3]
    except (OSError, ValueError):
        return False
    return int(of_group) == group and state not in {b"Z", b"X"}


def end(groups: set[int], grace_s: float = GRACE_S) -> None:
    """Ask every group to end, wait, then kill."""
    # SIGINT, not SIGTERM: PostgreSQL shuts down fast on it, and everything else ends.
    _send(groups, signal.SIGINT)
    patience = time.monotonic() + grace_s
    while (left := {group for group in groups if alive(group)}) and time.monotonic() < patience:
        time.sleep(_STEP_S)
    _send(left, signal.SIGKILL)


def _send(groups: set[int], signal_number: signal.Signals) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal_number)


def main() -> None:
    """Follow standard input to its end, then clean up."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    end(follow(sys.stdin))


if __name__ == "__main__":
    main()
