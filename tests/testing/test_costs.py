from __future__ import annotations

import os
import subprocess
import sys

import pytest

from testing import costs, parts

_A, _B, _C = "tests/a.py", "tests/b.py", "tests/c.py"


@pytest.fixture
def measured(tmp_path):
    made = costs.Measured()
    for case, when, seconds in (
        (f"{_A}::test_long[1]", "call", 5.0), (f"{_A}::test_long[2]", "call", 1.0), (f"{_A}::test_short", "call", 0.1),
        (f"{_A}::test_short", "setup", 0.5), (f"{_B}::test_prepared", "setup", 8.0), (f"{_B}::test_prepared", "call", 0.1),
        (f"{_C}::test_quick", "call", 0.1), (f"{_C}::test_quick", "setup", 0.1), (f"{_C}::test_quick", "teardown", 0.1),
    ):  # fmt: skip
        made.take(case, when, seconds)
    file = tmp_path / "costs.txt"
    file.write_text(made.text())
    return costs.read(file)


def test_what_was_measured_is_read_back_without_what_is_quick(measured):
    assert measured == costs.Costs({_A: 7.0, _B: 8.0}, {_A: 0.5, _B: 8.0}, {f"{_A}::test_long": 3.0})


def test_dear_is_what_takes_long_itself_or_with_its_share_of_what_is_prepared(measured):
    short = [f"{_A}::test_short", f"{_A}::test_other", f"{_C}::test_quick", "tests/new.py::test_d"]
    alone = [f"{_B}::test_prepared"]
    many = [f"{_B}::test_prepared[{number}]" for number in range(20)]
    assert measured.dear([*short, *alone, f"{_A}::test_long[1]"], 0.5) == {*alone, f"{_A}::test_long[1]"}
    assert measured.dear(many, 0.5) == set()


def test_a_sample_has_nothing_dear_but_what_is_always_in_it(measured):
    cases = [f"{_A}::test_long[{number}]" for number in range(20)]
    short = [f"{_A}::test_short", f"{_A}::test_other"]
    assert parts.quick([*cases, *short], measured, (), {}) == {*short}
    assert parts.quick(cases, measured, {cases[0]}, {}) == {cases[0]}
    assert parts.quick(cases, measured, set(cases), {f"{_A}::test_long": 3}) == {cases[0], cases[6], cases[13]}


def test_the_file_of_the_suite_knows_its_longest_modules():
    assert max(costs.read().modules.values()) > 10


_BUSY = """
import time
while time.process_time() < 0.3: pass
print(flush=True)
input()
"""


def test_a_process_counts_while_it_runs_and_once_it_is_waited_for():
    def all_s():
        return costs.cpu_s() + costs.running_s(os.getpid())

    before = all_s()
    nested = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {_BUSY!r}]).returncode)"
    with subprocess.Popen([sys.executable, "-c", nested], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        server.stdout.readline()
        running = all_s() - before
        server.communicate(b"\n")
    assert running >= 0.25
    assert all_s() - before >= running - 0.05  # the kernel counts a running process in hundredths


def test_a_busy_machine_makes_nothing_dearer_but_waiting_counts():
    assert costs.cost_s(0.2, 0.2) == costs.cost_s(0.2, 0.7) == 0.2
    assert costs.cost_s(0.01, 4.0) == 1.0


def test_what_tests_cost_is_reported_from_every_process(tmp_path):
    (tmp_path / "test_one.py").write_text(
        "import time\ndef test_busy():\n    end = time.process_time() + 0.4\n    while time.process_time() < end: pass\n"
    )
    (tmp_path / "written.py").write_text(
        f"from pathlib import Path\nfrom testing import costs\ncosts.FILE = Path({str(tmp_path / 'costs.txt')!r})\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n1",
        "-p",
        "written",
        "-p",
        "testing.costs",
        "--rootdir=.",
        "test_one.py",
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    written = (tmp_path / "costs.txt").read_text().split()
    assert written[1] == "test_one.py::test_busy"
    assert float(written[0]) >= 0.4
