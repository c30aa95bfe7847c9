"""Rules for the whole suite: nothing planted as payload text may show in captured output, logs or metrics."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

import testing.examples  # noqa: F401 - loads the profile

#: Part of every value that tests plant in payloads to see whether it leaks.
CANARY_MARK = "canary-leak"

#: Lines that tests want read at the end of a run, whatever is captured.
NOTES = pytest.StashKey[list[str]]()


@pytest.fixture
def note(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Add a line to the end of the run's output."""
    return pytestconfig.stash.setdefault(NOTES, []).append


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand on what the tests of one process of several noted."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["notes"] = session.config.stash.get(NOTES, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Gather what the tests of each process noted."""
    node.config.stash.setdefault(NOTES, []).extend(getattr(node, "workeroutput", {}).get("notes", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the tests noted."""
    for line in config.stash.get(NOTES, []):
        terminalreporter.write_line(line)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test whose output or log holds a planted value."""
    report = yield
    leaked = [name for name, text in report.sections if CANARY_MARK in text]
    if leaked and report.passed:
        report.outcome = "failed"
        report.longrepr = f"payload text leaked into: {', '.join(leaked)}"
    return report


@pytest.fixture(scope="session", autouse=True)
def no_payload_in_metrics() -> Generator[None]:
    """Metrics of the whole run hold no planted value."""
    yield
    from prometheus_client import generate_latest

    assert CANARY_MARK.encode() not in generate_latest()
