"""A pytest plug-in, for CI: tests that failed beside others are run once more, alone.

``pytest -p testing.second_look`` runs again what failed, without the rest and in one process, if it is no more than
:data:`MOST` tests. If all of them pass then, so does the run; each is named at the end all the same, because a test whose
result depends on its neighbours is to be mended. A leak of payload text is never looked at twice.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

#: Failed tests that a run may have and still get a second look.
MOST = 5

#: What the report of a leak holds: see ``CANARY_MARK`` in conftest.py.
_LEAK = "canary-leak", "payload text leaked"


class SecondLook:
    """What failed in this run."""

    def __init__(self) -> None:
        self._failed: list[str] = []
        self._leaked = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a test that failed."""
        if report.failed:
            self._failed += [report.nodeid] if report.nodeid not in self._failed else []
            self._leaked |= any(mark in report.longreprtext for mark in _LEAK)

    def status(self, status: int, config: pytest.Config) -> int:
        """Return the status of a run that ended with ``status``, after a second look where one is due."""
        if status != pytest.ExitCode.TESTS_FAILED or self._leaked or not 0 < len(self._failed) <= MOST:
            return status
        print(f"\n{len(self._failed)} failed; run again alone:", flush=True)
        if not passed_alone(self._failed, getattr(config.option, "randomly_seed", None)):
            return status
        print("\n".join(f"failed beside others, passed alone: {test}" for test in self._failed), flush=True)
        return pytest.ExitCode.OK


def passed_alone(tests: list[str], seed: object) -> bool:
    """Run ``tests``, by their ids, in one new process; return whether each passed (a skipped one did not)."""
    same_order = [f"--randomly-seed={seed}"] if isinstance(seed, int) else []
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.xml")
        command = [sys.executable, "-m", "pytest", "-p", "no:xdist", f"--junit-xml={results}", *same_order, *tests]
        if subprocess.run(command, check=False).returncode:
            return False
        suite = ET.parse(results).getroot()[0]
        return suite.get("tests") == str(len(tests)) and suite.get("skipped") == "0"


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(
    config: pytest.Config,
) -> Generator[None, int | pytest.ExitCode | None, int | pytest.ExitCode | None]:
    """Look at the tests of the whole run, in the process that gathers their results."""
    if hasattr(config, "workerinput"):
        return (yield)
    look = SecondLook()
    config.pluginmanager.register(look)
    status = yield
    return status if status is None else look.status(status, config)
