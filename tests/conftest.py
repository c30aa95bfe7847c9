"""Rules for the whole suite: nothing planted as payload text may show in captured output, logs or metrics.

With ``--fast`` (``make test-fast``) only modules run that are not marked ``heavy``, and whatever starts a process or
loads a model there fails: the mark cannot be forgotten.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import pytest_randomly
import structlog
from _pytest.runner import runtestprotocol

import testing.examples  # noqa: F401 - loads the profile
from proxy.runtime.log import logger
from testing import costs, parts
from testing.loop_steps import Steps, slowness, watched

#: Part of every value that tests plant in payloads to see whether it leaks.
CANARY_MARK = "canary-leak"

#: Folders whose modules share something costly: one process runs them all.
_ONE_PROCESS = ("tests/acceptance/world",)

#: How a module says that it starts processes or loads models, and what is seen of that.
_HEAVY = "pytest.mark.heavy"
_STARTS = {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty"}
_MODELS = {"torch", "spacy", "kingfisher_sdk"}

#: Preparing or cleaning up this long is among the durations that pytest shows, seconds.
_LONG_S = 0.005

#: The longest step of an event loop in code of the product, of CPU on a quiet machine, seconds.
_LONGEST_STEP_S = 0.05

# Policy engines here and in all processes that tests start collect garbage seldom: a third of their work. Go reads it as
# a process starts, so that a run in one process (-n0) has it for its children alone.
os.environ.setdefault("GOGC", "800")

#: Lines that tests want read at the end of a run, whatever is captured.
NOTES = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--fast`` and ``--part``."""
    parser.addoption("--fast", action="store_true", help="leave out modules marked heavy, and fail what should be")
    parser.addoption(
        "--part", choices=("all", "sample", "rest"), default="all",
        help=f"sample: no test that is slow, and {parts.CASES} cases of each; rest: what a sample leaves out",
    )  # fmt: skip


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave heavy modules out without importing them."""
    is_test = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    return True if config.option.fast and is_test and _HEAVY in collection_path.read_text() else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what another run has, and put modules that take longest first: no process waits for another's last one."""
    part, measured = config.option.part, costs.read()
    if part != "all":
        sample = _sample(items, measured)
        config.hook.pytest_deselected(items=[item for item in items if (item.nodeid in sample) is (part == "rest")])
        items[:] = [item for item in items if (item.nodeid in sample) is (part == "sample")]
    items.sort(key=lambda item: -measured.modules.get(costs.module_of(item.nodeid), 0.0))


def _sample(items: list[pytest.Item], measured: costs.Costs) -> set[str]:
    marked = [(item, item.get_closest_marker("cases")) for item in items]
    most = {costs.test_of(item.nodeid): mark.args[0] for item, mark in marked if mark}
    always = {item.nodeid for item in items if item.get_closest_marker("always")}
    return parts.quick(
        (item.nodeid for item in items if item.get_closest_marker("slow") is None), measured, always, most
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give modules to processes whole, and some folders."""
    from xdist.scheduler import LoadScopeScheduling

    class Scopes(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            folder = nodeid.partition("::")[0].rpartition("/")[0]
            return folder if folder in _ONE_PROCESS else super()._split_scope(nodeid)

    return Scopes(config, log)


class Light:
    """Fails a test that should be marked heavy."""

    def __init__(self) -> None:
        self._started: list[str] = []
        self._loaded: set[str] = set()
        sys.addaudithook(lambda event, _: self._started.append(event) if event in _STARTS else None)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None]:
        """Look at what the test starts and loads."""
        self._started.clear()
        yield
        assert self._started == [], f"it starts a process: the module needs '{_HEAVY}'"
        loaded = (sys.modules.keys() & _MODELS) - self._loaded
        self._loaded |= loaded
        assert not loaded, f"it loads {', '.join(loaded)}, or a module of this run does: that needs '{_HEAVY}'"


class LoopWatch:
    """Fails a test in which a step of an event loop held up all others: work of the product's that has no owner."""

    def __init__(self) -> None:
        self._steps = Steps()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None]:
        """Watch the loops of a test."""
        self._steps.reset()
        with watched(self._steps):
            yield
        steps = self._steps
        long = steps.product > _LONGEST_STEP_S and steps.product > _LONGEST_STEP_S * slowness()
        assert not long, f"a step of {steps.product * 1e3:.0f} ms of CPU:\n{steps.where}"


class Isolation:
    """Undoes what a test left of its process: later ones would log to its captured output, which is closed."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None]:
        """Put logs and the collection of garbage back once fixtures are cleaned up."""
        try:
            yield
        finally:
            if structlog.is_configured():
                structlog.reset_defaults()
                logger.cache_clear()
            gc.enable()


class Brief:
    """Tells the process that gathers results of a test once, as it was called; of the rest what failed, printed or took long.

    Telling of each step of each test took a fifth of the CPU of a run of small ones.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Run a test."""
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            if report.when == "call" or not report.passed or report.sections or report.duration > _LONG_S:
                item.ihook.pytest_runtest_logreport(report=report)
        return True


def pytest_configure(config: pytest.Config) -> None:
    """Watch the tests of a fast run; tell little of several processes; seed no model library; let nothing be collected until all is imported."""
    gc.disable()
    # thinc's seeder has torch seeded three times a test, and each time torch keeps three tracebacks: most of what a
    # small test costs. No test draws numbers from either.
    pytest_randomly.entrypoint_reseeds = []
    config.pluginmanager.register(LoopWatch())
    config.pluginmanager.register(Isolation())
    if config.option.fast:
        config.pluginmanager.register(Light())
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Brief())


def pytest_collection_finish() -> None:
    """Take what was imported and collected out of the collector's sight: it stays to the end; then look less often."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


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
    """Say what the tests noted, and what they took."""
    for line in config.stash.get(NOTES, []):
        terminalreporter.write_line(line)
    if not hasattr(config, "workerinput"):
        told = sum(len(terminalreporter.stats.get(how, ())) for how in ("passed", "failed", "error", "skipped"))
        terminalreporter.write_line(f"{told} tests, {costs.cpu_s():.0f} s of CPU")


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
