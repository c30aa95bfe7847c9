from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import orjson
import pytest

from proxy.audit.access import exporting
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.verification import export
from proxy.audit.verification.export import ExportError
from proxy.audit.verification.offline import verify_export
from testing import evidence

TRUSTED = evidence.SIGNING.verifier


@pytest.fixture
async def halves(fresh_dsn, open_log, serve):
    """Two chains, a note after each half; returns the time between."""
    logs = [await open_log(fresh_dsn) for _ in range(2)]
    for half in range(2):
        for number in range(3):
            await serve(logs[number % 2], f"x{half}-{number}")
        for one in logs:
            await one.event_durable("half", {})
        await Checkpointer(fresh_dsn, evidence.SIGNING).once()
        if not half:
            between = logs[0].clock.now()
    return between


async def exported(reader, folder, since=None, until=None) -> export.Manifest:
    return await exporting.write(reader, folder, await exporting.stretch(reader, since, until), TRUSTED)


async def test_the_whole_log_is_exported_with_the_digest_of_every_file(halves, reader, tmp_path):
    manifest = await exported(reader, tmp_path / "out")
    assert export.read((tmp_path / "out" / export.MANIFEST).read_bytes()) == manifest
    for name in export.FILES:
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == manifest.files[name]
    bodies = [json.loads(line)["body"] for line in (tmp_path / "out" / export.RECORDS).open()]
    assert len(bodies) == manifest.records
    assert sum('"kind":"decision"' in body for body in bodies) == 6
    report = verify_export(tmp_path / "out", TRUSTED)
    assert (report.damages, report.records, report.writers) == ([], manifest.records, 2)


async def test_the_second_half_begins_where_the_first_ends(halves, reader, tmp_path):
    middle = datetime.fromtimestamp(halves, UTC)
    first = await exported(reader, tmp_path / "first", until=middle)
    second = await exported(reader, tmp_path / "second", since=middle)
    assert (first.start, second.start) == (0, first.end)
    for name, wanted in (("first", first), ("second", second)):
        report = verify_export(tmp_path / name, TRUSTED)
        assert (report.damages, report.records) == ([], wanted.records)
    assert export.read(export.written(second)).before.size == first.end


async def test_what_the_second_half_names_of_the_first_goes_along(halves, reader, tmp_path):
    await exported(reader, tmp_path / "out", since=datetime.fromtimestamp(halves, UTC))
    bodies = [json.loads(line)["body"] for line in (tmp_path / "out" / export.RECORDS).open()]
    context = json.loads((tmp_path / "out" / export.CONTEXT).read_text())
    assert not any('"action":"answer_stated"' in body for body in bodies)
    assert sum('"action":"answer_stated"' in one["body"] for one in context["records"]) == 2
    assert verify_export(tmp_path / "out", TRUSTED).damages == []


async def test_a_folder_with_something_in_it_is_refused(halves, reader, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="not empty"):
        await exported(reader, tmp_path)


async def test_a_time_in_which_nothing_was_sealed_has_no_export(halves, reader):
    with pytest.raises(ExportError, match="no note covers"):
        await exporting.stretch(reader, None, datetime(2000, 1, 1, tzinfo=UTC))


async def test_no_payload_text_is_in_an_export(halves, reader, tmp_path):
    await exported(reader, tmp_path / "out")
    for file in (tmp_path / "out").iterdir():
        assert evidence.CANARY.encode() not in file.read_bytes()
        assert orjson.dumps(evidence.CANARY) not in file.read_bytes()
