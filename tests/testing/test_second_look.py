"""A second look at failed tests: who gets one, and what it may change."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from testing.second_look import MOST

_ROOT = Path(__file__).parents[2]
_PASSED = "failed beside others, passed alone: test_some.py::test_one"

#: A test that fails once, in a process of its own folder.
_FAILS_ONCE = """
from pathlib import Path
import pytest

def first_time(name):
    mark = Path(__file__).with_name(name)
    seen = mark.exists()
    mark.touch()
    return not seen

{test}

def test_another():
    pass
"""


def _run(folder: Path, test: str, *arguments: str) -> tuple[int, str]:
    """Run ``test`` and another beside it with a second look; return the status and what was printed."""
    (folder / "test_some.py").write_text(_FAILS_ONCE.format(test=test))
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "testing.second_look", "-p", "no:cacheprovider", *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(_ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("processes", [("-p", "no:xdist"), ("-p", "xdist", "-n2")])
def test_one_that_passes_alone_is_accepted_and_named(tmp_path: Path, processes: tuple[str, ...]) -> None:
    status, printed = _run(tmp_path, "def test_one():\n    assert not first_time('one')", *processes)
    assert status == 0
    assert _PASSED in printed.splitlines()
    assert "test_another" not in printed.partition("run again alone")[2], "only what failed is run again"


def test_a_process_that_dies_gets_a_second_look(tmp_path: Path) -> None:
    status, printed = _run(
        tmp_path, "def test_one():\n    if first_time('one'): import os; os._exit(9)", "-p", "xdist", "-n2"
    )
    assert (status, _PASSED in printed.splitlines()) == (0, True)


@pytest.mark.parametrize(
    ("test", "again"),
    [
        ("def test_one():\n    raise AssertionError", True),
        ("def test_one():\n    assert not first_time('one')\n    pytest.skip('not today')", True),
        ("def test_one():\n    assert not first_time('one'), 'canary-leak in a log'", False),
        (f"@pytest.mark.parametrize('n', range({MOST + 1}))\ndef test_one(n):\n    assert not first_time(str(n))", False),
        ("def test_one():\n    pytest.exit('stopped', 3)", False),
        ("raise AssertionError", False),
    ],
    ids=["fails again", "skipped then", "a leak", "too many", "stopped", "not imported"],
)  # fmt: skip
def test_a_run_fails_all_the_same(tmp_path: Path, test: str, again: bool) -> None:
    status, printed = _run(tmp_path, test, "-p", "no:xdist")
    assert status != 0
    assert ("run again alone" in printed) is again
    assert "passed alone" not in printed
