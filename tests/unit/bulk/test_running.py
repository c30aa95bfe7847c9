"""A run over parts: complete, resumable, the same on Ray, and its answers are never another's."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from proxy.bulk import parts, running
from proxy.bulk.running import Answers, here, on_ray
from proxy.errors import ConfigurationError
from proxy.runtime import resources


@dataclass(frozen=True)
class Upper:
    """Writes in capitals; ends its process at a line, once (a file says so) or always."""

    identity: str = "capitals"
    death: Path | None = None
    always: bool = False

    def open(self):
        def answered(lines):
            if (
                self.death is not None
                and any("line 777" in line for line in lines)
                and (self.always or not self.death.exists())
            ):
                self.death.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return [json.dumps(line.upper()) for line in lines]

        return answered


@pytest.fixture
def planned(tmp_path):
    (tmp_path / "in.jsonl").write_text("".join(f"line {number}\n" for number in range(1000)))
    return parts.plan([str(tmp_path / "in.jsonl")], part_bytes=900)


EXPECTED = [json.dumps(f"LINE {number}") for number in range(1000)]


def test_a_stopped_run_goes_on_and_answers_each_line_once(tmp_path, planned):
    answers = Answers(str(tmp_path / "out"))
    first = here(Upper(), answers.begin(planned, Upper()), answers)
    for _ in range(3):
        next(first)
    (tmp_path / "out" / f".{planned[5].answers}.1234").write_text("half")  # killed while it wrote
    waiting = answers.begin(planned, Upper())
    assert waiting == planned[3:]
    assert sum(here(Upper(), waiting, answers)) == sum(1 for part in waiting for _ in parts.lines(part))
    assert list(answers.read(planned)) == EXPECTED
    assert answers.begin(planned, Upper()) == []


def test_a_folder_of_other_answers_is_refused(tmp_path, planned):
    Answers(str(tmp_path / "out")).begin(planned, Upper())
    for plan, work in ((planned, Upper("others")), (planned[1:], Upper())):
        with pytest.raises(ConfigurationError, match="another run"):
            Answers(str(tmp_path / "out")).begin(plan, work)
    written = (tmp_path / "in.jsonl").stat()
    (tmp_path / "in.jsonl").write_text((tmp_path / "in.jsonl").read_text().replace("line", "Line"))
    os.utime(tmp_path / "in.jsonl", ns=(written.st_atime_ns, written.st_mtime_ns + 1_000_000_000))
    with pytest.raises(ConfigurationError, match="another run"):
        Answers(str(tmp_path / "out")).begin(parts.plan([str(tmp_path / "in.jsonl")], part_bytes=900), Upper())
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "letter.txt").touch()
    with pytest.raises(ConfigurationError, match="not empty"):
        Answers(str(tmp_path / "kept")).begin(planned, Upper())


def test_lines_without_an_answer_are_no_part(tmp_path, planned, monkeypatch):
    monkeypatch.setattr(Upper, "open", lambda self: lambda lines: lines[1:])
    answers = Answers(str(tmp_path / "out"))
    with pytest.raises(RuntimeError):
        list(here(Upper(), answers.begin(planned, Upper()), answers))
    assert answers.begin(planned, Upper()) == planned


def test_a_node_with_other_work_answers_nothing(tmp_path, planned):
    answers = Answers(str(tmp_path / "out"))
    waiting = answers.begin(planned, Upper())
    with pytest.raises(ConfigurationError, match="other rules or models than the run"):
        next(here(Upper("others"), waiting, answers))
    assert answers.begin(planned, Upper()) == planned


def test_a_cluster_that_cannot_be_reached_says_why(tmp_path, planned, monkeypatch):
    def init(**_options):
        raise ValueError("Ray Client requires ray[client]")

    monkeypatch.setattr(resources, "library", lambda *_: SimpleNamespace(init=init))
    with pytest.raises(ConfigurationError, match=r"ray://head:10001: .*ray\[client\]"):
        next(on_ray(Upper(), planned, Answers(str(tmp_path / "out")), "ray://head:10001"))


def test_without_ray_it_is_said_what_to_install(tmp_path, planned, monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(resources.importlib, "import_module", absent)
    with pytest.raises(ConfigurationError, match=r"compliance-proxy\[ray\]"):
        next(on_ray(Upper(), planned, Answers(str(tmp_path / "out")), ""))


@pytest.mark.heavy
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed")
def test_on_ray_a_worker_that_is_killed_loses_and_doubles_nothing(tmp_path, planned):
    work = Upper(death=tmp_path / "died")
    answers = Answers(str(tmp_path / "out"))
    counts = list(on_ray(work, answers.begin(planned, work), answers, "", workers=2))
    assert (tmp_path / "died").exists()
    assert sum(counts) == 1000
    assert list(answers.read(planned)) == EXPECTED
    assert len(list((tmp_path / "out").glob("part-*"))) == len(planned)
    assert running.MANIFEST in os.listdir(tmp_path / "out")


@pytest.mark.heavy
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed")
def test_on_ray_a_part_that_ends_every_worker_is_named(tmp_path, planned, monkeypatch):
    monkeypatch.setattr(running, "_RETRIES", 1)
    work = Upper(death=tmp_path / "died", always=True)
    answers = Answers(str(tmp_path / "out"))
    (fatal,) = [part for part in planned if any("line 777" in line for line in parts.lines(part))]
    with pytest.raises(ConfigurationError, match=f"part {fatal.number} .* ended its worker 2 times"):
        list(on_ray(work, answers.begin(planned, work)[fatal.number :], answers, "", workers=1))
