from __future__ import annotations

import dataclasses
import io
import logging
import subprocess
import sys

import orjson
import pytest
import structlog

from proxy.runtime import log
from proxy.runtime.log import Changes, left_out
from testing import log_lines
from testing.fakes import CANARY

TEXT = CANARY * 20


@dataclasses.dataclass
class Holder:
    text: str = TEXT


@pytest.fixture
def lines(monkeypatch):
    """Return a function that gives the lines logged so far; the library's and ours settings are put back."""
    out = io.StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    monkeypatch.setattr(sys, "stderr", out)
    log.configure("debug")
    yield lambda: [orjson.loads(line) for line in out.getvalue().splitlines()]
    structlog.reset_defaults()
    log.logger.cache_clear()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_one_json_object_per_line(lines):
    log.logger().info("served", status=200, seconds=0.5, parts=["a", "b"], target=None, ok=True)
    [line] = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "served", "level": "info", "status": 200, "seconds": 0.5, "parts": ["a", "b"], "target": None, "ok": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [TEXT, TEXT.encode(), bytearray(TEXT.encode()), {"a": TEXT}, {TEXT}, [TEXT], (TEXT,), [["x", TEXT]], ValueError(CANARY),
     Holder(), Holder, memoryview(TEXT.encode()), [{"a": CANARY}], [ValueError(CANARY)], frozenset({CANARY}), iter([TEXT])],
    ids=range(16),
)  # fmt: skip
def test_values_that_can_hold_payload_text_are_withheld(lines, value):
    log.logger().warning("odd", value=value)
    [line] = lines()
    assert CANARY not in str(line)


def test_tracebacks_are_withheld(lines):
    log.logger().exception("failed", exc_info=ValueError(CANARY))
    [line] = lines()
    assert (line["event"], line["level"]) == ("failed", "error")
    assert CANARY not in str(line)


def record(name, level, *said):
    error = (ValueError, ValueError(CANARY), None) if level == logging.ERROR else None
    return logging.LogRecord(name, level, "/somewhere/file.py", 7, *said, error)


def test_what_libraries_log_is_told_without_their_words(lines):
    [handler] = [one for one in logging.root.handlers if isinstance(one, log._Libraries)]
    handler.handle(record("aiohttp.server", logging.ERROR, "cannot read %s", (CANARY,)))
    handler.handle(record("asyncio", logging.WARNING, f"slow {CANARY}", ()))
    first, second = lines()
    assert (first["event"], first["library"], first["level"]) == ("library_log", "aiohttp.server", "error")
    assert (first["error"], first["where"]) == ("ValueError", "file.py:7")
    assert (second["library"], second["level"], second["error"]) == ("asyncio", "warning", "")
    assert CANARY not in str((first, second))
    assert logging.root.level == logging.WARNING


def test_levels(monkeypatch, lines):
    monkeypatch.setattr(sys, "stderr", out := io.StringIO())
    log.configure("error")
    log.logger().warning("no")
    log.logger().error("yes")
    assert [orjson.loads(line)["event"] for line in out.getvalue().splitlines()] == ["yes"]


def test_what_is_lost_and_back_is_said_once_each():
    with log_lines.captured() as lines:
        changes = Changes("part")
        for now, away in enumerate(({"audit"}, {"audit", "vault"}, {"vault"}, set(), set())):
            changes.note(away, 10.0 * now)
    assert [(each["event"], each["name"], each.get("away_s")) for each in lines] == [
        ("part_lost", "audit", None),
        ("part_lost", "vault", None),
        ("part_recovered", "audit", 20.0),
        ("part_recovered", "vault", 20.0),
    ]


pytestmark = pytest.mark.heavy


def test_a_package_is_absent_meanwhile_and_there_afterwards():
    with left_out("wave"), pytest.raises(ImportError):
        import wave
    import wave

    with left_out("wave"):
        assert sys.modules["wave"] is wave


def test_logs_load_no_package_for_colours():
    script = "import sys, proxy.runtime.log; assert 'rich' not in sys.modules; import rich.table"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
