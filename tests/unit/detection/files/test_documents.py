from __future__ import annotations

import asyncio
import base64
import io

import psutil
import pytest

from proxy.core.findings import Status
from proxy.core.records import Document, Extracted
from proxy.detection.files.document_worker import opened, serve
from proxy.detection.files.documents import PooledDocuments
from proxy.detection.pool.wire import frame
from proxy.detection.pool.worker import read_frame

pytestmark = pytest.mark.heavy


def document(text: str = "Dear Ann", media: str = "text/plain") -> Document:
    return Document("/0", "p", media, base64.b64encode(text.encode()).decode())


def test_base64_may_be_folded_and_must_be_base64():
    assert opened(("text/plain", "RGVhciBB\r\nbm4=")) == Extracted("Dear Ann", Status.COMPLETE)
    assert opened(("text/plain", "RGVhciBB*")).why == "broken"


def test_the_worker_answers_frames():
    source = io.BytesIO(frame({"id": 3, "documents": [["text/plain", "aGk="], ["image/png", "aGk="]]}))
    serve(source, sink := io.BytesIO())
    answer = read_frame(io.BytesIO(sink.getvalue()))
    assert answer is not None
    assert (answer["id"], answer["rows"]) == (3, [["hi", "complete", ""], ["", "skipped", "format"]])


async def test_files_are_read_in_a_process_that_starts_with_the_first_and_ends_with_the_pool():
    reader = PooledDocuments(10.0)
    await reader.start()
    try:
        assert reader.pool.pids == ()
        assert await reader.read([document(), document("x", "image/png")]) == (
            Extracted("Dear Ann", Status.COMPLETE), Extracted("", Status.SKIPPED),
        )  # fmt: skip
        [pid] = reader.pool.pids
        assert await reader.read([document("Dear Bob")]) == (Extracted("Dear Bob", Status.COMPLETE),)
        assert reader.pool.pids == (pid,)
    finally:
        await reader.close()
    assert not psutil.pid_exists(pid)


async def test_a_reader_that_dies_is_a_status_and_is_replaced():
    reader = PooledDocuments(10.0)
    try:
        await reader.read([document()])
        [pid] = reader.pool.pids
        psutil.Process(pid).kill()
        async with asyncio.timeout(20):
            while (await reader.read([document()]))[0].status is not Status.COMPLETE:
                await asyncio.sleep(0.05)
        assert reader.pool.pids != (pid,)
    finally:
        await reader.close()
