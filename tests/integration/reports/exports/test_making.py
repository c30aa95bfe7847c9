"""Each kind of export and format, over a real log."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.verification import offline
from proxy.reports import statement
from proxy.reports.answer import TenantRefusedError
from proxy.reports.desk import TooManyRecordsError
from proxy.reports.exports import making
from proxy.reports.exports.making import TooLargeError
from testing import evidence

VERIFIER = evidence.SIGNING.verifier


async def content(asked, desk):
    async with making.exported(asked, desk) as (made, file):
        whole = b"".join(making.pieces(file))
        assert made.size == len(whole)
        assert statement.flaw(json.loads(made.companion), VERIFIER, whole) is None
        return whole


@pytest.mark.parametrize(("form", "begins"), [("json", b"{"), ("csv", b"at,"), ("jsonl", b""), ("html", b"<!doctype")])
async def test_a_question(asked, desk, log, form, begins):
    if form == "html":
        pytest.importorskip("jinja2", reason="the extra 'reports' is not installed")
    assert (await content(asked(form=form), desk)).startswith(begins)


async def test_a_report_as_json_is_what_the_direct_operation_answers(asked, desk, log):
    whole = json.loads(await content(asked(kind="report", name="ropa", form="json", since="2026-07-01"), desk))
    assert statement.flaw(whole, VERIFIER) is None
    assert whole["statement"]["question"] == "report ropa"


async def test_records_are_the_folder_that_is_verified_offline(asked, desk, log, tmp_path):
    await log.event_durable("catalog_loaded", {})
    await Checkpointer.of(log, (), 10.0).once()
    whole = await content(asked(kind="records", name="", form="tar.gz"), desk)
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        archive.extractall(tmp_path, filter="data")
    report = offline.verify_export(tmp_path / "export", VERIFIER)
    assert report.sound, report


async def test_records_are_for_who_reads_all_tenants_and_not_too_many(asked, desk, log, monkeypatch):
    await log.event_durable("catalog_loaded", {})
    await Checkpointer.of(log, (), 10.0).once()
    with pytest.raises(TenantRefusedError):
        await content(asked(kind="records", name="", form="tar.gz", tenants=("acme",)), desk)
    monkeypatch.setattr("proxy.reports.desk._MOST_RECORDS", 0)
    with pytest.raises(TooManyRecordsError):
        await content(asked(kind="records", name="", form="tar.gz"), desk)


async def test_a_file_has_a_bound(asked, desk, log, monkeypatch):
    monkeypatch.setattr(making, "_MOST_BYTES", 3)
    with pytest.raises(TooLargeError):
        await content(asked(form="json"), desk)
