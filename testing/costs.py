"""What tests cost, in seconds, as a run of the whole suite measured it: ``tests/costs.txt``; and a plug-in that writes it.

    make test ARGS="--part=all -p testing.costs"

A line is a module, with what it took in all and what of that preparing and clearing up did, or a test, with what one of
its cases takes. What is not listed is quick, or new.

Seconds are of CPU, which a busy machine makes no longer: of the process that runs the test and of all processes below
it, those too that still run. What else a test keeps busy or waits for, as a database, shows on the clock alone: a
quarter of the time on the clock is the least that a test costs.
"""

from __future__ import annotations

import contextlib
import os
import resource
from collections import defaultdict
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[1] / "tests" / "costs.txt"
#: Modules and cases that take less are not listed.
_LEAST_MODULE_S, _LEAST_CASE_S = 1.0, 0.2
#: The part of the time on the clock that counts where less CPU was seen.
_OF_CLOCK = 0.25
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def test_of(case: str) -> str:
    """Return the id of the test that a case belongs to."""
    return case.partition("[")[0]


def module_of(case: str) -> str:
    """Return the module that a test or a case belongs to."""
    return case.partition("::")[0]


@dataclass
class Costs:
    """Seconds: of ``modules`` in all, of what they prepare, and of one case by test."""

    modules: dict[str, float] = field(default_factory=dict)
    prepared: dict[str, float] = field(default_factory=dict)
    cases: dict[str, float] = field(default_factory=dict)

    def dear(self, cases: Iterable[str], most_s: float) -> set[str]:
        """Return those of ``cases`` that take more than ``most_s``, each with its share of what its module prepares."""
        by_module: defaultdict[str, list[str]] = defaultdict(list)
        dear = set()
        for case in cases:
            if self.cases.get(test_of(case), 0.0) > most_s:
                dear.add(case)
            else:
                by_module[module_of(case)].append(case)
        alike = (some for name, some in by_module.items() if self.prepared.get(name, 0.0) > most_s * len(some))
        return dear.union(*alike)


def read(file: Path = FILE) -> Costs:
    """Return what a file of costs says."""
    costs = Costs()
    for line in file.read_text(encoding="utf-8").splitlines():
        *seconds, name = line.split(" ")
        if "::" in name:
            costs.cases[name] = float(seconds[0])
        else:
            costs.modules[name], costs.prepared[name] = map(float, seconds)
    return costs


class Measured:
    """Gathers what the tests of a run cost."""

    def __init__(self) -> None:
        self._called: defaultdict[str, list[float]] = defaultdict(list)
        self._prepared: defaultdict[str, float] = defaultdict(float)

    def take(self, case: str, when: str, seconds: float) -> None:
        """Take in what the ``setup``, ``call`` or ``teardown`` of a case cost."""
        if when == "call":
            self._called[test_of(case)].append(seconds)
        else:
            self._prepared[module_of(case)] += seconds

    def text(self) -> str:
        """Return the file."""
        modules = defaultdict(float, self._prepared)
        lines = []
        for test, seconds in self._called.items():
            modules[module_of(test)] += sum(seconds)
            if (mean := sum(seconds) / len(seconds)) >= _LEAST_CASE_S:
                lines.append((test, f"{mean:.1f} {test}\n"))
        lines += [
            (name, f"{total:.0f} {self._prepared[name]:.1f} {name}\n")
            for name, total in modules.items()
            if total >= _LEAST_MODULE_S
        ]
        return "".join(line for _, line in sorted(lines))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take in a report."""
        self.take(report.nodeid, report.when, report.cost_s)

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        FILE.write_text(self.text(), encoding="utf-8")


class Meter:
    """Adds to every report what came since the one before."""

    def __init__(self) -> None:
        self._spent = 0.0

    def pytest_collection_finish(self) -> None:
        """Begin with the first test."""
        self._spent = _all_cpu_s()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, Any]:
        """Add the seconds that one step of a test cost."""
        report = yield
        before, self._spent = self._spent, _all_cpu_s()
        report.cost_s = cost_s(self._spent - before, report.duration)
        return report


def pytest_configure(config: Any) -> None:
    """Measure in the processes that run tests; gather in the one that has all results."""
    config.pluginmanager.register(Meter())
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Measured())


def cost_s(cpu: float, clock: float) -> float:
    """Return what counts of seconds of CPU and of the clock."""
    return max(cpu, clock * _OF_CLOCK)


def cpu_s() -> float:
    """Return the seconds of CPU of this process and of those below it that have ended."""
    spent = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def _all_cpu_s() -> float:
    return cpu_s() + running_s(os.getpid())


def running_s(parent: int) -> float:
    """Return the seconds of CPU of the processes below one that nobody has waited for, and of those they waited for."""
    total = 0.0
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has ended
            for pid in map(int, children.read_text().split()):
                total += _used_s(pid) + running_s(pid)
    return total


def _used_s(pid: int) -> float:
    with contextlib.suppress(OSError):  # it was waited for meanwhile
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICKS_PER_S  # its user and system time, and those of its children
    return 0.0
