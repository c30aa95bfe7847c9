"""Every source file has a test of its own at the mirrored place, and every unit test a source file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.size import micro_files

ROOT = Path(__file__).parents[2]
#: Sources without a mirrored test, and how they are tested. The list may only become shorter.
ELSEWHERE = {
    "__main__.py": "runs the command line, as every test of the running stack does",
    "ports.py": "protocols: the fakes",
    "runtime/trace.py": "off unless an extra is installed",
    "codecs/base.py": "protocols: the codecs",
    "cli/": "the command line is tested by running it",
    "detection/": "one text in, findings out: tested together, over texts",
    "embedded/": "the parts are tested by starting them",
}
#: How many sources have no mirrored test.
_MOST = 57
_LONGEST = 450
#: How many files hold little code of their own (``bench.size``).
_MOST_MICRO = 40
_KEPT_OUT = ("TODO", "FIXME")


def sources():
    return [
        path.relative_to(ROOT / "proxy")
        for path in sorted((ROOT / "proxy").rglob("*.py"))
        if path.name != "__init__.py"
    ]


def is_mirrored(source):
    name = source.parent / f"test_{source.name}"
    return any((ROOT / "tests" / folder / name).is_file() for folder in ("unit", "integration"))


def test_every_source_has_its_test():
    untested = [source.as_posix() for source in sources() if not is_mirrored(source)]
    assert [source for source in untested if not source.startswith(tuple(ELSEWHERE))] == []
    assert len(untested) <= _MOST


@pytest.mark.parametrize(
    "test",
    sorted(
        path.relative_to(ROOT / "tests" / "unit").as_posix() for path in (ROOT / "tests" / "unit").rglob("test_*.py")
    ),
)
def test_every_unit_test_has_its_source(test):
    path = Path(test)
    name = path.name.removeprefix("test_")
    folder = ROOT / "proxy" / path.parent
    stems = [name.removesuffix(".py")]
    while "_" in stems[-1]:
        stems.append(stems[-1].rpartition("_")[0])
    near = [folder / f"{stem}.py" for stem in stems] + [folder / stem for stem in stems] + [folder]
    known = any(one.exists() for one in near) or path.stem == "test_fail_closed"
    assert known, f"{test} mirrors no source"


@pytest.mark.parametrize("source", [path.as_posix() for path in sources()])
def test_no_source_is_too_long(source):
    assert len((ROOT / "proxy" / source).read_text().splitlines()) <= _LONGEST


def test_micro_files_become_fewer():
    """A subject has a room, not a file for each thought; files without code of their own are not counted."""
    assert len(micro_files()) <= _MOST_MICRO


@pytest.mark.parametrize("folder", ["proxy", "config", "migrations", "policies"])
def test_nothing_names_this_machine_or_leaves_work_undone(folder):
    for path in (ROOT / folder).rglob("*"):
        if path.suffix in {".py", ".rego", ".sql", ".yaml", ".json"}:
            text = path.read_text(encoding="utf-8")
            assert not [word for word in _KEPT_OUT if word in text], path
