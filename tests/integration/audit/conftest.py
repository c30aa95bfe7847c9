from __future__ import annotations

import pytest

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.policy.decision.document import input_document
from proxy.runtime.clock import SystemClock
from testing import evidence


@pytest.fixture
def open_log(started):
    """Open logs on a database; all are closed at the end."""

    async def make(dsn: str, **options) -> PostgresAuditLog:
        writer, given = fresh_writer_id("test"), {"signing": evidence.SIGNING, "document": input_document, **options}
        return await started(PostgresAuditLog(dsn, writer, evidence.KEYRING, SystemClock(), **given))

    return make


@pytest.fixture
async def log(fresh_dsn, open_log):
    return await open_log(fresh_dsn)


@pytest.fixture
def serve():
    """Serve one exchange through a log."""
    return evidence.serve


@pytest.fixture
def die():
    """End a log as a killed process would: nothing more is written, the connection breaks."""

    async def kill(log) -> None:
        await log.writer._background.stop()
        session, log.writer._session = log.writer._session, None
        session.drop()
        log.writer._queue.clear()
        log.writer._waiting = 0
        log.writer._idle.set()

    return kill
