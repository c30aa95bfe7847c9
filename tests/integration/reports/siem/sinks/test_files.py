from __future__ import annotations

import json
import stat

import pytest

from proxy.reports.siem import address, sinks
from proxy.reports.siem.sinks import SinkError
from testing import entries


def opened(path):
    return sinks.opened(address.parse(f"file:{path}"))


async def test_lines_are_appended_for_the_owner_alone(tmp_path):
    path = tmp_path / "audit.jsonl"
    await opened(path).send(entries.every()[:2])
    await opened(path).send(entries.every()[2:3])
    assert [json.loads(line)["log_seq"] for line in path.read_bytes().splitlines()] == [1, 2, 3]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_after_a_torn_line_the_record_comes_again_on_a_line_of_its_own(tmp_path):
    path = tmp_path / "audit.jsonl"
    await opened(path).send(entries.every()[:2])
    path.write_bytes(path.read_bytes()[:-20])
    await opened(path).send(entries.every()[1:3])
    first, torn, *again = path.read_bytes().splitlines()
    assert json.loads(first)["log_seq"] == 1
    with pytest.raises(json.JSONDecodeError):
        json.loads(torn)
    assert [json.loads(line)["log_seq"] for line in again] == [2, 3]


async def test_a_file_that_was_rotated_away_is_made_anew(tmp_path):
    path = tmp_path / "audit.jsonl"
    sink = opened(path)
    await sink.send(entries.every()[:1])
    path.rename(tmp_path / "audit.jsonl.1")
    await sink.send(entries.every()[1:2])
    assert len(path.read_bytes().splitlines()) == 1


async def test_a_file_that_cannot_be_written_is_a_fault(tmp_path):
    with pytest.raises(SinkError, match="cannot be written"):
        await opened(tmp_path / "none" / "audit.jsonl").send(entries.every()[:1])
