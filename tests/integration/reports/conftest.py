from __future__ import annotations

import pytest

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.policy.decision.document import InputBytes
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from testing import evidence


@pytest.fixture
async def reader(fresh_dsn):
    """A connection that acts as the reader, to the database this test has for itself."""
    connection = await database.connect(fresh_dsn, database.READER)
    yield connection
    await connection.close()


@pytest.fixture
async def log(fresh_dsn, started):
    log = PostgresAuditLog(
        fresh_dsn,
        fresh_writer_id("test"),
        evidence.KEYRING,
        SystemClock(),
        document=InputBytes(),
        signing=evidence.SIGNING,
    )
    return await started(log)
